import ArgumentParser
import ChatEndpoint
import ChatProtocol
import Sockets

/// `tincan serve`: waits for the peer.
struct Serve: ParsableCommand, ListeningCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait for the other side to connect.",
    discussion: """
      There is one conversation at a time. Other callers are refused with one line. Without --keep the program ends \
      with the conversation.
      """)

  @OptionGroup var listening: ListenOptions<Serve>

  @Option(
    help: ArgumentHelp(
      "Wait at this relay instead of listening: RELAY[:PORT], in an unguessable room, or ROOM@RELAY[:PORT].",
      valueName: "relay"))
  var via: String?

  @Flag(help: "After a conversation, wait for the next one.")
  var keep = false

  @OptionGroup var common: EndpointOptions

  static let defaultPort = Route.defaultPort

  private var waitsAt: Settings.Serving.Entrance {
    get throws { if let via { .room(try room(via)) } else { .address(try listening.place) } }
  }

  private func room(_ via: String) throws -> RelayRoom {
    guard listening.areUnused else {
      throw ValidationError("--via: the relay listens, so --port, --listen and --port-file have no place.")
    }
    do throws(HostPort.Malformed) {
      var random = SystemRandomNumberGenerator()
      return try RelayRoom(parsing: via) { RoomName.unguessable(using: &random) }
    } catch {
      throw ValidationError("--via: \(error.description).")
    }
  }

  func validate() throws { _ = try waitsAt }

  func run() throws {
    common.run(.serve(Settings.Serving(waitsAt: try waitsAt, portFile: listening.portFile, servesAgain: keep)))
  }
}
