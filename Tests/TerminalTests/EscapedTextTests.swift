import Basics
import Terminal
import TestSupport
import Testing

@Suite("Text from outside is made fit for a terminal")
struct EscapedTextTests {
  @Test(
    "What is harmless stays as it is",
    arguments: [
      "", "plain ASCII ~!", "caf\u{E9}", "e\u{301}", "\u{1F40C}", "\u{4E16}\u{754C}", "\u{1F468}\u{200D}\u{1F469}",
      "\u{A0}", "\u{5D0}\u{5D1}", "\u{10FFFD}", "\u{378}",
      // Emoji: a couple, a heart and a text heart, a keycap, a flag of two letters, skin tones.
      "\u{1F469}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F468}", "\u{2764}\u{FE0F}\u{2764}\u{FE0E}", "1\u{FE0F}\u{20E3}",
      "\u{1F1E9}\u{1F1EA}", "\u{1F44B}\u{1F3FD}", "\u{1F9D1}\u{1F3FD}\u{200D}\u{1F4BB}",
      // Persian "I want", and an abbreviation that joins to nothing.
      "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}\u{647}\u{645}", "\u{645}\u{64E}\u{200C}\u{62E}", "\u{647}\u{200D}",
      // Hindi, Bengali and Tamil beside a virama.
      "\u{915}\u{94D}\u{200D}\u{937}", "\u{9B0}\u{200D}\u{9CD}\u{9AF}", "\u{B95}\u{BCD}\u{200C}\u{BB7}",
      // A variant of an ideograph, and of a Mongolian letter.
      "\u{8FBB}\u{E0100}", "\u{1820}\u{180B}",
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
      ("\u{FFFB}", "<U+FFFB>"), ("\u{AD}", "<U+00AD>"), ("\u{34F}", "<U+034F>"), ("\u{115F}", "<U+115F>"),
      ("\u{1160}", "<U+1160>"), ("\u{180E}", "<U+180E>"), ("\u{200B}", "<U+200B>"), ("\u{200C}", "<U+200C>"),
      ("\u{200D}", "<U+200D>"), ("\u{2060}", "<U+2060>"), ("\u{2065}", "<U+2065>"), ("\u{206F}", "<U+206F>"),
      ("\u{3164}", "<U+3164>"), ("\u{FFA0}", "<U+FFA0>"), ("\u{FE00}", "<U+FE00>"), ("\u{FE0F}", "<U+FE0F>"),
      ("\u{E0001}", "<U+E0001>"),
      ("\u{E0041}", "<U+E0041>"), ("\u{E0FFF}", "<U+E0FFF>"), ("\u{E0100}", "<U+E0100>"), ("\u{1D173}", "<U+1D173>"),
    ])
  func marks(text: String, expected: String) {
    #expect(EscapedText.of(text) == expected)
    #expect(EscapedText.of("a\(text)b") == "a\(expected)b")
  }

  @Test(
    "A joiner or a selector that nothing beside it needs stands as its number",
    arguments: [
      // Two in a row, and after an escape.
      ("\u{2764}\u{FE0F}\u{FE0F}", "\u{2764}\u{FE0F}<U+FE0F>"),
      ("\u{1F469}\u{200D}\u{200D}\u{1F467}", "\u{1F469}<U+200D><U+200D>\u{1F467}"),
      ("\u{645}\u{200D}\u{200C}\u{62E}", "\u{645}\u{200D}<U+200C>\u{62E}"),
      ("\u{1F469}\u{AD}\u{FE0F}", "\u{1F469}<U+00AD><U+FE0F>"),
      // At an edge, or with a neighbour of another kind.
      ("\u{1F469}\u{200D}", "\u{1F469}<U+200D>"), ("\u{1F469}\u{200D}x", "\u{1F469}<U+200D>x"),
      ("\u{1F469}\u{200C}\u{1F467}", "\u{1F469}<U+200C>\u{1F467}"), ("1\u{FE0F}", "1<U+FE0F>"),
      ("#\u{200D}#", "#<U+200D>#"), ("\u{645}\u{200C} \u{645}", "\u{645}<U+200C> \u{645}"),
      ("\u{645}\u{200C}x", "\u{645}<U+200C>x"), ("\u{5D0}\u{200D}\u{5D1}", "\u{5D0}<U+200D>\u{5D1}"),
      ("\u{915}\u{200D}\u{937}", "\u{915}<U+200D>\u{937}"),
      ("\u{1820}\u{FE00}", "\u{1820}<U+FE00>"), ("\u{645}\u{180B}", "\u{645}<U+180B>"),
      // A flag of tags is shown with its tags: they can spell anything.
      ("\u{1F3F4}\u{E0067}\u{E007F}", "\u{1F3F4}<U+E0067><U+E007F>"),
    ])
  func notNeeded(text: String, expected: String) {
    #expect(Array(EscapedText.of(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(
    "Of all scalars that are unseen by themselves, none passes alone",
    arguments: [(0...0xFFFF, 150), (0x1_1000...0x1_D1FF, 30), (0xE_0000...0xE_0FFF, 4096)]
      as [(ClosedRange<UInt32>, Int)])
  func allUnseen(values: ClosedRange<UInt32>, expected: Int) {
    var count = 0
    for value in values {
      guard let scalar = Unicode.Scalar(value), scalar.isUnseen else { continue }
      count += 1
      let escaped = EscapedText.of("a\(scalar)b")
      if escaped.unicodeScalars.contains(scalar) { Issue.record("U+\(String(value, radix: 16)) passes") }
    }
    #expect(count >= expected)
  }

  @Test("Noncharacters stand as their numbers")
  func noncharacters() {
    // A literal cannot hold these.
    for value: UInt32 in [0xFDD0, 0xFFFF, 0x10FFFF] {
      #expect(EscapedText.of(String(Unicode.Scalar(value)!)) == "<U+\(String(value, radix: 16, uppercase: true))>")
    }
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
