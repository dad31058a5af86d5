import TestSupport
import Testing

@testable import Terminal

@Suite("The gate between the keyboard and line editing")
struct InputGateTests {
  private static let start = Array("\u{1B}[200~".utf8)
  private static let end = Array("\u{1B}[201~".utf8)

  /// The output, keys as they are and pastes in brackets.
  private func pass(_ gate: inout InputGate, _ typed: String) -> String { shown(gate.pass(Array(typed.utf8)[...])) }

  private func pass(_ gate: inout InputGate, _ typed: [UInt8]) -> String { shown(gate.pass(typed[...])) }

  private func shown(_ passed: [Typed]) -> String {
    passed.map {
      switch $0 {
      case .keys(let keys): String(decoding: keys, as: UTF8.self)
      case .paste(let text): "⟦\(String(decoding: text, as: UTF8.self))⟧"
      case .signal(let signal): "<\(signal)>"
      }
    }.joined()
  }

  private func paste(_ text: String) -> String { "\u{1B}[200~\(text)\u{1B}[201~" }

  // MARK: Keys

  @Test(
    "Keys pass at once",
    arguments: [
      "a", "caf\u{E9}", "\r", "\u{1B}b", "\u{1B}[A", "\u{1B}OP", "\u{1B}[3~", "\u{1B}[2~", "\u{1B}[20~",
      "\u{1B}[1;5C", "a\u{1B}[Ab\u{1B}c", "\u{0}",
    ])
  func keys(text: String) {
    var gate = InputGate()
    let passed = pass(&gate, text)
    #expect(passed == text)
    #expect(!gate.holdsPaste && !gate.holdsEscape)
  }

  @Test(
    "What may become a paste is held, and passes when it becomes something else",
    arguments: [
      ("\u{1B}[", "A"), ("\u{1B}[2", "~"), ("\u{1B}[20", "~"), ("\u{1B}[200", "x"), ("\u{1B}", "b"),
    ])
  func partial(beginning: String, rest: String) {
    var gate = InputGate()
    let first = pass(&gate, "x" + beginning)
    #expect(first == "x")
    #expect(!gate.holdsPaste)
    let second = pass(&gate, rest)
    #expect(second == beginning + rest)
  }

  @Test("An ESC alone is held until its time is over, and then a key; one ESC after another shows the first to be one")
  func loneEscape() {
    var gate = InputGate()
    var passed = pass(&gate, "a\u{1B}")
    #expect(passed == "a")
    #expect(gate.holdsEscape)
    passed = shown(gate.releaseEscape())
    #expect(passed == "\u{1B}")
    #expect(!gate.holdsEscape)
    #expect(gate.releaseEscape() == [])
    passed = pass(&gate, "\u{1B}\u{1B}")
    #expect(passed == "\u{1B}")
    #expect(gate.holdsEscape)
  }

  // MARK: Characters

  @Test("A character passes when it is whole, wherever it is split")
  func splitCharacters() {
    let text = Array("aé漢👋z".utf8)
    for split in 0...text.count {
      var gate = InputGate()
      let first = gate.pass(text[..<split])
      #expect(String(validating: first.flatMap(\.bytes), as: UTF8.self) != nil, "split at \(split)")
      let second = gate.pass(text[split...])
      #expect(first.flatMap(\.bytes) + second.flatMap(\.bytes) == text, "split at \(split)")
    }
  }

