/// Tells texts that look the same and are not: accents in one character or two, blanks of several kinds, letters of one
/// alphabet that look like those of another, characters that are not seen at all.
enum Lookalike {
  /// How much of an output is looked through, in bytes.
  static let most = 1 << 16

  /// The note when a text is not found and one that looks like it is; else nothing.
  static func hint(_ matcher: Matcher, in bytes: some Collection<UInt8>) -> String {
    let found = Array(String(decoding: bytes, as: UTF8.self))
    for pattern in matcher.alternatives {
      guard let wanted = pattern.text.map(Array.init), !wanted.isEmpty else { continue }
      let seen = found.map(folded)
      let sought = wanted.map(folded).filter { !$0.isEmpty }
      let places = seen.indices.filter { !seen[$0].isEmpty }
      for start in places.indices where start + sought.count <= places.count {
        let range = start..<start + sought.count
        if zip(range, sought).allSatisfy({ seen[places[$0]] == $1 }) {
          let end = range.upperBound < places.count ? places[range.upperBound] : found.count
          let text = String(found[places[start]..<end])
          // A text that is found as it was written is no lookalike.
          if !text.utf8.elementsEqual(String(wanted).utf8) { return difference(String(wanted), text) }
        }
      }
    }
    return ""
  }

  /// The first characters that differ, with their numbers.
  private static func difference(_ wanted: String, _ found: String) -> String {
    let same = zip(wanted, found).prefix { $0.utf8.elementsEqual($1.utf8) }.count
    func named(_ text: String) -> String {
      guard let character = text.dropFirst(same).first else { return "nothing" }
      return character.unicodeScalars.map { "U+\(number($0.value))" }.joined(separator: " ")
    }
    return "something that looks like it is there: it has \(named(found)) where \(named(wanted)) is expected"
  }

  private static func number(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// A character as it looks: what is not seen is nothing. Characters of Swift are equal when they are canonically
  /// equivalent, so that needs no folding.
  private static func folded(_ character: Character) -> String {
    String(
      String.UnicodeScalarView(
        character.unicodeScalars.compactMap { scalar in
          if scalar.properties.isDefaultIgnorableCodePoint { return nil }
          if scalar.properties.generalCategory == .spaceSeparator { return " " }
          if scalar.properties.generalCategory == .dashPunctuation { return "-" }
          return alike[scalar] ?? scalar
        }))
  }

  /// The commonest of those in Unicode's list of confusables (Technical Standard 39).
  private static let alike: [Unicode.Scalar: Unicode.Scalar] = {
    let pairs = [
      ("аеорсхуіѕјһԁԛԝ", "aeopcxyisjhdqw"), ("АВЕКМНОРСТХУІЅЈ", "ABEKMHOPCTXYISJ"),
      ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"), ("ονι", "ovi"), ("’‘“”", "''\"\""),
    ]
    var alike: [Unicode.Scalar: Unicode.Scalar] = [:]
    for (others, latin) in pairs {
      for (other, letter) in zip(others.unicodeScalars, latin.unicodeScalars) { alike[other] = letter }
    }
    return alike
  }()
}

extension Pattern {
  /// The text when it has no holes.
  fileprivate var text: String? {
    guard parts.count == 1, case .literal(let bytes) = parts[0] else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
