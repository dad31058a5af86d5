import Basics

/// Text from outside, made fit for a terminal: nothing in it can move the cursor, change a colour, reorder what is
/// read, pretend to be a line of ours, or be there unseen.
///
/// - C0 controls and DEL stand in caret notation: ESC is `^[`, DEL is `^?`;
/// - whatever else is unseen stands as `<U+202E>`: C1 controls, marks of direction, fillers, tags, noncharacters. A
///   joiner or a variation selector stays where its neighbours need it (``UnseenInContext``);
/// - bytes that are not UTF-8 stand as U+FFFD, one for each maximal ill-formed part.
public enum EscapedText {
  /// Escapes the bytes of one message.
  /// - Parameter tabs: whether tabs stay as they are, for who shows them as blanks.
  public static func of(_ bytes: some Collection<UInt8>, tabs: Bool = false) -> String {
    // Nearly all text is plain ASCII and needs nothing but a look.
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: bytes, as: UTF8.self) }
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    var escaped = ""
    for index in scalars.indices {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if tabs && scalar == "\t" || !scalar.isUnseen
        || UnseenInContext.needs(
          scalar, after: escaped.unicodeScalars, before: next < scalars.endIndex ? scalars[next] : nil)
      {
        escaped.unicodeScalars.append(scalar)
      } else {
        escaped += name(of: scalar)
      }
    }
    return escaped
  }

  /// Escapes a text of ours that may hold something from outside: a name, a path, an address.
  public static func of(_ text: String, tabs: Bool = false) -> String { of(text.utf8, tabs: tabs) }

  private static func name(of scalar: Unicode.Scalar) -> String {
    if scalar.isASCII { return "^" + String(Unicode.Scalar(UInt8(scalar.value ^ 0x40))) }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "<U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)>"
  }
}
