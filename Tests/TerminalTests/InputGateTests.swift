import TestSupport
import Testing

@testable import Terminal

@Suite("The gate between the keyboard and line editing")
struct InputGateTests {
  private static let start = Array("\u{1B}[200~".utf8)
  private static let end = Array("\u{1B}[201~".utf8)

  private func pass(_ gate: inout InputGate, _ text: String) -> String {
    String(decoding: gate.pass(Array(text.utf8)[...]), as: UTF8.self)
  }

  private func paste(_ text: String) -> String { "\u{1B}[200~\(text)\u{1B}[201~" }

  // MARK: Keys

  @Test(
    "Keys pass at once",
    arguments: [
      "a", "caf\u{E9}", "\r", "\u{1B}", "\u{1B}b", "\u{1B}[A", "\u{1B}OP", "\u{1B}[3~", "\u{1B}[2~", "\u{1B}[20~",
      "\u{1B}[1;5C", "a\u{1B}[Ab\u{1B}c", "\u{1B}\u{1B}",
    ])
  func keys(text: String) {
    var gate = InputGate()
    let passed = pass(&gate, text)
    #expect(passed == text)
    #expect(!gate.holdsPaste)
  }

  @Test(
    "What may become a paste is held, and passes when it becomes something else",
    arguments: [
      ("\u{1B}[", "A"), ("\u{1B}[2", "~"), ("\u{1B}[20", "~"), ("\u{1B}[200", "x"), ("\u{1B}[", "\u{1B}"),
    ])
  func partial(beginning: String, rest: String) {
    var gate = InputGate()
    let first = pass(&gate, "x" + beginning)
    #expect(first == "x")
    #expect(!gate.holdsPaste)
    let second = pass(&gate, rest)
    #expect(second == beginning + rest)
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
      let first = gate.pass(text[..<split])
      // A lone ESC is a key of its own, so a paste split just after its ESC is seen by line editing, not here.
      if split > pasteStart + 1, split < pasteEnd {
        #expect(first == Array(before.utf8), "split at \(split)")
        #expect(gate.holdsPaste == (split >= pasteStart + 6), "split at \(split)")
      }
      let second = gate.pass(text[split...])
      #expect(first + second == text, "split at \(split)")
      #expect(!gate.holdsPaste)
    }
  }

  @Test("A paste that comes byte by byte passes at its last byte")
  func byteByByte() {
    var gate = InputGate()
    // The ESC and the bracket come together, as terminals send them.
    var passed = gate.pass(InputGateTests.start[..<2])
    let rest = Array(InputGateTests.start[2...]) + Array("hello".utf8) + InputGateTests.end
    for byte in rest.dropLast() {
      passed = gate.pass([byte])
      #expect(passed.isEmpty)
    }
    passed = gate.pass(rest.suffix(1))
    #expect(passed == Array(paste("hello").utf8))
  }

  @Test("Two pastes are two, the second waits for its own end")
  func twoPastes() {
    var gate = InputGate()
    let first = pass(&gate, paste("one") + "x" + "\u{1B}[200~tw")
    #expect(first == paste("one") + "x")
    #expect(gate.holdsPaste)
    let second = pass(&gate, "o\u{1B}[201~y")
    #expect(second == "\u{1B}[200~two\u{1B}[201~y")
  }

  @Test(
    "A paste at the limit waits, one beyond it passes as several edits with nothing lost",
    arguments: [
      "x", "\u{E9}", "\u{20AC}", "\u{1F40C}", "ab\n",
    ])
  func largePaste(unit: String) {
    let content = Array(String(repeating: unit, count: 200).utf8)
    for step in [1, 5, 64, 10_000] {
      var gate = InputGate(pasteLimit: 100)
      var passed: [UInt8] = []
      let typed = InputGateTests.start + content + InputGateTests.end
      // The ESC and the bracket come together, as terminals send them.
      passed += gate.pass(typed[..<2])
      var rest = typed[2...]
      while !rest.isEmpty {
        passed += gate.pass(rest.prefix(step))
        rest = rest.dropFirst(step)
      }
      let pieces = contents(passed)
      #expect(Array(pieces.joined()) == content, "in steps of \(step)")
      #expect(pieces.allSatisfy { String(validating: $0, as: UTF8.self) != nil }, "a character was cut in two")
      if step < 100 {
        #expect(pieces.count > 1, "in steps of \(step)")
        #expect(pieces.allSatisfy { $0.count <= 100 + step }, "in steps of \(step)")
      }
      #expect(!gate.holdsPaste)
    }
  }

  @Test("A large paste that is not UTF-8 passes too", arguments: [0x80, 0xBF, 0xC3, 0xFF] as [UInt8])
  func largePasteOfRubbish(byte: UInt8) {
    let content = [UInt8](repeating: byte, count: 500)
    var gate = InputGate(pasteLimit: 100)
    var passed = gate.pass((InputGateTests.start + content)[...])
    passed += gate.pass(InputGateTests.end[...])
    #expect(Array(contents(passed).joined()) == content)
  }

  /// What stands between the brackets, edit by edit.
  private func contents(_ passed: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = passed[...]
    while !rest.isEmpty {
      guard rest.starts(with: InputGateTests.start) else {
        Issue.record("something stands outside of the brackets")
        return pieces
      }
      rest = rest.dropFirst(6)
      var piece: [UInt8] = []
      while !rest.starts(with: InputGateTests.end) {
        guard let byte = rest.popFirst() else {
          Issue.record("a bracket is not closed")
          return pieces
        }
        piece.append(byte)
      }
      rest = rest.dropFirst(6)
      pieces.append(piece)
    }
    return pieces
  }

  // MARK: Cursor reports

  @Test("A cursor report nobody asked for passes as the key it may be")
  func unasked() {
    var gate = InputGate()
    let passed = pass(&gate, "\u{1B}[12;40R")
    #expect(passed == "\u{1B}[12;40R")
    let reports = gate.takeReports()
    #expect(reports.isEmpty)
  }

  @Test("One that was asked for is taken out, the keys around it pass, and the next is a key again")
  func asked() {
    var gate = InputGate()
    gate.expectReport()
    #expect(gate.awaitsReport)
    let passed = pass(&gate, "a\u{1B}[12;40Rb\u{1B}[1;1R")
    #expect(passed == "ab\u{1B}[1;1R")
    #expect(!gate.awaitsReport)
    var reports = gate.takeReports()
    #expect(reports == [40])
    reports = gate.takeReports()
    #expect(reports.isEmpty)
  }

  @Test("An awaited report is put together from its parts, split anywhere behind its ESC")
  func splitReport() {
    let report = Array("\u{1B}[7;123R".utf8)
    for split in 2..<report.count {
      var gate = InputGate()
      gate.expectReport()
      let first = gate.pass(report[..<split])
      let second = gate.pass(report[split...])
      #expect((first + second).isEmpty, "split at \(split)")
      let reports = gate.takeReports()
      #expect(reports == [123])
    }
  }

  @Test(
    "While a report is awaited, keys and pastes pass as ever",
    arguments: [
      "\u{1B}[A", "\u{1B}[1;5C", "\u{1B}[15~", "Real text", "\u{1B}[200~R\u{1B}[201~", "\u{1B}[R",
      "\u{1B}[1R",
      "\u{1B}[;R", "\u{1B}OR", "\u{1B}[123456789012345",
    ])
  func othersWhileAwaiting(text: String) {
    var gate = InputGate()
    gate.expectReport()
    let passed = pass(&gate, text)
    #expect(passed == text)
    #expect(gate.awaitsReport)
  }

  @Test("While a report is awaited, a lone ESC waits for what it begins")
  func loneEscapeWhileAwaiting() {
    var gate = InputGate()
    gate.expectReport()
    #expect(gate.pass([0x1B]) == [])
    #expect(gate.pass(Array("x".utf8)[...]) == Array("\u{1B}x".utf8))
    #expect(gate.pass([0x1B]) == [])
    #expect(gate.pass(Array("[1;9R".utf8)[...]) == [])
    let reports = gate.takeReports()
    #expect(reports == [9])
  }

  @Test("Forgotten, what was held is gone and a late report is a key again")
  func forgotten() {
    var gate = InputGate()
    gate.expectReport()
    var passed = pass(&gate, "\u{1B}[12")
    #expect(passed == "")
    gate.forget()
    passed = pass(&gate, ";4R")
    #expect(passed == ";4R")
  }

  @Test("Whatever is typed and however it comes, nothing is lost or added", arguments: UInt64(1)...60)
  func nothingLost(seed: UInt64) {
    var dice = Dice(seed: seed)
    let parts = [
      "\u{1B}", "\u{1B}[", "\u{1B}[2", "200~", "\u{1B}[200~", "\u{1B}[201~", "x", "\u{E9}", "R", ";", "[", "1",
    ]
    let typed =
      Array((0..<60).map { _ in parts.randomElement(using: &dice)! }.joined().utf8) + InputGateTests.end + [0x78]
    var gate = InputGate()
    var passed: [UInt8] = []
    var rest = typed[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...9, using: &dice)
      passed += gate.pass(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    #expect(passed == typed)
  }
}
