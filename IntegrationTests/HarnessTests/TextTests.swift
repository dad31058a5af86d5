import Testing

@testable import Harness

/// Reading and writing texts: templates, matching, quoting, suggestions.
struct TextTests {
  private func matcher(_ text: String) throws -> Matcher {
    let template = try Template(reading: text.unicodeScalars[...], as: .escaped)
    return Matcher(anyOf: [template.pattern { _, _ in nil }])
  }

  @Test(
    arguments: [
      ("b", "abc", 1..<2), ("{#}{#}:{#}{#}", "at 12:34.", 3..<8), ("a{*}c", "xabbcc", 1..<5), ("é", "caf\u{E9}", 3..<5),
      ("", "abc", 0..<0), ("a{*}c", "ab\nc", nil), ("x", "abc", nil), ("{#}", "abc", nil), ("aab", "aaab", 1..<4),
      ("a{*}c{#}", "ac cx c3.", 0..<8), ("a{*}\nb{*}d", "a\na\nbc\nabc\nbad", 7..<14), ("a{*}", "xay", 1..<2),
      ("{##}", "a123b", 1..<4), ("a{##}b", "ab a12c a345b", 8..<13), ("{*}{##}x", "12 345x", 0..<7),
      ("a{x=*}b", "ab abb", 0..<5), ("a{x=*}", "a\nabc\n", 2..<5), ("{*}c", "ab\nc", 3..<4),
      ("a{*}b{*}c", "abab\nabc", 5..<8), ("{#}{*}{#}", "a1 b\n2 3", 5..<8),
    ] as [(String, String, Range<Int>?)])
  func `A text is found where it first begins`(pattern: String, text: String, range: Range<Int>?) throws {
    #expect(try matcher(pattern).firstRange(in: Array(text.utf8)[...]) == range)
  }

  @Test(arguments: [
    ("a{*}", "abc", true), ("{*}c", "abcc", true), ("ab", "abc", false), ("{*}", "a\nb", false),
    ("a{*}b{*}c", "abbcc", true), ("a{*}b{*}c", "abb\nc", false), ("a{*}\n{*}c", "ab\nbc", true),
    ("aba{*}ba", "aba", false),
    ("{##}", "123", true), ("a{##}", "a", false), ("{*}{##}", "a12", true), ("{x=*}b", "b", false),
    ("{#}{*}", "12", true), ("{#}{*}", "", false),
  ])
  func `A whole text is compared to its end`(pattern: String, text: String, isWhole: Bool) throws {
    #expect(try matcher(pattern).isWhole(Array(text.utf8)[...]) == isWhole)
  }

  @Test func `Many places for anything are looked for in no time`() throws {
    let text = Array(repeating: UInt8(ascii: "a"), count: 100_000)
    let pattern = try matcher(String(repeating: "a{*}", count: 50) + "b")
    #expect(pattern.firstRange(in: text[...]) == nil)
    #expect(!pattern.isWhole(text[...]))
  }

  @Test(
    arguments: [("a{#}c", "a1x", 2), ("a{*}c\nd", "abbc\nx", 5), ("a{*}c", "abc", 3), ("ab", "", 0)])
  func `What agrees with a text is counted over its holes`(pattern: String, text: String, count: Int) throws {
    #expect(try matcher(pattern).agreement(with: Array(text.utf8)[...]) == count)
  }

  @Test(
    arguments: [
      ("code {a=*}, {b=##};", "code x-y, 12;", ["x-y", "12"]), ("{a=*}", "one\ntwo", ["one"]),
      ("{a=#}{b=#}", "x42", ["4", "2"]), ("{*}: {a=*}|", "a: b: c|", ["b: c"]),
    ])
  func `What is kept is what was found`(pattern: String, text: String, kept: [String]) throws {
    let bytes = Array(text.utf8)
    let matcher = try matcher(pattern)
    let range = try #require(matcher.firstRange(in: bytes[...]))
    let captures = matcher.captures(in: bytes[...], at: range)
    #expect(captures.map { String(decoding: bytes[$0.range], as: UTF8.self) } == kept)
  }

  @Test func `A brace is a hole only when it looks like one`() throws {
    let json = try Template(reading: #"{"a":{"b":1}} ${HOME} {} {1} {a b}"#.unicodeScalars[...], as: .plain)
    #expect(json.literal == #"{"a":{"b":1}} ${HOME} {} {1} {a b}"#)
    let holes = try Template(reading: "{host.port} {directory} \\{home}".unicodeScalars[...], as: .escaped)
    #expect(holes.variables.map(\.name) == ["host", "directory"])
  }

  @Test func `Escapes give the bytes they stand for`() throws {
    let text = try Template(reading: #"\n\r\t\e\\\"\x41\xff\u{1F44B}"#.unicodeScalars[...], as: .escaped)
    #expect(text.pieces == [.literal([10, 13, 9, 27, 92, 34, 65, 255] + Array("👋".utf8))])
  }

  @Test func `What cannot be seen is escaped in reports`() {
    let bytes = Array("a\n\u{1B}[0m\u{7F}é\u{202E}\"".utf8) + [0xFF, 0xC3]
    #expect(Words.quoted(bytes) == #""a\n\e[0m\x7fé\u{202e}\"\xff\xc3""#)
    #expect(Words.quoted(Array(repeating: 0x61, count: 300), limit: 3) == "\"aaa\"… (300 bytes)")
  }

  @Test(
    arguments: [("exist", "exits"), ("SHOWS", "shows"), ("presess", "presses"), ("zzz", nil)] as [(String, String?)])
  func `The nearest word is suggested, if it is near`(written: String, meant: String?) {
    #expect(Suggestion.nearest(to: written, among: ["exits", "shows", "presses", "ends"]) == meant)
  }

  @Test(
    arguments: [
      ("bold red", true), ("bold on blue", true), ("red on bright-blue struck", true), ("plain", true),
      ("on red", true),
      ("red green", false), ("on red on blue", false), ("plain bold", false), ("on bold", false), ("red on", false),
      ("on plain", false), ("rad", false),
    ])
  func `A style says one thing of each kind`(words: String, isOne: Bool) {
    #expect((Style(words.split(separator: " ").map(String.init)) != nil) == isOne)
  }

  @Test func `A character that a read cut in two waits for its other half`() {
    #expect(UTF8Boundary.split(Array("aé".utf8)).rest == [])
    #expect(UTF8Boundary.split(Array(Array("a👋".utf8).dropLast())).rest == [0xF0, 0x9F, 0x91])
    #expect(Array(UTF8Boundary.split([0x61, 0xC3]).whole) == [0x61])
  }
}
