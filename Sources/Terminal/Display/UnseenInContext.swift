/// Finds out where a joiner or a variation selector is needed: it then changes how its neighbours look, and is not
/// there unseen.
///
/// - Both belong into **emoji**: `👩 ZWJ 👧`, `❤ U+FE0F`, `1 U+FE0F U+20E3`.
/// - A joiner belongs beside a **virama**, as in Hindi, and between letters of a **cursive** script, as in Persian
///   (The Unicode Standard, sections 23.2 and 12.1; Unicode Technical Standard 39, section 3.1.1).
/// - A selector belongs behind an **ideograph**, and behind a letter of the script it is named for.
struct UnseenInContext {
  /// What stands before; nil where something was escaped.
  private var previous: Unicode.Scalar?
  /// The same without marks.
  private var base: Unicode.Scalar?

  /// Scripts whose letters join to their neighbours. The standard library knows scripts by the names of letters only.
  private static let cursiveScripts: Set<Substring> = [
    "ADLAM", "ARABIC", "HANIFI", "MANDAIC", "MONGOLIAN", "NKO", "SYRIAC",
  ]

  /// Takes note of a scalar that is shown as it is.
  mutating func passed(_ scalar: Unicode.Scalar) {
    previous = scalar
    if scalar.isASCII {
      base = scalar
      return
    }
    let properties = scalar.properties
    if properties.isJoinControl {
      base = nil
      return
    }
    if properties.generalCategory != .nonspacingMark { base = scalar }
  }

  /// Whether a scalar that is unseen by itself is needed here.
  func needs(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
    let properties = scalar.properties
    if properties.isVariationSelector { return needs(selector: scalar, before: next) }
    return properties.isJoinControl && needs(joiner: scalar, before: next)
  }

  private func needs(selector: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
    guard let previous, !previous.properties.isVariationSelector else { return false }
    let chooses = selector == "\u{FE0E}" || selector == "\u{FE0F}"
    if chooses, previous.properties.isEmoji { return !previous.isASCII || next == "\u{20E3}" }
    return previous.properties.isIdeographic || Self.script(of: previous) == Self.script(of: selector)
  }

  private func needs(joiner: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
    guard let previous, let base else { return false }
    if base.properties.isAlphabetic {
      if Self.isVirama(previous) || next.map(Self.isVirama) ?? false { return true }
      let script = Self.script(of: base)
      guard Self.cursiveScripts.contains(script) else { return false }
      // U+200D also shapes the last letter of a word. U+200C would be unseen there.
      return joiner == "\u{200D}" || next.map { $0.properties.isAlphabetic && Self.script(of: $0) == script } ?? false
    }
    return joiner == "\u{200D}" && Self.isPicture(base) && next.map(Self.isPicture) ?? false
  }

  private static func isPicture(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII && scalar.properties.isEmoji }

  private static func isVirama(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.canonicalCombiningClass == .virama
  }

  /// The first word of its name: `ARABIC LETTER BEH`.
  private static func script(of scalar: Unicode.Scalar) -> Substring {
    (scalar.properties.name ?? "").prefix { $0 != " " }
  }
}
