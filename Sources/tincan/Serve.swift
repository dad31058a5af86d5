import ArgumentParser
import ChatEndpoint
import ChatProtocol
import MessageStore
import PeerSecurity
import Sockets

/// `tincan serve`: waits for the peer.
struct Serve: ParsableCommand, ListeningCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    _superCommandName: "tincan",
    abstract: "Wait for the other side to connect.",
    discussion: """
      Known ones are let in ('tincan peers' lists them), and others with the code that is shown. There is one \
      conversation at a time; other callers are refused. Without --keep the program ends with the conversation.
      """)

  @OptionGroup var listening: ListenOptions<Serve>

  @Option(
    help: ArgumentHelp(
      """
      Wait at this relay instead of listening: RELAY[:PORT], in the room of the code, or ROOM@RELAY[:PORT]. Several, \
      with commas: at the best that is alive. Default: TINCAN_RELAY, if nothing is said about listening.
      """,
      valueName: "relay[,...]"))
  var via: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("Let in this known one only. No code is needed.", valueName: "name"))
  var peerName: String?

  @Flag(help: "After a conversation, wait for the next one.")
  var keep = false

  @OptionGroup var common: EndpointOptions

  static let defaultPort = Route.defaultPort

  private func waitsAt(_ peer: KnownPeer?) throws -> Settings.Serving.Entrance {
    let place = try listening.place
    let usesRelay = listening.areUnused || peerName != nil
    guard let via = via ?? (usesRelay ? Environment.place("TINCAN_RELAY") : nil) else {
      return .address(place)
    }
    guard listening.areUnused || peerName != nil && !via.contains("@") else {
      throw ValidationError("--via: the relay listens, so --port, --listen and --port-file have no place.")
    }
    do throws(HostPort.Malformed) {
      if !common.security.plain, !common.security.open, !via.contains("@") {
        let relays = try RelayList(parsing: via)
        guard let peer else { return .codeRoom(relays: relays) }
        guard let secret = MeetingSecret(bytes: peer.meetingSecret) else {
          preconditionFailure("a secret has 32 bytes")
        }
        return .both(
          place, RelayRoom(secret.room, at: relays), needsAddress: !listening.areUnused)
      }
      var random = SystemRandomNumberGenerator()
      return .room(try RelayRoom(parsing: via) { RoomName.unguessable(using: &random) })
    } catch {
      throw ValidationError("--via: \(error.description).")
    }
  }

  func validate() throws {
    if case .address = try waitsAt(nil), common.relay.passFile != nil {
      throw ValidationError("--pass-file: this end listens by itself; a pass is for a relay, with --via.")
    }
    if common.takeOver, peerName == nil {
      throw ValidationError("--take-over: whose conversation? It goes with --for.")
    }
    if peerName != nil, common.security.plain || common.security.open || common.security.ephemeral {
      throw ValidationError("--for: a known one is known by its key, so --plain, --open and --ephemeral have no place.")
    }
  }

  func run() throws {
    let peer = peerName.map(KnownPeers.named)
    let serving = Settings.Serving(waitsAt: try waitsAt(peer), portFile: listening.portFile, servesAgain: keep)
    common.run(.serve(serving), expecting: peer)
  }
}
