import Terminal
import TestSupport
import Testing

@Suite("Text from outside is made fit for a terminal")
struct EscapedTextTests {
  @Test(
    "What is harmless stays as it is",
    arguments: [
      "", "plain ASCII ~!", "caf\u{E9}", "e\u{301}", "\u{1F40C}", "\u{4E16}\u{754C}", "\u{1F468}\u{200D}\u{1F469}",
      "\u{A0}\u{AD}", "\u{5D0}\u{5D1}", "\u{10FFFF}",
    ])
  func harmless(text: String) {
    #expect(Array(EscapedText.of(text).unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test("Every C0 control and DEL stand in caret notation")
  func carets() {
    let names = [
      "^@", "^A", "^B", "^C", "^D", "^E", "^F", "^G", "^H", "^I", "^J", "^K", "^L", "^M", "^N", "^O", "^P", "^Q", "^R",
      "^S", "^T", "^U", "^V", "^W", "^X", "^Y", "^Z", "^[", "^\\", "^]", "^^", "^_",
    ]
    for (value, name) in names.enumerated() { #expect(EscapedText.of([UInt8(value)]) == name) }
    #expect(EscapedText.of([0x7F]) == "^?")
  }

  @Test("Every C1 control stands as its number")
  func c1() {
    for value in UInt32(0x80)...0x9F {
      let digits = String(value, radix: 16, uppercase: true)
      #expect(EscapedText.of(String(Unicode.Scalar(value)!)) == "<U+00\(digits)>")
    }
  }

  @Test(
    "Marks that reorder, separate or are never seen stand as their numbers",
    arguments: [
      ("\u{061C}", "<U+061C>"), ("\u{200E}", "<U+200E>"), ("\u{200F}", "<U+200F>"), ("\u{2028}", "<U+2028>"),
      ("\u{2029}", "<U+2029>"), ("\u{202A}", "<U+202A>"), ("\u{202B}", "<U+202B>"), ("\u{202C}", "<U+202C>"),
      ("\u{202D}", "<U+202D>"), ("\u{202E}", "<U+202E>"), ("\u{2066}", "<U+2066>"), ("\u{2067}", "<U+2067>"),
      ("\u{2068}", "<U+2068>"), ("\u{2069}", "<U+2069>"), ("\u{FEFF}", "<U+FEFF>"), ("\u{FFF9}", "<U+FFF9>"),
      ("\u{FFFB}", "<U+FFFB>"),
    ])
  func marks(text: String, expected: String) {
    #expect(EscapedText.of(text) == expected)
    #expect(EscapedText.of("a\(text)b") == "a\(expected)b")
  }

  @Test(
    "Each maximal ill-formed part stands as one replacement character",
    arguments: [
      ([0xFF], "\u{FFFD}"), ([0x80], "\u{FFFD}"), ([0xC3], "\u{FFFD}"), ([0xC3, 0x41], "\u{FFFD}A"),
      ([0xE2, 0x82], "\u{FFFD}"), ([0xE2, 0x82, 0xAC], "\u{20AC}"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
      ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xF0, 0x9F, 0x90, 0x41], "\u{FFFD}A"),
      ([0x41, 0xFF, 0x1B], "A\u{FFFD}^["),
    ] as [([UInt8], String)])
  func illFormed(bytes: [UInt8], expected: String) {
    #expect(EscapedText.of(bytes) == expected)
  }

  @Test(
    "Sequences that would move the cursor or set the title do nothing",
    arguments: [
      ("\u{1B}[2J\u{1B}[H", "^[[2J^[[H"), ("\u{1B}]0;owned\u{07}", "^[]0;owned^G"), ("\u{9B}2J", "<U+009B>2J"),
      ("line\r12:04 eve: no", "line^M12:04 eve: no"), ("a\u{08}b", "a^Hb"),
    ])
  func sequences(text: String, expected: String) {
    #expect(EscapedText.of(text) == expected)
  }

  @Test("Nothing a terminal obeys comes out of any bytes", arguments: UInt64(1)...40)
  func property(seed: UInt64) {
    var dice = Dice(seed: seed)
    // Bytes of all kinds, and thick with those that make up controls and marks.
    let bytes =
      dice.bytes(2000, of: Array(0...255))
      + dice.bytes(2000, of: [0x1B, 0xC2, 0x9B, 0xE2, 0x80, 0xAE, 0x81, 0xA6, 0xA8, 0x8F, 0xEF, 0xBB, 0xBF, 0x0A])
    let forbidden: [ClosedRange<UInt32>] = [
      0x00...0x1F, 0x7F...0x9F, 0x061C...0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069,
    ]
    for scalar in EscapedText.of(bytes).unicodeScalars where forbidden.contains(where: { $0.contains(scalar.value) }) {
      Issue.record("U+\(String(scalar.value, radix: 16)) came through")
    }
  }
}
