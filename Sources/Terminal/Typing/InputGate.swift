import Basics

/// The typed bytes, in the order in which they came.
public enum Typed: Equatable, Sendable {
  /// Keys: whole characters of UTF-8, among them control characters.
  case keys([UInt8])
  /// A paste: one text, UTF-8 without NUL, its lines parted by line feeds.
  case paste([UInt8])
  /// A key that asks for a signal.
  case signal(KeyboardSignal)
}

/// Stands between the terminal and line editing, and tells keys from what only comes in the same stream.
///
/// - A **paste** the terminal has bracketed (`ESC [ 200 ~` … `ESC [ 201 ~`) is one thing, and passes when it is
///   whole. One beyond ``InputGate/pasteBytesMax`` passes as several pastes, and nothing of it is lost.
/// - A **cursor report** (`ESC [ row ; column R`) that was asked for is taken out: it is no key. So are the reports of
///   the **focus** (`ESC [ I`, `ESC [ O`) while they are on.
/// - A **character** passes when it is whole. Bytes that are not UTF-8 become U+FFFD, one for each maximal ill-formed
///   part.
/// - A **key that asks for a signal** is one wherever it stands but in a paste; in a paste whose end does not come,
///   it is one when it comes last.
/// - An **ESC** that comes alone may be the first byte of one of these, torn off. It waits for
///   ``InputGate/escapeWait``.
struct InputGate {
  /// One paste at the keyboard; a longer one is taken in several edits.
  static let pasteBytesMax = 1 << 20
  /// How long an ESC waits for the rest of a sequence. A terminal sends both at once, so only a read of a full buffer
  /// or a slow network tears them apart.
  static let escapeWait = Duration.milliseconds(50)

  private static let pasteStart = Array("\u{1B}[200~".utf8)
  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  /// The bytes that came and may not pass yet.
  private var held: [UInt8] = []
  /// How much of a paste that is held was already searched for its end.
  private var searched = 0
  /// The character that has begun to come.
  private var character: [UInt8] = []
  private var checker = UTF8Text.Checker()
  /// The columns of cursor reports that came, counted from 1, oldest first.
  private var reports: [Int] = []
  /// Cursor reports that were asked for and are waited for.
  private var awaited = 0
  /// Cursor reports that nobody waits for any more, but that may still come.
  private var overdue = 0
  private let pasteLimit: Int
  /// Whether the terminal reports when it gets and loses the focus.
  var takesFocusReports = false
  private var focus: Bool?
  /// The keys that ask for signals.
  var signals: [UInt8: KeyboardSignal] = [:]

  init(pasteLimit: Int = InputGate.pasteBytesMax) {
    precondition(pasteLimit >= 16, "each edit of a split paste takes something of it along")
    self.pasteLimit = pasteLimit
  }

  /// Whether the beginning of a paste waits for its end.
  var holdsPaste: Bool { held.starts(with: InputGate.pasteStart) }

  /// Whether an ESC waits for what may follow it. After ``escapeWait``, call ``releaseEscape()``.
  var holdsEscape: Bool { held == [0x1B] && awaited == 0 }

  /// The text of a paste whose end has not come.
  var heldPaste: String {
    guard holdsPaste else { return "" }
    return String(decoding: PastedText.normalized(held.dropFirst(InputGate.pasteStart.count)), as: UTF8.self)
  }

  /// The terminal was asked for a cursor report.
  mutating func expectReport() { awaited += 1 }
  /// The report is not waited for any more. It is taken out all the same if it comes later, but nothing is held for it.
  mutating func giveUpOnReports() {
    overdue += awaited
    awaited = 0
  }
  var awaitsReport: Bool { awaited > 0 }

  /// The columns reported since the last call.
  mutating func takeReports() -> [Int] {
    defer { reports = [] }
    return reports
  }

  /// Whether the terminal has the focus, as it has reported since the last call; nil if it has not.
  mutating func takeFocus() -> Bool? {
    defer { focus = nil }
    return focus
  }

  /// The ESC that is held was a key of its own.
  mutating func releaseEscape() -> [Typed] {
    guard held == [0x1B] else { return [] }
    held = []
    var passed: [Typed] = []
    pass(keys: [0x1B], to: &passed)
    return passed
  }

  /// Takes what was typed and returns what may pass now, in order.
  mutating func pass(_ typed: ArraySlice<UInt8>) -> [Typed] {
    held.append(contentsOf: typed)
    var passed: [Typed] = []
    while let step = nextStep() {
      switch step {
      case .keys(let count):
        pass(keys: held[..<count], to: &passed)
        held.removeFirst(count)
      case .report(let count, let column):
        if awaited > 0 { awaited -= 1 } else { overdue -= 1 }
        reports.append(column)
        held.removeFirst(count)
      case .focus(let hasFocus):
        focus = hasFocus
        held.removeFirst(InputGate.focusBytes)
      case .paste(let end):
        pass(paste: held[InputGate.pasteStart.count..<end], to: &passed)
        held.removeFirst(end + InputGate.pasteEnd.count)
        searched = 0
      case .pieceOfPaste(let end):
        pass(paste: held[InputGate.pasteStart.count..<end], to: &passed)
        held.replaceSubrange(..<end, with: InputGate.pasteStart)
        searched = 0
      }
    }
    if holdsPaste, let last = typed.last, let signal = signals[last] { breakPaste(signal, to: &passed) }
    return passed
  }

