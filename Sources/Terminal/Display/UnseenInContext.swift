/// Finds out where a joiner or a variation selector is needed: it then changes how its neighbours look, and is not
/// there unseen.
///
/// - Both belong into **emoji**: `👩 ZWJ 👧`, `❤ U+FE0F`, `1 U+FE0F U+20E3`.
/// - A joiner belongs beside a **virama**, as in Hindi, and between letters of a **cursive** script, as in Persian
///   (The Unicode Standard, sections 23.2 and 12.1; Unicode Technical Standard 39, section 3.1.1).
/// - A selector belongs behind an **ideograph**, and behind a letter of the script it is named for.
enum UnseenInContext {
  /// Scripts whose letters join to their neighbours. The standard library knows scripts by the names of letters only.
  private static let cursiveScripts: Set<Substring> = [
    "ADLAM", "ARABIC", "HANIFI", "MANDAIC", "MONGOLIAN", "NKO", "SYRIAC",
  ]
  /// No letter has more marks.
  private static let marksMax = 8

  /// Whether a scalar that is unseen by itself is needed between what is shown before it, and what comes next.
  static func needs(
    _ scalar: Unicode.Scalar, after shown: String.UnicodeScalarView, before next: Unicode.Scalar?
  ) -> Bool {
    guard let previous = shown.last else { return false }
    let properties = scalar.properties
    if properties.isVariationSelector { return needs(selector: scalar, after: previous, before: next) }
    guard properties.isJoinControl,
      let base = shown.suffix(marksMax + 1).last(where: { $0.properties.generalCategory != .nonspacingMark })
    else { return false }
    return needs(joiner: scalar, after: previous, base, before: next)
  }

  private static func needs(
    selector: Unicode.Scalar, after previous: Unicode.Scalar, before next: Unicode.Scalar?
  ) -> Bool {
    if previous.properties.isVariationSelector { return false }
    let chooses = selector == "\u{FE0E}" || selector == "\u{FE0F}"
    if chooses, previous.properties.isEmoji { return !previous.isASCII || next == "\u{20E3}" }
    return previous.properties.isIdeographic || script(of: previous) == script(of: selector)
  }

  private static func needs(
    joiner: Unicode.Scalar, after previous: Unicode.Scalar, _ base: Unicode.Scalar, before next: Unicode.Scalar?
  ) -> Bool {
    if base.properties.isAlphabetic {
      if isVirama(previous) || next.map(isVirama) ?? false { return true }
      let script = script(of: base)
      guard cursiveScripts.contains(script) else { return false }
      // U+200D also shapes the last letter of a word. U+200C would be unseen there.
      return joiner == "\u{200D}" || next.map { $0.properties.isAlphabetic && self.script(of: $0) == script } ?? false
    }
    return joiner == "\u{200D}" && isPicture(base) && next.map(isPicture) ?? false
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
