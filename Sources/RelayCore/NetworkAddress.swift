/// An address without a port, as 128 bits. An IPv4 address stands as `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2). The
/// address that a guest comes from is its *source*.
public struct NetworkAddress: Hashable, Sendable {
  /// The first 64 bits.
  public let high: UInt64
  /// The other 64 bits.
  public let low: UInt64

  /// The address of these bits. One inside `64:ff9b::/96`, which a translator made of an IPv4 address (RFC 6052),
  /// becomes that IPv4 address. Otherwise all guests behind the translator would count as one source.
  /// - Parameters:
  ///   - high: the first 64 bits, in the machine's order.
  ///   - low: the other 64 bits.
  public init(high: UInt64, low: UInt64) {
    let isTranslated = high == 0x0064_FF9B_0000_0000 && low >> 32 == 0
    self.high = isTranslated ? 0 : high
    self.low = isTranslated ? 0xFFFF << 32 | low : low
  }

  /// An IPv4 address, its first byte the highest.
  public init(ipv4 address: UInt32) { self.init(high: 0, low: 0xFFFF << 32 | UInt64(address)) }

  /// Whether anybody may reach a listener at this address. False for addresses of this machine alone and of private
  /// networks. True for all others, and for `0.0.0.0` and `::`, which stand for every address of this machine.
  public var isPublic: Bool { !NetworkAddress.private.contains { $0.contains(self) } }

  /// RFC 1122, 1918, 3927 and 6598 for IPv4; RFC 4291 and 4193 for IPv6.
  private static let `private` = [
    AddressRange(NetworkAddress(ipv4: 127 << 24), length: 104),
    AddressRange(NetworkAddress(ipv4: 10 << 24), length: 104),
    AddressRange(NetworkAddress(ipv4: 172 << 24 | 16 << 16), length: 108),
    AddressRange(NetworkAddress(ipv4: 192 << 24 | 168 << 16), length: 112),
    AddressRange(NetworkAddress(ipv4: 169 << 24 | 254 << 16), length: 112),
    AddressRange(NetworkAddress(ipv4: 100 << 24 | 64 << 16), length: 106),
    AddressRange(NetworkAddress(high: 0, low: 1), length: 128),
    AddressRange(NetworkAddress(high: 0xFE80 << 48, low: 0), length: 10),
    AddressRange(NetworkAddress(high: 0xFC00 << 48, low: 0), length: 7),
  ]

  /// The network it belongs to, as people write it: the first 24 bits of an IPv4 address, the first 48 of an IPv6
  /// address, which is what one site gets (RFC 6177).
  public var prefixText: String {
    if isIPv4 {
      let bytes = [24, 16, 8].map { String(low >> $0 & 0xFF) }
      return bytes.joined(separator: ".") + ".0/24"
    }
    return [48, 32, 16].map { String(high >> $0 & 0xFFFF, radix: 16) }.joined(separator: ":") + "::/48"
  }

  private var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// The networks that a guest from this address counts for. A bound on one source allows `share` times as much in
  /// each.
  ///
  /// One household gets a /64 of IPv6 at least, often a /56, and a site a /48 (RFC 6177). A bound on single addresses
  /// would bound nobody; nor would one on /64 networks alone, of which such a site has 65,536. The wider networks may
  /// be several households, so they are allowed more.
  var networks: [(network: AddressRange, share: Int)] {
    if isIPv4 { return [(AddressRange(self, length: 128), 1)] }
    return [64, 56, 48].enumerated().map { (AddressRange(self, length: $1), 1 << $0) }
  }
}

/// All addresses that begin with the same bits.
public struct AddressRange: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64
  private let length: UInt8

  /// - Parameter length: how many bits, from 0 to 128; of an IPv4 address 96 more than its own. The bits
  ///   beyond do not count.
  public init(_ address: NetworkAddress, length: Int) {
    let (high, low) = AddressRange.mask(length)
    self.high = address.high & high
    self.low = address.low & low
    self.length = UInt8(length)
  }

  /// Whether an address begins with its bits.
  public func contains(_ address: NetworkAddress) -> Bool {
    let (high, low) = AddressRange.mask(Int(length))
    return address.high & high == self.high && address.low & low == self.low
  }

  private static func mask(_ length: Int) -> (high: UInt64, low: UInt64) {
    // Swift's shifts by more than the width give 0.
    (~(UInt64.max >> length), length > 64 ? ~(UInt64.max >> (length - 64)) : 0)
  }
}

/// The addresses that an operator trusts, and those that it denies.
public struct AccessList: Equatable, Sendable {
  /// Not bounded by source, and never denied: so one can deny all but these.
  public var trusted: [AddressRange]
  /// Refused, unless trusted.
  public var denied: [AddressRange]

  /// Nobody is trusted and nobody denied, unless it is said.
  public init(trusted: [AddressRange] = [], denied: [AddressRange] = []) {
    self.trusted = trusted
    self.denied = denied
  }

  /// The operator's judgement of an address.
  public enum Access: Sendable { case bounded, trusted, denied }

  /// Judges an address: trust goes before denial.
  public func access(of address: NetworkAddress) -> Access {
    if trusted.contains(where: { $0.contains(address) }) { return .trusted }
    return denied.contains { $0.contains(address) } ? .denied : .bounded
  }
}