  /// Whether something typed consists of nothing but keys that ask for signals.
  func isSignal(_ typed: ArraySlice<UInt8>) -> Bool { typed.allSatisfy { signals[$0] != nil } }

  /// Whether something typed is a report of the focus alone.
  func isFocusReport(_ typed: ArraySlice<UInt8>) -> Bool {
    typed.count == InputGate.focusBytes && focusReport(in: typed) != nil
  }

  /// The end of a paste was lost, or its sender is gone: somebody presses Ctrl-C.
  private mutating func breakPaste(_ signal: KeyboardSignal, to passed: inout [Typed]) {
    if signal == .suspend {
      held.removeLast()
    } else {
      pass(paste: held[InputGate.pasteStart.count..<(held.count - 1)], to: &passed)
      (held, searched) = ([], 0)
    }
    passed.append(.signal(signal))
  }

  private mutating func pass(paste: ArraySlice<UInt8>, to passed: inout [Typed]) {
    finishCharacter(to: &passed)
    passed.append(.paste(PastedText.normalized(paste)))
  }

  private mutating func pass(keys: some Collection<UInt8>, to passed: inout [Typed]) {
    var whole: [UInt8] = []
    defer { if !whole.isEmpty { passed.append(.keys(whole)) } }
    for byte in keys {
      if let signal = signals[byte] {
        if !character.isEmpty { whole += UTF8Text.replacement }
        (character, checker) = ([], UTF8Text.Checker())
        if !whole.isEmpty { passed.append(.keys(whole)) }
        whole = []
        passed.append(.signal(signal))
        continue
      }
      if !checker.accept(byte) {
        whole += UTF8Text.replacement
        let wasInside = !character.isEmpty
        (character, checker) = ([], UTF8Text.Checker())
        // The byte that does not go on with a character may begin one.
        guard wasInside else { continue }
        guard checker.accept(byte) else {
          whole += UTF8Text.replacement
          checker = UTF8Text.Checker()
          continue
        }
      }
      character.append(byte)
      guard !checker.isInsideCharacter else { continue }
      whole += character
      character = []
    }
  }

  /// A character that something else follows is not going to be whole.
  private mutating func finishCharacter(to passed: inout [Typed]) {
    guard !character.isEmpty else { return }
    (character, checker) = ([], UTF8Text.Checker())
    passed.append(.keys(UTF8Text.replacement))
  }

  // MARK: Steps

  private enum Step {
    case keys(Int)
    case report(Int, column: Int)
    case focus(Bool)
    /// The text of a paste ends here, and its end mark follows.
    case paste(end: Int)
    case pieceOfPaste(end: Int)
  }

  /// The decision about the first bytes held; nil when they must wait for more.
  private mutating func nextStep() -> Step? {
    guard !held.isEmpty else { return nil }
    if holdsPaste { return stepOfPaste() }
    guard let escape = held.firstIndex(of: 0x1B) else { return .keys(held.count) }
    if escape > 0 { return .keys(escape) }
    if let report = reportAtStart() { return report }
    if let hasFocus = focusReport(in: held[...]) { return .focus(hasFocus) }
    // `ESC` and `ESC [` may become a paste or, when one is awaited, a report.
    if InputGate.pasteStart.starts(with: held) || (awaitsReport && mayBecomeReport) { return nil }
    return .keys(1)
  }

  private mutating func stepOfPaste() -> Step? {
    if let end = firstPasteEnd() { return .paste(end: end) }
    guard held.count > pasteLimit else { return nil }
    // An end that has begun to arrive stays whole, and so does a character, at most three bytes more, or a CR LF.
    var cut = held.count - InputGate.pasteEnd.count
    for _ in 0..<3 where held[cut] & 0xC0 == 0x80 { cut -= 1 }
    if held[cut - 1] == UInt8(ascii: "\r") { cut -= 1 }
    return .pieceOfPaste(end: cut)
  }

  private mutating func firstPasteEnd() -> Int? {
    var from = max(searched, InputGate.pasteStart.count)
    while let start = held[from...].firstIndex(of: InputGate.pasteEnd[0]) {
      if held[start...].starts(with: InputGate.pasteEnd) { return start }
      from = start + 1
    }
    searched = max(held.count - InputGate.pasteEnd.count + 1, InputGate.pasteStart.count)
    return nil
  }

  private static let focusBytes = 3

  /// The focus that a text begins with a report of.
  private func focusReport(in typed: ArraySlice<UInt8>) -> Bool? {
    guard takesFocusReports, typed.count >= InputGate.focusBytes, typed.starts(with: [0x1B, UInt8(ascii: "[")]) else {
      return nil
    }
    switch typed[typed.startIndex + 2] {
    case UInt8(ascii: "I"): return true
    case UInt8(ascii: "O"): return false
    default: return nil
    }
  }

  private func reportAtStart() -> Step? {
    guard awaited + overdue > 0, held.starts(with: [0x1B, UInt8(ascii: "[")]),
      let end = held.prefix(16).firstIndex(of: UInt8(ascii: "R"))
    else { return nil }
    let parts = held[2..<end].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard parts.count == 2, Int(digits: parts[0]) != nil, let column = Int(digits: parts[1]) else { return nil }
    return .report(end + 1, column: column)
  }

  private var mayBecomeReport: Bool {
    held.starts(with: [0x1B, UInt8(ascii: "[")]) && held.count < 16 && held[2...].allSatisfy(InputGate.isOfReport)
  }

  /// Whether a byte stands between the beginning and the end of a report of the cursor.
  private static func isOfReport(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: ";")
  }
}
