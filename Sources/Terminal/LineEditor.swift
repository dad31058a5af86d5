import Basics
@preconcurrency import CReadline
import Glibc

/// Line editing by GNU readline, fed by a loop and never waiting by itself.
///
/// The callback interface of readline ("Alternate Interface", readline manual section 2.4.12) is given the bytes the loop
/// read; what is shown meanwhile is printed above the line being typed, which stands afterwards exactly as before:
///
/// ```
///   12:04 bob: are you there?          ← show(_:) clears the rows of the line, prints, and has them drawn again
///   bob> yes, I was just typing a long line that wr
///   aps▌
/// ```
///
/// Signals are the loop's: readline installs no handlers. Readline is one per process, and so is the editor.
@MainActor
public final class LineEditor {
  /// What typing came to.
  public enum Event: Equatable, Sendable {
    /// Enter: a line, or a paste of several lines.
    case line(String)
    /// Ctrl-D on an empty line, or the terminal is gone.
    case endOfInput
  }

  /// The editor the C callbacks belong to.
  static var active: LineEditor?

  private var gate = InputGate()
  private var keys = ByteQueue()
  private var event: Event?
  /// The line our accept function took, before readline's handler is called.
  private var accepted: String?
  private var isActive = false
  private var isSuspended = false
  /// Called when readline wants another key in the middle of a key sequence: waits, and returns bytes, or nil when there
  /// will be none.
  public var waitForKey: @MainActor () -> [UInt8]? = { nil }
  private let history: InputHistory?
  private let output: UnsafeMutablePointer<FILE>

  private var prompt: String
  /// Columns the line was drawn at.
  private var columns: Int32 = 80
  /// A resize whose effect on the screen the terminal was asked about.
  private var resize: PendingResize?

  /// A terminal that only prints: no cursor movements, no questions to it.
  public let isDumb: Bool

  /// - Parameters:
  ///   - prompt: what stands before the line, without control characters.
  ///   - history: where lines typed before come from and go to; nil keeps them in memory only.
  ///   - output: where all that is shown goes.
  public init(prompt: String, history: InputHistory?, output: UnsafeMutablePointer<FILE>) {
    precondition(LineEditor.active == nil, "readline is one per process")
    self.prompt = prompt
    self.history = history
    self.output = output
    let terminal = getenv("TERM").map { String(cString: $0) } ?? "dumb"
    isDumb = terminal == "dumb" || terminal.isEmpty
    useUTF8()
    LineEditor.active = self
    configureReadline()
    history?.load()
  }

  // MARK: Life

  /// Takes the terminal and shows the prompt.
  public func start() {
    isActive = true
    rl_callback_handler_install(prompt, lineHandler)
    // The user's inputrc is read by now, so this meets the keys the user chose.
    for name in ["emacs-standard", "emacs-meta", "emacs-ctlx", "vi-insert", "vi-command"] {
      creadline_replace(rl_get_keymap_by_name(name), rl_newline, acceptLine)
    }
    columns = screenColumns()
    fflush(output)
  }

  /// Gives the terminal back as it was. What was typed and not sent goes into the history, so that it is not lost.
  /// - Returns: whether there was such a line.
  @discardableResult
  public func stop() -> Bool {
    guard isActive else { return false }
    isActive = false
    let draft = text + gate.heldPaste
    rl_clear_visible_line()
    rl_callback_handler_remove()
    fflush(output)
    guard !draft.isEmpty else { return false }
    history?.add(draft)
    return true
  }

  /// Lets go of a terminal that takes nothing any more: whoever calls puts its modes back.
  public func abandon() {
    isActive = false
    if !text.isEmpty { history?.add(text) }
  }

  /// Gives the terminal back for a while, before the process is stopped.
  public func suspend() {
    guard isActive, !isSuspended else { return }
    isSuspended = true
    rl_clear_visible_line()
    rl_deprep_terminal()
    fflush(output)
  }

  /// Takes the terminal again after the process was stopped, by us or by somebody who did not ask; harmless when it never
  /// was.
  public func resume() {
    guard isActive else { return }
    if !isSuspended {
      // Whoever had the terminal meanwhile changed its modes, and readline must learn that they are not its own.
      rl_clear_visible_line()
      rl_deprep_terminal()
    }
    isSuspended = false
    rl_prep_terminal(1)
    rl_reset_screen_size()
    columns = screenColumns()
    redraw()
  }

