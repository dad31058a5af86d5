/// Questions about UTF-8 (RFC 3629): whether bytes are well-formed, and where characters end.
public enum UTF8Text {
  /// U+FFFD in UTF-8. It stands for bytes that are not UTF-8.
  public static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// Finds the end of a prefix of at most `limit` bytes that does not cut a character in two. Bytes that are not UTF-8
  /// have no characters, so they are cut anywhere.
  /// - Returns: an index of `bytes`, or its end.
  public static func boundary(in bytes: ArraySlice<UInt8>, atMost limit: Int) -> Int {
    let end = bytes.startIndex + min(limit, bytes.count)
    guard end < bytes.endIndex else { return end }
    // A character is at most four bytes: a first byte and up to three that begin with the bits 10.
    var start = end
    while start > bytes.startIndex, end - start < 4, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return bytes[start] >= 0xC0 && start > bytes.startIndex ? start : end
  }

  /// Checks bytes that arrive in chunks, split anywhere.
  public struct Checker: Sendable {
    /// The number of continuation bytes still to come.
    @usableFromInline var missing = 0
    /// The values that the next continuation byte may have. RFC 3629 section 4 narrows the second byte, which rules out
    /// overlong forms, surrogates and numbers beyond U+10FFFF.
    @usableFromInline var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// A checker that has seen nothing.
    public init() {}

    /// Whether a character has begun and not ended.
    public var isInsideCharacter: Bool { missing > 0 }

    /// Takes one byte.
    /// - Returns: false if it cannot stand here.
    @inlinable
    @inline(__always)
    public mutating func accept(_ byte: UInt8) -> Bool {
      if missing > 0 {
        guard allowed.contains(byte) else { return false }
        missing -= 1
        allowed = 0x80...0xBF
        return true
      }
      switch byte {
      case 0x00...0x7F: return true
      case 0xC2...0xDF: missing = 1
      case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
      case 0xE1...0xEC, 0xEE...0xEF: missing = 2
      case 0xED: (missing, allowed) = (2, 0x80...0x9F)
      case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
      case 0xF1...0xF3: missing = 3
      case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
      default: return false
      }
      return true
    }
  }
}
