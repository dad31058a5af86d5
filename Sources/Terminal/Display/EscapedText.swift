/// Text from outside, made fit for a terminal: nothing in it can move the cursor, change a colour, reorder what is
/// read or pretend to be a line of ours.
///
/// - C0 controls and DEL stand in caret notation: ESC is `^[`, DEL is `^?`;
/// - C1 controls, the bidirectional overrides, embeddings and isolates (Unicode Standard Annex #9, section 2), the line
///   and paragraph separators and the direction marks stand as `<U+202E>`;
/// - bytes that are not UTF-8 stand as U+FFFD, one for each maximal ill-formed part.
public enum EscapedText {
  /// Escapes the bytes of one message.
  /// - Parameter tabs: whether tabs stay as they are, for who shows them as blanks.
  public static func of(_ bytes: some Collection<UInt8>, tabs: Bool = false) -> String {
    // Nearly all text is plain ASCII and needs nothing but a look.
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: bytes, as: UTF8.self) }
    var escaped = ""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if tabs, scalar == "\t" { escaped.append("\t") } else { append(scalar, to: &escaped) }
    }
    return escaped
  }

  /// Escapes a text of ours that may hold something from outside: a name, a path, an address.
  public static func of(_ text: String, tabs: Bool = false) -> String { of(text.utf8, tabs: tabs) }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar.value {
    case 0x00...0x1F, 0x7F:
      text.append("^")
      text.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value ^ 0x40)))
    case 0x80...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB, 0xFEFF:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      text.append("<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>")
    default:
      text.unicodeScalars.append(scalar)
    }
  }
}
