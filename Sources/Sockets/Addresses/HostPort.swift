import Basics

/// A host and a port: where to connect to, or listen at. The host is a name or an address.
public struct HostPort: Hashable, Sendable {
  /// A name or an address, an IPv6 one without brackets.
  public let host: String
  /// The port; 0 lets the system choose where something listens.
  public let port: UInt16

  public init(_ host: String, _ port: UInt16) {
    self.host = host
    self.port = port
  }

  /// The reason why a text is no host and port, in words for a person.
  public struct Malformed: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
  }

  /// Reads `HOST`, `HOST:PORT`, `[V6]:PORT`, `[V6]` or a bare IPv6 address.
  /// - Parameter defaultPort: the port when none is given.
  public init(parsing text: String, defaultPort: UInt16) throws(Malformed) {
    let (host, port) = try HostPort.split(text)
    guard !host.isEmpty else { throw Malformed("no host name in '\(text)'") }
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw Malformed("a host name has no spaces or control characters")
    }
    try HostPort.checkAddress(host)
    self.host = host
    self.port = try port.map { text throws(Malformed) in try HostPort.port(text) } ?? defaultPort
  }

  /// Some addresses cannot be meant as they stand.
  private static func checkAddress(_ host: String) throws(Malformed) {
    guard host.contains(":") else { return }
    // RFC 4007 section 11: fe80::/10 exists on every link, so the link must be named.
    if ["fe8", "fe9", "fea", "feb"].contains(String(host.prefix(3)).lowercased()), !host.contains("%") {
      throw Malformed("'\(host)' is an address on each network here; name the interface, as in \(host)%eth0")
    }
  }

  private static func split(_ text: String) throws(Malformed) -> (host: String, port: String?) {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { throw Malformed("no ']' after the IPv6 address in '\(text)'") }
      let host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      if rest.isEmpty { return (host, nil) }
      guard rest.hasPrefix(":") else { throw Malformed("':' and a port expected after ']' in '\(text)'") }
      return (host, String(rest.dropFirst()))
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count > 2, let last = parts.last, ["8462", "8463"].contains(last) {
      let host = parts.dropLast().joined(separator: ":")
      throw Malformed("an IPv6 address with a port needs brackets: [\(host)]:\(last)")
    }
    // Several colons without brackets: an IPv6 address, whose port would need brackets.
    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : (text, nil)
  }

  /// Reads a port to connect to.
  private static func port(_ text: String) throws(Malformed) -> UInt16 {
    guard let port = UInt16(digits: text.utf8), port > 0 else {
      throw Malformed("'\(text)' is not a port: a number from 1 to 65535 is needed")
    }
    return port
  }
}

extension HostPort: CustomStringConvertible {
  /// The text as it is typed, with brackets around an IPv6 address.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
