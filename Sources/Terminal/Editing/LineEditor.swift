import Basics
@preconcurrency import CReadline
import Glibc

/// Line editing by GNU readline, fed by a loop and never waiting by itself.
///
/// Everything shown meanwhile is printed above the line being typed, which stands afterwards exactly as before:
///
/// ```
///   12:04 bob: are you there?          ← show(_:) takes the draft off the screen, prints, and draws it again
///   bob> yes, I was just typing a long line that wr
///   aps▌
/// ```
///
/// Signals and the clock are the loop's: it says what time it is, and asks for ``nextEvent(now:)`` when ``deadline`` is
/// due. Readline is one per process, and so is the editor.
@MainActor
public final class LineEditor {
  /// The result of typing.
  public enum Event: Equatable, Sendable {
    /// Enter: a line, or several. One that begins with a paste is text, whatever that begins with.
    case line(String, isText: Bool)
    /// Ctrl-D on an empty line.
    case endOfInput
    /// The line is to be opened in an editor; then ``replaceLine(by:)``.
    case edit
    /// A key that asks for a signal, in its place among the others.
    case signal(KeyboardSignal)
  }

  private static let revealKey: UInt8 = 0x14  // Ctrl-T
  /// Whether a secret line is shown.
  var isRevealed = false
  private var gate = InputGate()
  let readline: Readline
  private let history: InputHistory?
  private let output: UnsafeMutablePointer<FILE>
  private var isActive = false
  /// Whether the terminal is another program's for a while.
  private var isSuspended = true
  private var modes = TerminalModes()
  private let willTakeTerminal: () -> Void

  private var screen: DraftScreen
  private var layout = DraftLayout(columns: 0, rows: 0)
  /// The paragraphs to be shown once the window has settled after a change of its size, or the terminal is ours again.
  private var heldBack: [Paragraph] = []
  private var heldBytes = 0
  /// As much as a person reads when coming back.
  private static let heldBytesMax = 64 << 10
  private var notices: [String] = []
  private var resizing: Resizing?
  /// When the draft was drawn last, and what time it is.
  private var drawn = Instant(sinceOrigin: .zero)
  private var now = Instant(sinceOrigin: .zero)
  private let reflow = ReflowKnowledge { getenv($0).map { String(cString: $0) } ?? "" }

  /// When readline goes on without a key.
  private var keyDue: Instant?
  /// When an ESC that is held is a key of its own.
  private var escapeDue: Instant?

  /// A terminal that only prints: no cursor movements, no questions to it.
  let isDumb: Bool

  /// - Parameters:
  ///   - prompt: what stands before the line, without control characters.
  ///   - history: where lines typed before come from and go to; nil keeps them in memory only.
  ///   - output: where all that is shown goes.
  ///   - willTakeTerminal: called before the terminal is taken, while its modes are those of others.
  public init(
    prompt: String, history: InputHistory?, output: UnsafeMutablePointer<FILE>,
    willTakeTerminal: @escaping () -> Void
  ) {
    self.history = history
    self.output = output
    self.willTakeTerminal = willTakeTerminal
    let terminal = getenv("TERM").map { String(cString: $0) } ?? "dumb"
    isDumb = terminal == "dumb" || terminal.isEmpty
    screen = DraftScreen(isDumb: isDumb)
    readline = Readline(prompt: prompt)
    ReadlineSettings.apply()
    history?.load()
  }

  // MARK: Life

  /// Begins a line. ``resume()`` shows it.
  public func start() {
    isActive = true
    readline.begin()
  }

  /// Gives the terminal back as it was.
  /// - Returns: the text that was typed and not sent, also the part of a paste that has come; nothing if it is hidden.
  @discardableResult
  public func stop() -> String {
    guard isActive else { return "" }
    let draft = lastDraft
    suspend()
    isActive = false
    // In the background of a shell, too: it came, and its sender believes that it was seen.
    if !heldBack.isEmpty { screen.comeBack(columns: WindowSize.now().columns) }
    print()
    flush()
    return draft
  }

  /// Lets go of a terminal that takes nothing any more. The caller puts its modes back.
  /// - Returns: as ``stop()`` does.
  public func abandon() -> String {
    guard isActive else { return "" }
    isActive = false
    return lastDraft
  }

  private var lastDraft: String { conceals ? "" : text + gate.heldPaste }

  /// Gives the terminal back for a while, before the process is stopped.
  public func suspend() {
    guard isActive, !isSuspended else { return }
    endResizing(reportedColumn: nil)
    isSuspended = true
    screen.leave()
    giveTerminal()
  }

  /// Lets go of the terminal, which was taken away while the process was stopped. Nothing is done to it.
  public func withdraw() {
    guard isActive, !isSuspended else { return }
    isSuspended = true
    resizing = nil
    gate.giveUpOnReports()
    screen.forget()
  }

