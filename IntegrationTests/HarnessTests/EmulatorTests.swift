import TestSupport
import Testing

@testable import Harness

/// Whatever a program writes and however the window changes, the emulator behind a screen goes on.
struct EmulatorTests {
  /// Six rows of text, and the cursor in the first.
  private func fullScreen() -> Screen {
    let screen = Screen(TerminalSize(columns: 20, rows: 6))
    screen.draw(Array("one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\u{1B}[1;4H".utf8))
    return screen
  }

  @Test func `A cursor above the rows that a lower screen keeps goes to the first of them`() {
    let screen = fullScreen()
    screen.resize(to: TerminalSize(columns: 20, rows: 2))
    #expect(screen.cursor == (1, 4))
    #expect(screen.text() == Array("five\nsix".utf8))
    screen.draw(Array("\u{1B}[K!\u{1B}[J".utf8))
    #expect(screen.text() == Array("fiv!\n".utf8))
  }

  @Test(arguments: ["\u{1B}[2;3H", "\u{1B}]2;a title\u{7}", "\u{1B}]2;a title\u{1B}\\", "\u{1B}Pq\u{1B}\\"])
  func `A sequence is completed after such a resize`(sequence: String) {
    let bytes = Array(sequence.utf8)
    for cut in bytes.indices {
      let screen = fullScreen()
      screen.draw(Array(bytes[..<cut]))
      screen.resize(to: TerminalSize(columns: 20, rows: 2))
      screen.draw(Array(bytes[cut...]) + Array("!".utf8))
      let expected = sequence.hasSuffix("H") ? "five\nsi!" : "fiv!\nsix"
      #expect(screen.text() == Array(expected.utf8), "cut at \(cut)")
    }
  }

  @Test(arguments: 1...16)
  func `Broken characters and what comes behind them are drawn`(count: Int) {
    let screen = Screen(TerminalSize(columns: 40, rows: 2))
    screen.draw([0xE6, 0x0A, 0x0D] + Array(repeating: 0xE6, count: count) + Array("A".utf8))
    let row = String(decoding: screen.lines()[1], as: UTF8.self)
    #expect(row.hasSuffix("\u{FFFD}A"), "\(row)")
  }
}
