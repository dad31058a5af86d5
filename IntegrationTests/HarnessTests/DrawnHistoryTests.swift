import TestSupport
import Testing

@testable import Harness

/// The history of a screen has everything it showed, and nothing else.
struct DrawnHistoryTests {
  /// Pieces of a program's output: letters, and sequences that move, insert, delete, erase and scroll.
  private static let pieces =
    ["a", "b", "c", " ", "日", "e\u{301}", "\r", "\n", "\r\n", "\u{8}", "\t"]
    + [
      "H", "2;3H", "K", "1K", "2K", "J", "1J", "2J", "P", "2@", "L", "M", "X", "S", "T", "2;3r", "r", "?1049h",
      "?1049l",
    ]
    .map { "\u{1B}[\($0)" }

  /// The rows on the screen after each character or sequence, and the screen drawn in one piece.
  private func draw(_ output: [[UInt8]], _ size: TerminalSize) -> (seen: Set<[UInt8]>, screen: Screen) {
    let slow = Screen(size)
    var seen: Set<[UInt8]> = []
    for piece in output {
      slow.draw(piece)
      seen.formUnion(slow.rows().map(\.bytes))
    }
    let fast = Screen(size)
    fast.draw(Array(output.joined()))
    #expect(fast.text() == slow.text())
    #expect(fast.text() == Array(fast.rows().map(\.bytes).joined(separator: [0x0A])))
    return (seen, fast)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func `Each row that was there for a moment is in it, and no other`(seed: UInt64) {
    var chance = SeededChance(seed: seed)
    let output = (0..<300).map { _ in Array(Self.pieces.randomElement(using: &chance)!.utf8) }
    let (seen, screen) = draw(output, TerminalSize(columns: 8, rows: 4))
    var kept: Set<[UInt8]> = []
    var rows = screen.history.firstRows
    for change in screen.history.changes(from: 0) {
      change.apply(to: &rows)
      kept.formUnion(rows)
    }
    // A row that only grows is kept when it is done.
    for row in seen { #expect(kept.contains { $0.starts(with: row) }, "\(Words.quoted(row))") }
    for row in kept.subtracting(seen).filter({ !$0.isEmpty }) { Issue.record("\(Words.quoted(row)) was never there") }
    #expect(rows == screen.lines())
  }

  @Test func `A flood keeps the end of it, and says that something is missing`() {
    let screen = Screen(TerminalSize(columns: 20, rows: 4))
    var attentive = DrawnSearch(ScreenMatcher(Matcher(parts: [.literal(Array("never".utf8))])))
    for _ in 0..<60 {
      screen.draw(Array(repeating: Array("0123456789\r\n".utf8), count: 1000).flatMap { $0 })
      guard case .absent = attentive.search(in: screen.history) else {
        Issue.record("what was looked at in time is called missing")
        return
      }
    }
    #expect(screen.history.droppedCount > 0)
    #expect(screen.history.changes(from: 0).count < 120_000)
    var late = DrawnSearch(ScreenMatcher(Matcher(parts: [.literal(Array("never".utf8))])))
    guard case .unknown = late.search(in: screen.history) else {
      Issue.record("what was dropped is called looked at")
      return
    }
  }

  @Test func `A sequence means the same however it is cut in pieces`() {
    let output = Array(
      "\u{1B}]2;ti\u{7}\u{7}\u{1B}[?1;1004h\u{1B}[8mx\u{1B}[0my\u{1B}]52;c;Zm9v\u{1B}\\\u{1B}[2;3r".utf8)
    for cut in output.indices {
      let screen = Screen(TerminalSize(columns: 20, rows: 4))
      screen.draw(Array(output[..<cut]))
      screen.draw(Array(output[cut...]))
      #expect(screen.settings.title == Array("ti".utf8))
      #expect(screen.settings.clipboard == Array("foo".utf8))
      #expect(screen.settings.bells == 1)
      #expect(screen.settings.differences(rows: 4).count == 3)
      #expect(screen.lines()[0] == Array(" y".utf8))
    }
  }
}
