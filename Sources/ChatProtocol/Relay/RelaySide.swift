/// The mark by which a guest that returns to its room is known: 128 random bits, which an endpoint keeps for as long as
/// one conversation lasts. On the wire, 22 characters of base64url (RFC 4648 section 5, without padding).
public struct RelaySide: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  private static let bytes = 16
  /// Its length on the wire.
  public static let characters = Base64URL.characters(forBytes: bytes)

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
  public init?(_ text: ArraySlice<UInt8>) {
    guard let bytes = Base64URL.bytes(of: text, count: RelaySide.bytes) else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: number(bytes[..<8]), low: number(bytes[8...]))
  }

  /// As it goes over the wire.
  public var text: String {
    Base64URL.text(
      of: [high, low].flatMap { half in
        (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) }
      })
  }

  /// Whether a byte may stand in one.
  public static func allows(_ byte: UInt8) -> Bool { Base64URL.allows(byte) }
}