  // MARK: Typing

  /// What is typed so far.
  public var text: String {
    String(decoding: UnsafeRawBufferPointer(start: rl_line_buffer, count: Int(rl_end)), as: UTF8.self)
  }

  /// Takes what was typed. Ask ``nextEvent()`` until it is nil for what that came to.
  public func type(_ bytes: ArraySlice<UInt8>) {
    keys.append(gate.pass(bytes))
    let reports = gate.takeReports()
    if !reports.isEmpty, !gate.awaitsReport { finishResize(reportedColumn: reports.last) }
  }

  /// Edits until a line is ended or the typed keys are used up; the keys after a line wait until it was dealt with.
  public func nextEvent() -> Event? {
    while event == nil, isActive, !keys.isEmpty { rl_callback_read_char() }
    fflush(output)
    defer { event = nil }
    return event
  }

  /// Puts a text into the line, where the cursor is.
  public func insert(_ text: String) {
    rl_insert_text(text)
    rl_redisplay()
    fflush(output)
  }

  /// Forgets the line and whatever was begun: a search, a number, a completion.
  public func clearLine() {
    // These draw the line once more, so it is taken off the screen after them.
    rl_free_line_state()
    rl_callback_sigcleanup()
    rl_replace_line("", 1)
    using_history()
    rl_clear_visible_line()
    // The terminal dropped what was on its way when the interrupt came, perhaps the end of a paste.
    gate.forget()
    keys = ByteQueue()
    redraw()
    fflush(output)
  }

  /// Remembers a line for the arrow keys and searches.
  public func remember(_ line: String) {
    if let history { history.add(line) } else { InputHistory.keepInMemory(line) }
  }

  // MARK: Showing

  /// Prints lines above the line being typed.
  /// - Parameter text: whole lines, each ended by a line feed, already fit for a terminal.
  public func show(_ text: String) {
    guard !text.isEmpty else { return }
    if isActive { rl_clear_visible_line() }
    fputs(text, output)
    if isActive { redraw() }
    fflush(output)
  }

  /// Changes what stands before the line.
  public func setPrompt(_ prompt: String) {
    guard prompt != self.prompt else { return }
    if isActive { rl_clear_visible_line() }
    self.prompt = prompt
    rl_set_prompt(prompt)
    if isActive { redraw() }
    fflush(output)
  }

  /// Clears the screen, and shows the line at its top.
  public func clearScreen() {
    guard !isDumb else { return }
    rl_clear_screen(0, 0)
    fflush(output)
  }

  // MARK: Resizing

  /// A change of width moves the rows of a wrapped line in a terminal that reflows, and leaves them in one that does
  /// not. Where the two differ, only the terminal knows, so it is asked where the cursor is now.
  private struct PendingResize {
    /// Where the cursor was in the line, at the width the line was drawn at.
    let before: ScreenLayout.Position
    /// Where it is now if the terminal reflowed.
    var after: ScreenLayout.Position
  }

  /// Whether the terminal was asked and has not answered. Give it ``resizeAnswerWait``, then call ``giveUpOnAnswer()``.
  public var awaitsAnswer: Bool { resize != nil }
  /// How long a terminal may take to say where its cursor is: a slow link's round trip.
  public static let resizeAnswerWait = Duration.milliseconds(500)

  /// The window has another size: draws the line anew.
  public func windowResized() {
    guard isActive else { return }
    let typed = prompt + textBeforeCursor
    let before = resize?.before ?? ScreenLayout(columns: Int(columns)).end(of: typed)
    rl_reset_screen_size()
    columns = screenColumns()
    let after = ScreenLayout(columns: Int(columns)).end(of: typed)
    resize = PendingResize(before: before, after: after)
    if before == after || isDumb {
      finishResize(reportedColumn: nil)
    } else {
      gate.expectReport()
      fputs("\u{1B}[6n", output)
      fflush(output)
    }
  }

  /// The terminal does not answer.
  public func giveUpOnAnswer() {
    finishResize(reportedColumn: nil)
  }