  /// Takes the terminal, at the start or again after it was another program's. While it is ours nothing is done.
  public func resume() {
    guard isActive, isSuspended else { return }
    isSuspended = false
    takeTerminal()
    screen.comeBack(columns: WindowSize.now().columns)
    printHeldBack()
    display()
  }

  /// Sets the modes of the terminal again, and draws the draft anew in its place. The window may have another size.
  public func retakeTerminal(now: Instant) {
    guard isActive, !isSuspended else { return }
    takeTerminal()
    windowResized(now: now)
  }

  private func takeTerminal() {
    gate.signals = modes.take(willTakeTerminal)
    ReadlineSettings.enforce()
    measure()
    if ReadlineSettings.bracketsPastes { screen.send("\u{1B}[?2004h") }
    if ReadlineSettings.usesKeypad { screen.send("\u{1B}[?1h\u{1B}=") }
    gate.takesFocusReports = !isDumb
    if !isDumb { screen.send("\u{1B}[?1004h") }
  }

  private func giveTerminal() {
    if ReadlineSettings.bracketsPastes { screen.send("\u{1B}[?2004l") }
    if ReadlineSettings.usesKeypad { screen.send("\u{1B}[?1l\u{1B}>") }
    if !isDumb { screen.send("\u{1B}[?1004l") }
    flush()
    modes.giveBack()
  }

  // MARK: Typing

  /// The text that is typed so far.
  public var text: String { String(decoding: readline.line, as: UTF8.self) }

  /// Takes what was typed. Ask ``nextEvent(now:)`` until it is nil for what that came to.
  public func type(_ bytes: ArraySlice<UInt8>, now: Instant) {
    if conceals, bytes.contains(LineEditor.revealKey) {
      isRevealed.toggle()
      return type(Array(bytes.filter { $0 != LineEditor.revealKey })[...], now: now)
    }
    readline.typed.append(gate.pass(bytes))
    escapeDue = gate.holdsEscape ? now + InputGate.escapeWait : nil
    let reports = gate.takeReports()
    if !reports.isEmpty, !gate.awaitsReport { endResizing(reportedColumn: reports.last) }
  }

  /// Whether something typed has no key but those that ask for signals.
  public func isSignal(_ bytes: ArraySlice<UInt8>) -> Bool { gate.isSignal(bytes) || gate.isFocusReport(bytes) }

  /// Whether the terminal has the focus, as it has reported since the last call; nil if it has not.
  public func takeFocus() -> Bool? { gate.takeFocus() }

  /// Whether keys may come, also while they are not edited. A person has not typed so much ahead.
  public var acceptsKeys: Bool { !isSuspended && readline.typed.count < 1 << 16 }

  /// Whether keys came that were not edited yet.
  public var holdsKeys: Bool { isActive && !isSuspended && !readline.typed.isEmpty }

  /// Edits until a line is ended or the typed keys are used up; the keys after a line wait until it was dealt with.
  /// - Parameter onlySignals: nobody sees what keys do now, so they wait; only one that asks for a signal is obeyed,
  ///   and what was typed before it is dropped.
  public func nextEvent(now: Instant, onlySignals: Bool = false) -> Event? {
    self.now = now
    guard isActive, !isSuspended else { return nil }
    if onlySignals { return readline.typed.dropToSignal().map(Event.signal) }
    fireDeadlines(now)
    defer { display() }
    while !readline.isEditing || !readline.typed.isEmpty || keyDue.map({ $0 <= now }) ?? false {
      if let signal = readline.typed.takeSignal() { return .signal(signal) }
      keyDue = nil
      let pause = readline.run()
      if grantWishes() { return .edit }
      switch pause {
      case .key(let within): keyDue = within.map { now + $0 }
      case .line(let line, let isText): return .line(line, isText: isText)
      case .endOfInput: return .endOfInput
      case .unwound: break
      }
    }
    return nil
  }

  /// When ``nextEvent(now:)`` is to be asked although nothing was typed.
  public var deadline: Instant? { [keyDue, escapeDue, resizing?.due].compactMap(\.self).min() }

  private func fireDeadlines(_ now: Instant) {
    if let escapeDue, escapeDue <= now {
      self.escapeDue = nil
      readline.typed.append(gate.releaseEscape())
    }
    if let resizing, resizing.due <= now { goOnResizing(now) }
  }

  /// Forgets the line and whatever was begun: a search, a number, a completion.
  public func clearLine() {
    keyDue = nil
    readline.unwind()
    using_history()
    rl_free_line_state()
    readline.begin()
    _ = grantWishes()
    display()
  }

  /// Remembers a line for the arrow keys and searches.
  /// - Returns: whether the next run has it, too.
  @discardableResult
  public func remember(_ line: String) -> Bool {
    if let history { return history.add(line) }
    InputHistory.keepInMemory(line)
    return false
  }

