import TestSupport
import Testing

@testable import Harness

/// The emulator behind a screen goes on, whatever a program writes and however the window changes.
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

  @Test(arguments: ["漢", "👋", "é", "e\u{301}"])
  func `Lines that are cut stay in their row`(last: String) {
    for letters in 16...22 {
      let screen = Screen(TerminalSize(columns: 20, rows: 2))
      let text = String(repeating: "a", count: letters) + last + "b"
      screen.draw(Array("\u{1B}[?7l\(text)\u{1B}[?7h".utf8))
      #expect(screen.lines()[1].isEmpty, "\(text)")
      #expect(screen.cursor.row == 1)
    }
  }

  @Test func `More parameters than terminals take are left out`() {
    let screen = Screen(TerminalSize(columns: 20, rows: 2))
    let many = (1...200).map(String.init).joined(separator: ";")
    screen.draw(Array("\u{1B}[\(many)Ha\r\n\u{1B}[\(many)".utf8))
    screen.resize(to: TerminalSize(columns: 10, rows: 1))
    screen.draw(Array("\u{1B}[1;\(many.replacing(";", with: ":"))Hb".utf8))
    #expect(screen.text() == Array("b".utf8))
  }

  @Test func `Controls of eight bits do not move the cursor off the screen`() {
    let screen = Screen(TerminalSize(columns: 20, rows: 2))
    screen.draw(Array("\u{85}\u{9F}a\u{85}".utf8) + [0xC2])
    screen.draw([0x85, 0xC2, 0x0D] + Array("b\u{A0}\u{A9}".utf8) + [0xC2])
    screen.draw([0xA9, 0xC2])
    screen.draw(Array("\u{1B}[K".utf8) + [0x9F])
    #expect(String(decoding: screen.lines()[0], as: UTF8.self).hasPrefix("b\u{A0}\u{A9}\u{A9}\u{FFFD}"))
  }

  @Test func `A cursor that was saved on a larger screen is restored inside`() {
    let screen = fullScreen()
    screen.draw(Array("\u{1B}[6;10H\u{1B}7\u{1B}[1;1H".utf8))
    screen.resize(to: TerminalSize(columns: 5, rows: 2))
    screen.draw(Array("\u{1B}8".utf8))
    #expect(screen.cursor == (2, 5))
  }

  @Test func `All rows of a resized screen scroll`() {
    let screen = fullScreen()
    screen.draw(Array("\u{1B}[4;6r\u{1B}[1;4H".utf8))
    screen.resize(to: TerminalSize(columns: 20, rows: 2))
    #expect(screen.settings.differences(rows: 2).isEmpty)
    screen.draw(Array("\r\n\n\nseven".utf8))
    #expect(screen.text() == Array("\nseven".utf8))
  }

  /// Pieces of a program's output, good and bad.
  private static let pieces: [[UInt8]] =
    [
      "a", "日", "👋", "e\u{301}", "\u{301}", "\u{85}", "\r", "\n", "\t", "\u{8}", "\u{1B}", "\u{1B}[", "\u{1B}]0;t",
      "\u{1B}P",
    ]
    .map { Array($0.utf8) } + [[0xE6], [0x80], [0xC2], [0xF0, 0x9F], [0xFF]]
    + [
      "7", "8", "M", "[H", "[9;9H", "[K", "[1K", "[J", "[1J", "[2J", "[99A", "[2B", "[99D", "[C", "[4P", "[2@", "[L",
      "[9M",
      "[X", "[2S", "[T", "[4;9r", "[r", "[?6h", "[?6l", "[?7l", "[?7h", "[4h", "[4l", "[?1049h", "[?1049l", "[8m", "[m",
      "[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19m", "(0", "(B", "c", "#8",
    ]
    .map { Array("\u{1B}\($0)".utf8) }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `Nothing that is drawn on screens of changing size leads off them`(seed: UInt64) {
    var chance = SeededChance(seed: seed)
    func size() -> TerminalSize {
      TerminalSize(columns: .random(in: 2...12, using: &chance), rows: .random(in: 1...12, using: &chance))
    }
    let screen = Screen(size())
    for _ in 0..<400 {
      if Int.random(in: 0..<8, using: &chance) == 0 { screen.resize(to: size()) }
      let count = Int.random(in: 1...6, using: &chance)
      screen.draw((0..<count).flatMap { _ in Self.pieces.randomElement(using: &chance)! })
      #expect((1...screen.size.rows).contains(screen.cursor.row))
      #expect((1...screen.size.columns).contains(screen.cursor.column))
    }
  }
}