  private func finishResize(reportedColumn: Int?) {
    guard let resize else { return }
    self.resize = nil
    guard isActive else { return }
    // Without an answer the smaller move is the safe one: it can leave a row too much, but never takes one away.
    let rowsUp =
      if reportedColumn == resize.after.column + 1 { resize.after.row } else {
        min(resize.before.row, resize.after.row)
      }
    if !isDumb {
      fputs("\r", output)
      if rowsUp > 0 { fputs("\u{1B}[\(rowsUp)A", output) }
      fputs("\u{1B}[J", output)
    }
    redraw()
    fflush(output)
  }

  private var textBeforeCursor: String {
    String(decoding: UnsafeRawBufferPointer(start: rl_line_buffer, count: Int(rl_point)), as: UTF8.self)
  }

  private func screenColumns() -> Int32 {
    var rows: Int32 = 0
    var columns: Int32 = 0
    rl_get_screen_size(&rows, &columns)
    return columns
  }

  /// Draws the line on the row the cursor is in.
  private func redraw() {
    rl_on_new_line()
    rl_redisplay()
  }

  // MARK: What readline calls

  fileprivate func nextKey() -> CInt {
    if keys.isEmpty {
      guard let more = waitForKey() else { return EOF }
      keys.append(more)
    }
    let key = keys.bytes.first!
    keys.take(1)
    return CInt(key)
  }

  fileprivate var hasKey: Bool { !keys.isEmpty }

  /// Enter: takes the line off the screen, so that it can be shown as part of the conversation, and ends it empty.
  fileprivate func accept(count: CInt, key: CInt) -> CInt {
    accepted = text
    rl_clear_visible_line()
    rl_replace_line("", 1)
    // With this set an empty line ends without a new row on the screen.
    rl_erase_empty_line = 1
    return rl_newline(count, key)
  }

  fileprivate func lineEnded(_ line: String?) {
    let taken = accepted
    accepted = nil
    event = (taken ?? line).map(Event.line) ?? .endOfInput
  }

  private func configureReadline() {
    // For `$if tincan` in an inputrc. Readline keeps the pointer, so the name lives as long as the process.
    rl_readline_name = UnsafePointer(strdup("tincan"))
    rl_instream = stdin
    rl_outstream = output
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    rl_change_environment = 0
    // A list of commands never needs a question or a pager, which would wait for a key.
    rl_completion_query_items = 0
    rl_variable_bind("page-completions", "off")
    rl_deprep_term_function = {
      // At the end of input readline would begin a new row, which would leave the prompt standing.
      rl_eof_found = 0
      rl_deprep_terminal()
    }
    rl_getc_function = { _ in MainActor.assumeIsolated { LineEditor.active!.nextKey() } }
    rl_input_available_hook = { MainActor.assumeIsolated { LineEditor.active!.hasKey ? 1 : 0 } }
    rl_attempted_completion_function = { text, start, _ in
      // Only the first word of a line completes; nothing ever completes to the names of files.
      rl_attempted_completion_over = 1
      return start == 0 ? rl_completion_matches(text, commandGenerator) : nil
    }
  }
}

/// Messages are UTF-8, so line editing must count characters of UTF-8, also under a locale that has none.
private func useUTF8() {
  setlocale(LC_ALL, "")
  if String(cString: nl_langinfo(CInt(CODESET))) != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
}

private let lineHandler: @convention(c) (UnsafeMutablePointer<CChar>?) -> Void = { line in
  let text = line.map { String(cString: $0) }
  free(line)
  MainActor.assumeIsolated { LineEditor.active!.lineEnded(text) }
}

private let acceptLine: @convention(c) (CInt, CInt) -> CInt = { count, key in
  MainActor.assumeIsolated { LineEditor.active!.accept(count: count, key: key) }
}

/// Readline asks for one match after another, `state` counting them, and frees each.
private let commandGenerator: @convention(c) (UnsafePointer<CChar>?, CInt) -> UnsafeMutablePointer<CChar>? = {
  text, state in
  let typed = String(cString: text!)
  let matches = typed.isEmpty ? [] : TypedLine.commandNames.filter { $0.hasPrefix(typed) }
  return state < matches.count ? strdup(matches[Int(state)]) : nil
}
