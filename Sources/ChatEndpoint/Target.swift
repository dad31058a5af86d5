/// Where `connect` goes and `serve` listens: a host and a port, or a socket file.
public enum Target: Equatable, Sendable {
  case host(String, port: UInt16)
  case unix(path: String)

  /// The port of an endpoint when none is given: 8-4-6-2 spells "tinc" on a telephone's keys.
  public static let defaultPort: UInt16 = 8462

  /// Why a text is no target, in words for the one who typed it.
  public struct Malformed: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Reads `HOST`, `HOST:PORT`, `[V6]:PORT`, `[V6]`, a bare IPv6 address, or `unix:PATH`.
  public init(parsing text: String) throws(Malformed) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty else { throw Malformed(description: "no path after 'unix:'") }
      self = .unix(path: path)
    } else {
      let (host, port) = try Target.split(text)
      guard !host.isEmpty else { throw Malformed(description: "no host name in '\(text)'") }
      guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
        throw Malformed(description: "a host name has no spaces or control characters")
      }
      self = .host(host, port: try port.map { text throws(Malformed) in try Target.port(text) } ?? Target.defaultPort)
    }
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
    }
  }
}
