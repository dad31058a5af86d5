import Basics

// Reading addresses as text, as strictly as inet_pton(3) does: nothing of a PROXY header may be guessed.
extension NetworkAddress {
  /// Reads an IPv4 address: four numbers up to 255 in decimal, without zeros in front.
  /// - Returns: nil for anything else.
  init?(ipv4 text: ArraySlice<UInt8>) {
    guard let address = NetworkAddress.ipv4(text) else { return nil }
    self.init(ipv4: address)
  }

  /// Reads an IPv6 address in any form of RFC 4291 section 2.2, without a zone.
  /// - Returns: nil for anything else.
  init?(ipv6 text: ArraySlice<UInt8>) {
    guard let groups = NetworkAddress.groups(text) else { return nil }
    let halves = [groups[..<4], groups[4...]].map { $0.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
    self.init(high: halves[0], low: halves[1])
  }

  private static func ipv4(_ text: ArraySlice<UInt8>) -> UInt32? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let numbers = parts.compactMap { decimal($0, atMost: 255) }
    guard parts.count == 4, numbers.count == 4 else { return nil }
    return numbers.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads a number of one to five decimal digits without zeros in front.
  /// - Returns: nil for anything else, and for more than `limit`.
  public static func decimal(_ text: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
    guard (1...5).contains(text.count), text.count == 1 || text.first != UInt8(ascii: "0"),
      let number = Int(digits: text), number <= limit
    else { return nil }
    return number
  }

  /// The eight groups of an IPv6 address.
  private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
    let colon = UInt8(ascii: ":")
    var groups: [UInt16] = []
    /// The place of `::`, which stands for as many zeros as are missing.
    var gap: Int?
    var rest = text
    if rest.first == colon {
      guard rest.dropFirst().first == colon else { return nil }
      (gap, rest) = (0, rest.dropFirst(2))
    }
    while !rest.isEmpty {
      let group = rest.prefix { $0 != colon }
      rest = rest[group.endIndex...]
      // The last 32 bits may stand there as an IPv4 address.
      if group.contains(UInt8(ascii: ".")) {
        guard rest.isEmpty, let address = ipv4(group) else { return nil }
        groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
        break
      }
      guard let number = hexadecimal(group) else { return nil }
      groups.append(number)
      if rest.isEmpty { break }
      rest = rest.dropFirst()
      if rest.first == colon {
        guard gap == nil else { return nil }
        (gap, rest) = (groups.count, rest.dropFirst())
      } else if rest.isEmpty {
        return nil
      }
    }
    guard let gap else { return groups.count == 8 ? groups : nil }
    guard groups.count < 8 else { return nil }
    return groups[..<gap] + [UInt16](repeating: 0, count: 8 - groups.count) + groups[gap...]
  }

  private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt16? {
    text.count <= 4 ? UInt16(digits: text, radix: 16) : nil
  }
}