  @Test(
    "Bytes that are not UTF-8 become U+FFFD, one for each maximal ill-formed part, and what is around them passes",
    arguments: [
      ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xC3, 0x0D], "\u{FFFD}\r"), ([0xC3, 0xC3, 0xA9], "\u{FFFD}é"),
      ([0xE6, 0xBC, 0x61], "\u{FFFD}a"), ([0xA9, 0xA9], "\u{FFFD}\u{FFFD}"),
      ([0xC3, 0x1B, 0x5B, 0x41], "\u{FFFD}\u{1B}[A"),
      ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC3] + start + [0x78] + end, "\u{FFFD}⟦x⟧"),
    ] as [([UInt8], String)])
  func illFormed(typed: [UInt8], expected: String) {
    var whole = InputGate()
    #expect(pass(&whole, typed) == expected)
    var single = InputGate()
    #expect(typed.map { pass(&single, [$0]) }.joined() == expected)
  }

  // MARK: Pastes

  @Test("A paste waits until it is whole, wherever it is split, with keys before and after")
  func everySplit() {
    let before = "k\u{1B}[A"
    let text = Array((before + paste("two\nlines \u{1B}[A \u{E9}") + "after").utf8)
    let pasteStart = before.utf8.count
    let pasteEnd = text.count - "after".utf8.count
    for split in 0...text.count {
      var gate = InputGate()
      let first = pass(&gate, Array(text[..<split]))
      if split >= pasteStart, split < pasteEnd { #expect(first == before, "split at \(split)") }
      #expect(gate.holdsPaste == (split >= pasteStart + 6 && split < pasteEnd), "split at \(split)")
      let second = pass(&gate, Array(text[split...]))
      #expect(first + second == before + "⟦two\nlines \u{1B}[A \u{E9}⟧after", "split at \(split)")
      #expect(!gate.holdsPaste)
    }
  }

  @Test("A paste that comes byte by byte passes at its last byte")
  func byteByByte() {
    var gate = InputGate()
    for byte in Array(paste("hello").utf8).dropLast() {
      #expect(gate.pass([byte]) == [])
    }
    #expect(pass(&gate, "~") == "⟦hello⟧")
  }

  @Test("Two pastes are two, the second waits for its own end")
  func twoPastes() {
    var gate = InputGate()
    let first = pass(&gate, paste("one") + "x" + "\u{1B}[200~tw")
    #expect(first == "⟦one⟧x")
    #expect(gate.holdsPaste)
    #expect(gate.heldPaste == "tw")
    let second = pass(&gate, "o\u{1B}[201~y")
    #expect(second == "⟦two⟧y")
  }

  @Test(
    "The lines of a paste end with line feeds, and what no line can hold becomes U+FFFD",
    arguments: [
      ("first\r\nsecond\r\nthird", "first\nsecond\nthird"), ("a\rb\r\rc", "a\nb\n\nc"), ("a\n\nb", "a\n\nb"),
      ("a\r\n\r\nb", "a\n\nb"), ("be\u{0}hind", "be\u{FFFD}hind"), ("a\tb", "a\tb"),
    ])
  func normalized(pasted: String, expected: String) {
    var gate = InputGate()
    #expect(pass(&gate, paste(pasted)) == "⟦\(expected)⟧")
  }

  @Test(
    "A paste at the limit waits, one beyond it passes as several with nothing lost",
    arguments: ["x", "\u{E9}", "\u{20AC}", "\u{1F40C}", "ab\n", "a\r\n", "\r\n\n"])
  func largePaste(unit: String) {
    let content = Array(String(repeating: unit, count: 200).utf8)
    for step in [1, 5, 64, 10_000] {
      var gate = InputGate(pasteLimit: 100)
      var passed: [Typed] = []
      var rest = (InputGateTests.start + content + InputGateTests.end)[...]
      while !rest.isEmpty {
        passed += gate.pass(rest.prefix(step))
        rest = rest.dropFirst(step)
      }
      #expect(passed.flatMap(\.bytes) == PastedText.normalized(content[...]), "in steps of \(step)")
      #expect(passed.allSatisfy { if case .paste = $0 { true } else { false } })
      if step < 100 {
        #expect(passed.count > 1, "in steps of \(step)")
        #expect(passed.allSatisfy { $0.bytes.count <= 100 + step }, "in steps of \(step)")
      }
      #expect(!gate.holdsPaste)
    }
  }

  // MARK: Cursor reports

  @Test("A cursor report nobody asked for passes as the key it may be")
  func unasked() {
    var gate = InputGate()
    let passed = pass(&gate, "\u{1B}[12;40R")
    #expect(passed == "\u{1B}[12;40R")
    #expect(gate.takeReports() == [])
  }

  @Test("One that was asked for is taken out, the keys around it pass, and the next is a key again")
  func asked() {
    var gate = InputGate()
    gate.expectReport()
    #expect(gate.awaitsReport)
    let passed = pass(&gate, "a\u{1B}[12;40Rb\u{1B}[1;1R")
    #expect(passed == "ab\u{1B}[1;1R")
    #expect(!gate.awaitsReport)
    #expect(gate.takeReports() == [40])
    #expect(gate.takeReports() == [])
  }

  @Test("An awaited report is put together from its parts, split anywhere")
  func splitReport() {
    let report = Array("\u{1B}[7;123R".utf8)
    for split in 0..<report.count {
      var gate = InputGate()
      gate.expectReport()
      let first = gate.pass(report[..<split])
      let second = gate.pass(report[split...])
      #expect((first + second).isEmpty, "split at \(split)")
      #expect(gate.takeReports() == [123])
    }
  }

  @Test(
    "While a report is awaited, keys and pastes pass as ever",
    arguments: [
      ("\u{1B}[A", "\u{1B}[A"), ("\u{1B}[1;5C", "\u{1B}[1;5C"), ("\u{1B}[15~", "\u{1B}[15~"),
      ("Real text", "Real text"),
      ("\u{1B}[200~R\u{1B}[201~", "⟦R⟧"), ("\u{1B}[R", "\u{1B}[R"), ("\u{1B}[1R", "\u{1B}[1R"),
      ("\u{1B}[;R", "\u{1B}[;R"),
      ("\u{1B}OR", "\u{1B}OR"), ("\u{1B}[123456789012345", "\u{1B}[123456789012345"),
    ])
  func othersWhileAwaiting(typed: String, expected: String) {
    var gate = InputGate()
    gate.expectReport()
    #expect(pass(&gate, typed) == expected)
    #expect(gate.awaitsReport)
  }

  @Test("A report nobody waits for any more is taken out when it comes whole, and nothing is held for it")
  func overdue() {
    var gate = InputGate()
    gate.expectReport()
    gate.giveUpOnReports()
    #expect(pass(&gate, "\u{1B}[1") == "\u{1B}[1")
    #expect(pass(&gate, "x\u{1B}[3;4Ry") == "xy")
    #expect(pass(&gate, "\u{1B}[3;4R") == "\u{1B}[3;4R", "only one was overdue")
  }

  // MARK: Signals

  private func gateWithSignals() -> InputGate {
    var gate = InputGate()
    gate.signals = [3: .interrupt, 26: .suspend, 28: .quit]
    return gate
  }

  @Test(
    "A key that asks for a signal stands in its place, ends what has begun, and is text in a paste",
    arguments: [
      ("ab\u{3}cd", "ab<interrupt>cd"), ("\u{3}\u{3}", "<interrupt><interrupt>"), ("\u{1B}\u{3}", "\u{1B}<interrupt>"),
      ("\u{1A}fg\u{1C}", "<suspend>fg<quit>"), ("\u{1B}[200~a\u{3}b\u{1B}[201~c", "⟦a\u{3}b⟧c"),
      ("\u{1B}[2\u{3}", "\u{1B}[2<interrupt>"),
    ])
  func signals(typed: String, expected: String) {
    var gate = gateWithSignals()
    #expect(pass(&gate, typed) == expected)
    #expect(gate.isSignal([3, 26]) && !gate.isSignal(Array("x\u{3}".utf8)[...]))
  }

  @Test("One that comes last in a paste without an end breaks it; a stop leaves it to go on")
  func brokenPaste() {
    var gate = gateWithSignals()
    #expect(pass(&gate, "\u{1B}[200~half\u{3}") == "⟦half⟧<interrupt>")
    #expect(pass(&gate, "hi") == "hi")
    #expect(pass(&gate, "\u{1B}[200~ha") == "")
    #expect(pass(&gate, "\u{1A}") == "<suspend>")
    #expect(pass(&gate, "lf\u{1B}[201~") == "⟦half⟧")
    #expect(pass(&gate, Array("a".utf8) + [0xC3, 3]) == "a\u{FFFD}<interrupt>")
  }

  @Test("Whatever is typed and however it comes, the same passes", arguments: UInt64(1)...60)
  func nothingLost(seed: UInt64) {
    var dice = Dice(seed: seed)
    let parts = [
      "\u{1B}", "\u{1B}[", "\u{1B}[2", "200~", "\u{1B}[200~", "\u{1B}[201~", "x", "\u{E9}", "R", ";", "[", "1",
    ]
    let typed =
      Array((0..<60).map { _ in parts.randomElement(using: &dice)! }.joined().utf8) + InputGateTests.end + [0x78]
    var whole = InputGate()
    let expected = pass(&whole, typed)
    var gate = InputGate()
    var passed = ""
    var rest = typed[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...9, using: &dice)
      passed += pass(&gate, Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    #expect(passed == expected)
    let texts = expected.replacing("⟦", with: "\u{1B}[200~").replacing("⟧", with: "\u{1B}[201~")
    #expect(Array(texts.utf8) == typed)
  }
}

extension Typed {
  fileprivate var bytes: [UInt8] {
    switch self {
    case .keys(let bytes), .paste(let bytes): bytes
    case .signal: []
    }
  }
}
