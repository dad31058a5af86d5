@testable import ChatProtocol

extension FuzzTarget {
  /// Text that is to be sent, judged line by line.
  static let outgoingTextChecker = FuzzTarget(
    name: "outgoing-text-checker", words: [LongText.mark, "\n", "\u{1F40C}", "\u{FFFD}"]
  ) { input in
    let text = LongText.expanded(input)
    let whole = verdict([text[...]])
    try requireEqual(whole.violation, plainViolation(text), "the checker beside a plain look at each line")
    for pieces in LongText.splits(of: text) {
      try requireEqual(verdict(pieces), whole, "in pieces of \(pieces.prefix(9).map(\.count))")
    }
  }

  private struct Verdict: Equatable {
    var lines = 0
    var violation: OutgoingTextChecker.Unusable?
  }

  private static func verdict(_ pieces: [ArraySlice<UInt8>]) -> Verdict {
    var checker = OutgoingTextChecker()
    do throws(OutgoingTextChecker.Unusable) {
      for piece in pieces { try checker.check(piece) }
      try checker.finish()
      return Verdict(lines: checker.lines)
    } catch {
      return Verdict(violation: error)
    }
  }

  /// The first thing wrong with a text. Within one line the first byte that is wrong counts, and of
  /// several faults of one byte the first in the order below.
  private static func plainViolation(_ text: [UInt8]) -> OutgoingTextChecker.Unusable? {
    for (index, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let wrongs: [(Int, OutgoingTextChecker.Unusable.Reason)?] = [
        firstIllFormed(line).map { ($0, .notUTF8) },
        line.firstIndex(of: 0).map { ($0 - line.startIndex, .nulByte) },
        line.count > Limits.messageBytesMax ? (Limits.messageBytesMax, .tooLong) : nil,
      ]
      if let first = wrongs.compactMap({ $0 }).min(by: { $0.0 < $1.0 }) {
        return OutgoingTextChecker.Unusable(line: index + 1, reason: first.1)
      }
    }
    return nil
  }

  /// The place of the first byte that no character of the standard library's own decoder goes on with; the line's
  /// length when it ends within a character.
  private static func firstIllFormed(_ line: ArraySlice<UInt8>) -> Int? {
    guard String(validating: line, as: UTF8.self) == nil else { return nil }
    var low = 0
    var high = line.count
    // The longest prefix that is well-formed, or would be with up to three bytes more.
    while low < high {
      let middle = (low + high + 1) / 2
      if mayBecomeWellFormed(line.prefix(middle)) { low = middle } else { high = middle - 1 }
    }
    return low
  }

  private static func mayBecomeWellFormed(_ text: ArraySlice<UInt8>) -> Bool {
    let endings: [[UInt8]] = [
      [], [0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xBF], [0xBF, 0x80], [0xBF, 0x80, 0x80],
    ]
    return endings.contains { String(validating: text + $0, as: UTF8.self) != nil }
  }
}