  /// The output of commands of line editing: lists, and problems of an inputrc.
  public func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }

  /// - Returns: whether an editor is wished for, which is for the caller to grant.
  private func grantWishes() -> Bool {
    let wishes = readline.wishes
    readline.wishes = ReadlineWishes()
    notices += wishes.listing + ReadlineStreams.takeComplaints()
    screen.send(ReadlineStreams.takeBell())
    if resizing == nil {
      if let clearing = wishes.clearing, !isDumb { screen.clear(scrollback: clearing == .scrollback) }
      if wishes.redrawing { screen.erase() }
    }
    return wishes.editing
  }

  // MARK: Showing

  /// Prints lines of the conversation above the line being typed.
  public func show(_ paragraphs: [Paragraph]) {
    heldBack += paragraphs
    heldBytes += paragraphs.reduce(0) { $0 + $1.byteCount }
    printHeldBack()
    display()
  }

  private func printHeldBack() { if resizing == nil, !isSuspended, !heldBack.isEmpty { print() } }

  private func print() {
    screen.print(heldBack.map { $0.rows(columns: layout.columns) }.joined())
    (heldBack, heldBytes) = ([], 0)
  }

  /// Whether the terminal is taken, so that something can be shown there now.
  public var hasTerminal: Bool { isActive && !isSuspended }

  /// Writes a sequence that moves nothing and draws nothing, such as the bell.
  public func send(_ sequence: String) {
    guard hasTerminal, !sequence.isEmpty else { return }
    screen.send(sequence)
    flush()
  }

  /// Changes what stands before the line.
  public func setPrompt(_ prompt: String) {
    guard prompt != readline.prompt else { return }
    readline.prompt = prompt
    display()
  }

  /// Clears the screen, and shows the line at its top.
  public func clearScreen() {
    guard !isDumb, resizing == nil else { return }
    screen.clear(scrollback: false)
    display()
  }

  /// Has the screen show the line as it is now.
  func display() {
    if isActive, !isSuspended, resizing == nil {
      let draft = conceals && !isRevealed ? readline.draft.concealed : readline.draft
      let rows = layout.rows(of: draft)
      if rows != screen.shown { drawn = now }
      screen.show(rows)
    }
    flush()
  }

  private func flush() {
    let bytes = Array(screen.takeOutput().utf8)
    guard !bytes.isEmpty else { return }
    fwrite(bytes, 1, bytes.count, output)
    fflush(output)
  }

  // MARK: Resizing

  /// Whether more may be shown. It waits while the window changes its size, and while another program has the terminal
  /// some of it waits here.
  public var acceptsText: Bool { resizing == nil && heldBytes < LineEditor.heldBytesMax }

  /// The window has another size. Once it has settled, the line is drawn anew.
  public func windowResized(now: Instant) {
    self.now = now
    guard isActive, !isSuspended else { return }
    gate.giveUpOnReports()
    resizing = Resizing.settling(resizing, now: now, isInMultiplexer: reflow.isMultiplexer)
  }

  private func goOnResizing(_ now: Instant) {
    guard let resizing, !resizing.isAsking, !isDumb, let shown = screen.shown else {
      return endResizing(reportedColumn: nil)
    }
    measure()
    let change = WidthChange(of: shown, to: layout.columns)
    guard change.needsAnswer, reflow.isKnown == nil else { return endResizing(change, reportedColumn: nil) }
    self.resizing = .asking(change, until: now + Resizing.answerWait, since: resizing.since)
    gate.expectReport()
    screen.send("\u{1B}[6n")
    flush()
  }

  private func endResizing(reportedColumn: Int?) {
    guard let resizing else { return }
    var change = resizing.change
    if change == nil, let shown = screen.shown {
      measure()
      change = WidthChange(of: shown, to: layout.columns)
    }
    endResizing(change, reportedColumn: reportedColumn)
  }

  private func endResizing(_ change: WidthChange?, reportedColumn: Int?) {
    // Rows that may have been cut off when they were drawn cannot be divided now.
    let isCertain = resizing.map { $0.since - drawn > Resizing.noticeTime } ?? false
    resizing = nil
    gate.giveUpOnReports()
    escapeDue = escapeDue ?? (gate.holdsEscape ? Instant(sinceOrigin: .zero) : nil)
    if let change, !isDumb {
      reflow.learn(change, reportedColumn: reportedColumn)
      let (above, rows) = change.rows(reflowed: isCertain && reflow.isKnown ?? false)
      screen.erase(rowsAbove: above, rows: rows)
    } else {
      measure()
      screen.erase()
    }
    printHeldBack()
    display()
  }

  private func measure() {
    let size = WindowSize.now()
    rl_set_screen_size(CInt(size.rows), CInt(size.columns))
    layout =
      isDumb ? DraftLayout(columns: size.columns - 1, rows: 1) : DraftLayout(columns: size.columns, rows: size.rows)
  }
}
