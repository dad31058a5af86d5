/// The facts of a PROXY header that a relay uses.
public struct ProxyHeader: Equatable, Sendable {
  /// The end of a guest that the balancer talks to.
  public struct Source: Equatable, Sendable {
    /// The address of that end.
    public let address: NetworkAddress
    /// The port of that end.
    public let port: UInt16
  }

  /// nil when the connection's own address counts: for a connection of the balancer itself, such as a health check, and
  /// for a guest that came to it by another way than TCP.
  public let source: Source?
}

/// Reads the PROXY header that a load balancer sends before the bytes of a guest, of version 1 or 2 ("The PROXY
/// protocol", sections 2.1 and 2.2; doc/proxy-protocol.txt of HAProxy).
///
/// ```
///   PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463 CR LF              version 1: at most 107 bytes
///
///   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A │ 21 │ 11 │ 00 0C │ …      version 2: the signature; version and command;
///                                                                  family; how many bytes follow: addresses, more
/// ```
///
/// The bytes behind a header belong to the guest, and at the port for plain guests to its partner. So no more than
/// ``bytesWanted`` bytes are handed over at a time, and those are never more than the header has. A wrong header is
/// refused at its first wrong byte in version 2, and in version 1 at the end of its line at the latest.
public struct ProxyHeaderDecoder: Sendable {
  /// The result of the bytes so far.
  public enum Step: Equatable, Sendable {
    case incomplete
    case header(ProxyHeader)
    case invalid
  }

  /// The bytes that begin a header of version 2.
  static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
  /// The bytes that begin one of version 1.
  static let opening = Array("PROXY ".utf8)
  /// The shortest header of either version has more bytes than the signature, so these are its own.
  private static let prefixBytes = signature.count
  /// The part of version 2 whose length is fixed.
  private static let fixedBytes = 16
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let space = UInt8(ascii: " ")

  private var begun: [UInt8] = []

  public init() {}

  /// How many bytes may be handed over now; at least 1.
  public var bytesWanted: Int {
    if begun.count < ProxyHeaderDecoder.prefixBytes { return ProxyHeaderDecoder.prefixBytes - begun.count }
    if begun[0] == ProxyHeaderDecoder.signature[0] {
      let isFixed = begun.count < ProxyHeaderDecoder.fixedBytes
      return (isFixed ? ProxyHeaderDecoder.fixedBytes : ProxyHeaderDecoder.wholeBytes(of: begun)) - begun.count
    }
    return begun.last == ProxyHeaderDecoder.carriageReturn
      ? 1 : min(fewestMissing, ProxyLimits.lineBytesMax - begun.count)
  }

  /// The fewest bytes that can complete a line of version 1: of addresses and ports one byte each, the spaces before
  /// them, and the line's end.
  private var fewestMissing: Int {
    let isUnknown = begun.starts(with: ProxyHeaderDecoder.opening + Array("UNKN".utf8))
    let missing = isUnknown ? 0 : max(0, 5 - begun.count { $0 == ProxyHeaderDecoder.space })
    return missing * 2 + 2
  }

  /// Takes the next bytes. After anything but ``Step/incomplete`` the decoder is used up.
  /// - Parameter bytes: no more than ``bytesWanted``.
  public mutating func decode(_ bytes: ArraySlice<UInt8>) -> Step {
    precondition(bytes.count <= bytesWanted, "bytes behind the header are not the decoder's")
    begun += bytes
    guard let first = begun.first else { return .incomplete }
    let isBinary = first == ProxyHeaderDecoder.signature[0]
    let expected = isBinary ? ProxyHeaderDecoder.signature : ProxyHeaderDecoder.opening
    guard zip(begun, expected).allSatisfy(==) else { return .invalid }
    guard begun.count > expected.count else { return .incomplete }
    return isBinary ? ProxyHeaderDecoder.judgeBinary(begun) : ProxyHeaderDecoder.judgeLine(begun)
  }

  // MARK: Version 1

