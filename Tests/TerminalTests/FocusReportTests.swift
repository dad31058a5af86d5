import Testing

@testable import Terminal

@Suite("A report of the focus")
struct FocusReportTests {
  /// The keys that pass, all of them.
  private func keys(_ gate: inout InputGate, _ typed: some Collection<UInt8>) -> String {
    let passed = gate.pass(Array(typed)[...])
    return passed.map { if case .keys(let keys) = $0 { String(decoding: keys, as: UTF8.self) } else { "?" } }.joined()
  }

  @Test("is taken out, also one in two pieces")
  func takenOut() {
    var gate = InputGate()
    gate.takesFocusReports = true
    #expect(keys(&gate, "a\u{1B}[Ob".utf8) == "ab")
    #expect(gate.takeFocus() == false)
    #expect(gate.takeFocus() == nil)
    #expect(keys(&gate, "a\u{1B}[O\u{1B}[Ib\u{1B}[A".utf8) == "ab\u{1B}[A")
    #expect(gate.takeFocus() == true)
    for cut in 1...2 {
      let report = Array("\u{1B}[O".utf8)
      #expect(keys(&gate, report[..<cut]) == "")
      #expect(keys(&gate, report[cut...] + [0x78]) == "x")
      #expect(gate.takeFocus() == false)
    }
  }

  @Test("is text in a paste, and a key when nobody asked for it")
  func notTakenOut() {
    var gate = InputGate()
    #expect(keys(&gate, "\u{1B}[I\u{1B}[O".utf8) == "\u{1B}[I\u{1B}[O")
    gate.takesFocusReports = true
    let passed = gate.pass(Array("\u{1B}[200~a\u{1B}[Ib\u{1B}[201~".utf8)[...])
    #expect(passed == [.paste(Array("a\u{1B}[Ib".utf8))])
    #expect(gate.takeFocus() == nil)
  }
}
