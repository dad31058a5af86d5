import ChatProtocol
import Sockets

/// The way to the peer: directly, over a socket file, or in a room at a relay.
public enum Route: Equatable, Sendable {
  /// To a host's port.
  case direct(HostPort)
  /// To a socket file.
  case socketFile(path: String)
  /// To a room at one of some relays.
  case room(RoomName, relays: RelayList)

  /// The default port of an endpoint: 8-4-6-2 spells "tinc" on a telephone's keys.
  public static let defaultPort: UInt16 = 8462

  /// The default port of a relay: the next one.
  public static let defaultRelayPort: UInt16 = 8463

  /// Reads `HOST`, `HOST:PORT`, `[V6]:PORT`, `[V6]`, a bare IPv6 address, `unix:PATH`, or `ROOM@` before
  /// any of these but the last, and then several relays with commas between them.
  /// - Throws: the reason why the text is none of them, for the user.
  public init(parsing text: String) throws(HostPort.Malformed) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty else { throw HostPort.Malformed("no path after 'unix:'") }
      guard (try? SocketAddress(unixPath: path)) != nil else {
        throw HostPort.Malformed("the path of a socket file is too long: at most 107 bytes are possible")
      }
      self = .socketFile(path: path)
    } else if let at = text.lastIndex(of: "@") {
      self = try Route.room(parsing: text, at: at)
    } else {
      self = .direct(try HostPort(parsing: text, defaultPort: Route.defaultPort))
    }
  }

  private static func room(parsing text: String, at: String.Index) throws(HostPort.Malformed) -> Route {
    guard let room = RoomName(text[..<at]) else {
      throw HostPort.Malformed(
        "'\(text[..<at])' is no room: 1 to \(PreambleLimits.roomBytesMax) letters, digits, '-' or '_' are needed")
    }
    let relay = String(text[text.index(after: at)...])
    return .room(room, relays: try RelayList(parsing: relay))
  }

  /// Whether the way goes through a relay.
  public var isAtRelay: Bool { if case .room = self { true } else { false } }

  /// The dialled address, the first of several, and whether it is a relay; nil for a socket file.
  var dialled: (place: HostPort, isRelay: Bool)? {
    switch self {
    case .direct(let place): (place, false)
    case .room(_, let relays): (relays.relays[0], true)
    case .socketFile: nil
    }
  }
}

extension Route: CustomStringConvertible {
  /// The route as a user types it.
  public var description: String {
    switch self {
    case .socketFile(let path): "unix:\(path)"
    case .direct(let place): place.description
    case .room(let room, let relays):
      // The peer may leave the default port out.
      "\(room.text)@\(relays.asTyped)"
    }
  }
}

extension ListeningAddress {
  /// The options of `serve` for it, each with a blank before it.
  var options: String {
    switch self {
    case .everywhere(let port): port == Route.defaultPort ? "" : " --port \(port)"
    case .host(let host, let port): " --listen \(host)" + ListeningAddress.everywhere(port: port).options
    case .unix(let path): " --listen unix:\(path)"
    }
  }
}

/// A room at one of some relays, where `serve --via` waits.
public struct RelayRoom: Equatable, Sendable {
  let room: RoomName
  let relays: RelayList

  public init(_ room: RoomName, at relays: RelayList) {
    self.room = room
    self.relays = relays
  }

  /// A room at one relay.
  init(_ room: RoomName, at relay: HostPort) { self.init(room, at: RelayList(relay)) }

  /// Reads `RELAY[:PORT][,…]` or `ROOM@RELAY[:PORT][,…]`.
  /// - Parameters:
  ///   - text: the text of an option.
  ///   - room: makes a room if the text names none.
  /// - Throws: the reason why the text is neither, for the user.
  public init(parsing text: String, room: () -> RoomName) throws(HostPort.Malformed) {
    if text.contains("@"), case .room(let named, let relays) = try Route(parsing: text) {
      self.init(named, at: relays)
    } else {
      self.init(room(), at: try RelayList(parsing: text))
    }
  }

  /// The way there.
  public var route: Route { .room(room, relays: relays) }

  /// The same room at each of the relays alone, the best first.
  var choices: [RelayRoom] { relays.ordered(for: room).map { RelayRoom(room, at: $0) } }

  /// The relay of a room at one, the first of several.
  var relay: HostPort { relays.relays[0] }
}
