import ArgumentParser
import ChatEndpoint
import ChatProtocol

/// `tincan serve`: waits for the other one.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait for the other one to connect.",
    discussion: """
      One conversation at a time: while two talk, whoever else connects is told that this end is busy. Without --keep \
      the program ends with the conversation.
      """)

  @Option(
    help: ArgumentHelp(
      "The port to listen on; 0 lets the system choose. Default: \(Target.defaultPort).", valueName: "port"))
  var port: UInt16?

  @Option(
    help: ArgumentHelp(
      "Where to listen: a host name or address, or unix:PATH for a socket file. Default: all addresses, IPv4 and IPv6.",
      valueName: "host"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "Wait at this relay instead of listening: RELAY[:PORT], in a room nobody guesses, or ROOM@RELAY[:PORT].",
      valueName: "relay"))
  var via: String?

  @Option(help: ArgumentHelp("Write the port to this file once listening.", valueName: "path"))
  var portFile: String?

  @Flag(help: "After a conversation, wait for the next one.")
  var keep = false

  @OptionGroup var common: EndpointOptions

  private var place: Settings.Listening.Place {
    get throws {
      if let via { return try room(via) }
      let port = port ?? Target.defaultPort
      guard let listen else { return .everywhere(port: port) }
      if listen.hasPrefix("unix:") {
        let path = String(listen.dropFirst(5))
        if path.isEmpty { throw ValidationError("--listen: no path after 'unix:'.") }
        if self.port != nil { throw ValidationError("--port: a socket file has no port.") }
        if portFile != nil { throw ValidationError("--port-file: a socket file has no port.") }
        return .unix(path: path)
      }
      let host = listen.hasPrefix("[") && listen.hasSuffix("]") ? String(listen.dropFirst().dropLast()) : listen
      if host.split(separator: ":", omittingEmptySubsequences: false).count == 2 {
        throw ValidationError("--listen: give the port with --port.")
      }
      if host.isEmpty { throw ValidationError("--listen: no host name.") }
      return .host(host, port: port)
    }
  }

  private func room(_ via: String) throws -> Settings.Listening.Place {
    guard port == nil, listen == nil, portFile == nil else {
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
    common.run(.serve(Settings.Listening(place: try place, portFile: portFile, keeps: keep)))
  }
}
