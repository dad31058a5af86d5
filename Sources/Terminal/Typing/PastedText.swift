import Basics

/// A text that came in one piece, made fit for the line being typed.
enum PastedText {
  /// Lines are ended by LF, whether the text had CR LF, CR or LF. Bytes that are not UTF-8 become U+FFFD, and so does
  /// NUL, which the strings of C cannot hold.
  static func normalized(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in String(decoding: bytes, as: UTF8.self).utf8 {
      switch byte {
      case UInt8(ascii: "\r"): text.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "\n") where previous == UInt8(ascii: "\r"): break
      case 0: text += UTF8Text.replacement
      default: text.append(byte)
      }
      previous = byte
    }
    return text
  }
}
