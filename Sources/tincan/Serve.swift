import ArgumentParser
import ChatEndpoint
import ChatProtocol

/// `tincan serve`: waits for the other one.
struct Serve: ParsableCommand, ListeningCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait for the other one to connect.",
    discussion: """
      One conversation at a time: while two talk, whoever else connects is told that this end is busy. Without --keep \
      the program ends with the conversation.
      """)

  @OptionGroup var listening: ListenOptions<Serve>

  @Option(
    help: ArgumentHelp(
      "Wait at this relay instead of listening: RELAY[:PORT], in a room nobody guesses, or ROOM@RELAY[:PORT].",
      valueName: "relay"))
  var via: String?

  @Flag(help: "After a conversation, wait for the next one.")
  var keep = false

  @OptionGroup var common: EndpointOptions

  static let defaultPort = Target.defaultPort

  private var place: Settings.Listening.Place {
    get throws { if let via { try room(via) } else { .at(try listening.place) } }
  }

  private func room(_ via: String) throws -> Settings.Listening.Place {
    guard listening.areUnused else {
      throw ValidationError("--via: the relay listens, so --port, --listen and --port-file have no place.")
    }
    do throws(Target.Malformed) {
      var random = SystemRandomNumberGenerator()
      let target = try Target(parsingRelay: via) { RoomName.unguessable(using: &random) }
      guard case .room(let room, let relay, let port) = target else { preconditionFailure("a relay has rooms") }
      return .room(room, relay: relay, port: port)
    } catch {
      throw ValidationError("--via: \(error.description).")
    }
  }

  func validate() throws { _ = try place }

  func run() throws {
    common.run(.serve(Settings.Listening(place: try place, portFile: listening.portFile, keeps: keep)))
  }
}