  private static func judgeLine(_ line: [UInt8]) -> Step {
    let names = ["TCP4 ", "TCP6 ", "UNKNOWN ", "UNKNOWN\r\n"].map { Array($0.utf8) }
    let rest = line[opening.count...]
    guard names.contains(where: { zip(rest, $0).allSatisfy(==) }) else { return .invalid }
    let isUnknown = rest.starts(with: Array("UNKN".utf8))
    guard isUnknown || mayGoOn(rest.dropFirst(names[0].count)) else { return .invalid }
    guard line.suffix(2).elementsEqual([carriageReturn, UInt8(ascii: "\n")]) else {
      return line.count < ProxyLimits.lineBytesMax ? .incomplete : .invalid
    }
    // The bytes behind this word are passed over (section 2.1).
    if isUnknown { return .header(ProxyHeader(source: nil)) }
    let fields = rest.dropLast(2).split(separator: space, omittingEmptySubsequences: false)
    guard fields.count == 5 else { return .invalid }
    let isIPv4 = rest.starts(with: names[0])
    func address(_ text: ArraySlice<UInt8>) -> NetworkAddress? {
      isIPv4 ? NetworkAddress(ipv4: text) : NetworkAddress(ipv6: text)
    }
    let ports = fields[3...].compactMap { NetworkAddress.decimal($0, atMost: 65_535) }
    guard let source = address(fields[1]), address(fields[2]) != nil, ports.count == 2 else {
      return .invalid
    }
    return .header(ProxyHeader(source: .init(address: source, port: UInt16(ports[0]))))
  }

  /// Whether bytes can stand in a line with addresses, behind the protocol's name. A carriage
  /// return alone ends no line, nor does a line feed.
  private static func mayGoOn(_ text: ArraySlice<UInt8>) -> Bool {
    let end = text.firstIndex(of: carriageReturn) ?? text.endIndex
    let isFit: (UInt8) -> Bool = { Unicode.Scalar($0).properties.isASCIIHexDigit || ".: ".utf8.contains($0) }
    let lineEnd = text[end...]
    return text[..<end].allSatisfy(isFit) && lineEnd.count <= 2
      && zip(lineEnd, [carriageReturn, UInt8(ascii: "\n")]).allSatisfy(==)
  }

  // MARK: Version 2

  /// The length of a whole header, as its fixed part says.
  private static func wholeBytes(of header: [UInt8]) -> Int { fixedBytes + Int(header[14]) << 8 + Int(header[15]) }

  private static func judgeBinary(_ header: [UInt8]) -> Step {
    // Version 2, and the command LOCAL or PROXY.
    guard [0x20, 0x21].contains(header[12]) else { return .invalid }
    guard header.count > 13 else { return .incomplete }
    let (family, transport) = (header[13] >> 4, header[13] & 0xF)
    // Unspecified, IPv4, IPv6 or a socket file; unspecified, a stream or datagrams.
    guard family <= 3, transport <= 2 else { return .invalid }
    guard header.count >= fixedBytes else { return .incomplete }
    let whole = wholeBytes(of: header)
    let isLocal = header[12] == 0x20
    // A pair of addresses, and of ports where there are ports. For the others the length alone says what to pass over.
    let addressBytes = isLocal || transport == 0 ? 0 : [0, 12, 36, 216][Int(family)]
    guard whole <= ProxyLimits.headerBytesMax, whole - fixedBytes >= addressBytes else {
      return .invalid
    }
    guard header.count == whole else { return .incomplete }
    guard !isLocal, transport == 1, family == 1 || family == 2 else { return .header(ProxyHeader(source: nil)) }
    let block = header[fixedBytes...]
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      block[(fixedBytes + offset)..<(fixedBytes + offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    let source =
      family == 1
      ? ProxyHeader.Source(address: NetworkAddress(ipv4: UInt32(number(0, 4))), port: UInt16(number(8, 2)))
      : ProxyHeader.Source(
        address: NetworkAddress(high: number(0, 8), low: number(8, 8)), port: UInt16(number(32, 2)))
    return .header(ProxyHeader(source: source))
  }
}

/// The bounds of PROXY headers.
enum ProxyLimits {
  /// The longest line of version 1 with its end (section 2.1).
  static let lineBytesMax = 107
  /// The longest header that is read: the addresses of two socket files, and as much again for what else a balancer
  /// adds. One with more is none that a balancer sends by default. It fits the smallest segment (section 2).
  static let headerBytesMax = 536
}

/// The connections that have to begin with a PROXY header: those from an operator's load balancers.
public struct ProxyList: Equatable, Sendable {
  private let ranges: [AddressRange]
  private let includesSocketFiles: Bool

  /// No balancers, unless they are named.
  /// - Parameter includesSocketFiles: whether they come through a socket file, too.
  public init(ranges: [AddressRange] = [], includesSocketFiles: Bool = false) {
    self.ranges = ranges
    self.includesSocketFiles = includesSocketFiles
  }

  /// Whether a connection from this address has to begin with a header.
  /// - Parameter address: nil for a socket file.
  public func contains(_ address: NetworkAddress?) -> Bool {
    guard let address else { return includesSocketFiles }
    return ranges.contains { $0.contains(address) }
  }
}
