/// The mark by which a guest that returns to its room is known: 128 random bits, which an endpoint keeps for as long as
/// one conversation lasts. On the wire, 22 characters of base64url (RFC 4648 section 5, without padding).
public struct RelaySide: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// Its length on the wire.
  public static let characters = 22
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// A new one.
  public static func random(using generator: inout some RandomNumberGenerator) -> RelaySide {
    RelaySide(high: generator.next(), low: generator.next())
  }

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// - Returns: nil for what is not 22 characters of base64url, or says more than 128 bits: the last character has four
  ///   bits too many, which are zero.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == RelaySide.characters else { return nil }
    var bits: (high: UInt64, low: UInt64) = (0, 0)
    for byte in bytes.dropLast() {
      guard let value = RelaySide.value(of: byte) else { return nil }
      bits = (bits.high << 6 | bits.low >> 58, bits.low << 6 | value)
    }
    // 21 characters are 126 bits; the last gives two more.
    guard let last = RelaySide.value(of: bytes.last), last & 0xF == 0 else { return nil }
    (high, low) = (bits.high << 2 | bits.low >> 62, bits.low << 2 | last >> 4)
  }

  /// As it goes over the wire.
  public var text: String {
    var characters = [RelaySide.alphabet[Int(low & 0x3) << 4]]
    var bits = (high: high >> 2, low: low >> 2 | high << 62)
    for _ in 1..<RelaySide.characters {
      characters.append(RelaySide.alphabet[Int(bits.low & 0x3F)])
      bits = (bits.high >> 6, bits.low >> 6 | bits.high << 58)
    }
    return String(decoding: characters.reversed(), as: UTF8.self)
  }

  /// Whether a byte may stand in one.
  public static func allows(_ byte: UInt8) -> Bool { value(of: byte) != nil }

  private static func value(of byte: UInt8?) -> UInt64? {
    guard let byte else { return nil }
    return alphabet.firstIndex(of: byte).map(UInt64.init)
  }
}
