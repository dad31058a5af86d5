/// The name a known peer has here: 1 to 32 ASCII letters, digits, `-`, `_` and `.`, with a letter or digit first.
///
/// It can be typed on every keyboard, is no option and no path, and two of them look different. Names that differ in
/// letter case only are one name, which the store sees to.
public struct PeerName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let description: String

  static let countMax = 32
  /// The name of a peer that proposes nothing usable.
  static let fallback = "peer"

  /// - Returns: nil if the text cannot be a name.
  public init?(_ text: String) {
    guard (1...PeerName.countMax).contains(text.utf8.count), text.unicodeScalars.allSatisfy(PeerName.isUsable),
      text.unicodeScalars.first.map(PeerName.isAlphanumeric) == true
    else { return nil }
    description = text
  }

  /// Makes a name of what a peer calls itself, which can be anything: accents are dropped (`Zoë` becomes `Zoe`), and
  /// what remains unusable becomes `-`.
  public init(reducing proposed: String) {
    var reduced = ""
    // A proposal of any length costs no more than what can become of it.
    for scalar in proposed.unicodeScalars.prefix(4 * PeerName.countMax) {
      guard reduced.utf8.count < PeerName.countMax else { break }
      if let usable = PeerName.usable(scalar) {
        // A name begins with a letter or digit.
        if !reduced.isEmpty || PeerName.isAlphanumeric(usable) { reduced.unicodeScalars.append(usable) }
      } else if !scalar.properties.isDefaultIgnorableCodePoint, !reduced.isEmpty, reduced.last != "-" {
        reduced += "-"
      }
    }
    while reduced.last == "-" { reduced.removeLast() }
    description = reduced.isEmpty ? PeerName.fallback : reduced
  }

  /// This name with a number, as `bob-2`, cut to fit.
  func numbered(_ number: Int) -> PeerName {
    let ending = "-\(number)"
    return PeerName(reducing: description.prefix(PeerName.countMax - ending.utf8.count) + ending)
  }

  private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }

  private static func isUsable(_ scalar: Unicode.Scalar) -> Bool {
    isAlphanumeric(scalar) || scalar == "-" || scalar == "_" || scalar == "."
  }

  /// The usable character for one of any kind. A Latin letter with accents is named after its base in the Unicode
  /// Character Database: `LATIN SMALL LETTER E WITH DIAERESIS`.
  private static func usable(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    if isUsable(scalar) { return scalar }
    guard let words = scalar.properties.name?.split(separator: " "), words.count > 4, words[0] == "LATIN",
      words[2] == "LETTER", words[4] == "WITH", words[3].unicodeScalars.count == 1,
      let base = words[3].unicodeScalars.first, isAlphanumeric(base)
    else { return nil }
    return words[1] == "SMALL" ? base.properties.lowercaseMapping.unicodeScalars.first : base
  }
}
