import ChatProtocol

/// Where `connect` goes and `serve` listens: a host and a port, a socket file, or a room at a relay.
public enum Target: Equatable, Sendable {
  case host(String, port: UInt16)
  case room(RoomName, relay: String, port: UInt16)
  case unix(path: String)

  /// The port of an endpoint when none is given: 8-4-6-2 spells "tinc" on a telephone's keys.
  public static let defaultPort: UInt16 = 8462

  /// The port of a relay when none is given: the next.
  public static let defaultRelayPort: UInt16 = 8463

  /// Why a text is no target, in words for the one who typed it.
  public struct Malformed: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Reads `HOST`, `HOST:PORT`, `[V6]:PORT`, `[V6]`, a bare IPv6 address, `ROOM@` before any of these, or `unix:PATH`.
  public init(parsing text: String) throws(Malformed) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty else { throw Malformed(description: "no path after 'unix:'") }
      self = .unix(path: path)
    } else if let at = text.lastIndex(of: "@") {
      guard let room = RoomName(text[..<at]) else {
        throw Malformed(
          description:
            "'\(text[..<at])' is no room: 1 to \(PreambleLimits.roomBytesMax) letters, digits, '-' or '_' are needed")
      }
      let (host, port) = try Target.place(String(text[text.index(after: at)...]), or: Target.defaultRelayPort)
      self = .room(room, relay: host, port: port)
    } else {
      let (host, port) = try Target.place(text, or: Target.defaultPort)
      self = .host(host, port: port)
    }
  }

  /// Reads where `serve` waits: `RELAY[:PORT]`, with a room of its own, or `ROOM@RELAY[:PORT]`.
  /// - Parameter room: makes a room when none is named.
  public init(parsingRelay text: String, room: () -> RoomName) throws(Malformed) {
    if text.hasPrefix("unix:") { throw Malformed(description: "a relay is a host, not a socket file") }
    self = try Target(parsing: text)
    if case .host = self {
      let (host, port) = try Target.place(text, or: Target.defaultRelayPort)
      self = .room(room(), relay: host, port: port)
    }
  }

  private static func place(_ text: String, or defaultPort: UInt16) throws(Malformed) -> (host: String, port: UInt16) {
    let (host, port) = try split(text)
    guard !host.isEmpty else { throw Malformed(description: "no host name in '\(text)'") }
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw Malformed(description: "a host name has no spaces or control characters")
    }
    return (host, try port.map { text throws(Malformed) in try Target.port(text) } ?? defaultPort)
  }

  private static func split(_ text: String) throws(Malformed) -> (host: String, port: String?) {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else {
        throw Malformed(description: "no ']' after the IPv6 address in '\(text)'")
      }
      let host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      if rest.isEmpty { return (host, nil) }
      guard rest.hasPrefix(":") else { throw Malformed(description: "':' and a port expected after ']' in '\(text)'") }
      return (host, String(rest.dropFirst()))
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return (text, nil)
    case 2: return (String(parts[0]), String(parts[1]))
    // Several colons without brackets: an IPv6 address, whose port would need brackets.
    default: return (text, nil)
    }
  }

  /// Reads a port to connect to.
  private static func port(_ text: String) throws(Malformed) -> UInt16 {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
      throw Malformed(description: "'\(text)' is not a port: a number from 1 to 65535 is needed")
    }
    return port
  }
}

extension Target: CustomStringConvertible {
  /// As it is typed.
  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .room(let room, let relay, let port):
      // As short as the other side may type it.
      if port == Target.defaultRelayPort, !relay.contains(":") {
        "\(room.text)@\(relay)"
      } else {
        "\(room.text)@\(Target.host(relay, port: port))"
      }
    }
  }
}
