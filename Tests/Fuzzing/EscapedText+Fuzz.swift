import Basics

@testable import Terminal

extension FuzzTarget {
  /// Text of a peer, made fit for a terminal.
  static let escapedText = FuzzTarget(
    name: "escaped-text",
    words: [
      "\u{1B}[2J", "\u{202E}", "\u{9B}", "\u{200D}", "\u{FE0F}", "\u{1F469}\u{200D}\u{1F467}", "\u{E0041}", "\u{AD}",
    ]
  ) { input in
    let whole = EscapedText.of(input)
    for scalar in whole.unicodeScalars {
      let category = scalar.properties.generalCategory
      try require(
        scalar.properties.isJoinControl || scalar.properties.isVariationSelector || !scalar.isUnseen,
        "U+\(String(scalar.value, radix: 16)) passes unseen")
      try require(
        category != .control && category != .lineSeparator && category != .paragraphSeparator,
        "U+\(String(scalar.value, radix: 16)) passes")
      try require(!scalar.properties.isBidiControl, "U+\(String(scalar.value, radix: 16)) reorders what is read")
    }
    try requireEqual(EscapedText.of(whole), whole, "escaped twice")
    // A character may depend on its neighbours, but never across a line feed or two letters of ASCII.
    for cut in Splits.cuts(input.count, seed: Splits.hash(input)) where input[cut - 1] < 0x80 && input[cut] < 0x80 {
      try requireEqual(EscapedText.of(input[..<cut]) + EscapedText.of(input[cut...]), whole, "cut at \(cut)")
    }
  }
}
