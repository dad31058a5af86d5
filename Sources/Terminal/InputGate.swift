/// Stands between the keyboard and line editing, and decides when typed bytes may pass.
///
/// - A **paste** the terminal has bracketed (`ESC [ 200 ~` … `ESC [ 201 ~`) passes only when it is whole, because readline
///   reads a paste to its end in one go and would hold up everything else while the rest is on its way. One beyond
///   ``InputGate/pasteBytesMax`` is closed and opened again, so that it passes as several edits and nothing of it is lost.
/// - A **cursor report** (`ESC [ row ; column R`) that we asked for is taken out: it is no key.
public struct InputGate {
  /// One paste at the keyboard; a longer one is taken in several edits.
  public static let pasteBytesMax = 1 << 20

  private static let pasteStart = Array("\u{1B}[200~".utf8)
  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  /// What came and may not pass yet.
  private var held: [UInt8] = []
  /// The columns of cursor reports that came, counted from 1, oldest first.
  private var reports: [Int] = []
  /// Cursor reports that were asked for and have not come.
  private var awaited = 0
  private let pasteLimit: Int

  public init(pasteLimit: Int = InputGate.pasteBytesMax) {
    precondition(pasteLimit >= 16, "each edit of a split paste takes something of it along")
    self.pasteLimit = pasteLimit
  }

  /// Whether the beginning of a paste waits for its end.
  public var holdsPaste: Bool { held.starts(with: InputGate.pasteStart) }

  /// The text of a paste whose end has not come.
  var heldPaste: String {
    guard holdsPaste else { return "" }
    let text = held.dropFirst(InputGate.pasteStart.count).map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }
    return String(decoding: text, as: UTF8.self)
  }

  /// The terminal was asked for a cursor report.
  mutating func expectReport() { awaited += 1 }
  /// Nothing of what came before matters any more.
  mutating func forget() {
    held = []
    awaited = 0
  }
  var awaitsReport: Bool { awaited > 0 }

  /// The columns reported since the last call.
  mutating func takeReports() -> [Int] {
    defer { reports = [] }
    return reports
  }

  /// Takes what was typed and returns what may pass now, in order.
  public mutating func pass(_ typed: ArraySlice<UInt8>) -> [UInt8] {
    held.append(contentsOf: typed)
    var passed: [UInt8] = []
    while let step = nextStep() {
      switch step {
      case .pass(let count):
        passed.append(contentsOf: held[..<count])
        held.removeFirst(count)
      case .report(let count, let column):
        reports.append(column)
        awaited -= 1
        held.removeFirst(count)
      case .splitPaste(let count):
        passed.append(contentsOf: held[..<count] + InputGate.pasteEnd)
        held.replaceSubrange(..<count, with: InputGate.pasteStart)
      }
    }
    return passed
  }

  private enum Step {
    case pass(Int)
    case report(Int, column: Int)
    case splitPaste(Int)
  }

  /// What to do with the first bytes held; nil when they must wait for more.
  private func nextStep() -> Step? {
    guard !held.isEmpty else { return nil }
    if holdsPaste {
      if let end = firstIndex(of: InputGate.pasteEnd) { return .pass(end + InputGate.pasteEnd.count) }
      guard held.count > pasteLimit else { return nil }
      // An end that has begun to arrive stays whole, and so does a character: at most three bytes more.
      var cut = held.count - InputGate.pasteEnd.count
      for _ in 0..<3 where held[cut] & 0xC0 == 0x80 { cut -= 1 }
      return .splitPaste(cut)
    }
    guard let escape = held.firstIndex(of: 0x1B) else { return .pass(held.count) }
    if escape > 0 { return .pass(escape) }
    if awaitsReport, let report = reportAtStart() { return report }
    // `ESC [` may become a paste or, when one is awaited, a report; a lone ESC is a key of its own, unless a report is
    // awaited, which it more likely begins.
    if held.count == 1, awaitsReport { return nil }
    if held.count >= 2, InputGate.pasteStart.starts(with: held) || (awaitsReport && mayBecomeReport) { return nil }
    return .pass(1)
  }

  private func reportAtStart() -> Step? {
    guard let end = held.firstIndex(of: UInt8(ascii: "R")), held.starts(with: [0x1B, UInt8(ascii: "[")]) else {
      return nil
    }
    let parts = held[2..<end].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard parts.count == 2, Int(String(decoding: parts[0], as: UTF8.self)) != nil,
      let column = Int(String(decoding: parts[1], as: UTF8.self))
    else { return nil }
    return .report(end + 1, column: column)
  }

  private var mayBecomeReport: Bool {
    held.starts(with: [0x1B, UInt8(ascii: "[")]) && held.count < 16
      && held[2...].allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ";") }
  }

  private func firstIndex(of pattern: [UInt8]) -> Int? {
    var from = 0
    while let start = held[from...].firstIndex(of: pattern[0]) {
      if held[start...].starts(with: pattern) { return start }
      from = start + 1
    }
    return nil
  }
}
