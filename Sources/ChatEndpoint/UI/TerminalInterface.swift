import Basics
import ChatProtocol
import PeerSecurity
import Sockets
import Terminal

/// The interface for a person: the conversation on a terminal, with the draft below it.
@MainActor
final class TerminalInterface: UserInterface {
  /// A request of the person to the endpoint.
  enum Command: Equatable {
    /// Lines for the peer, in order.
    case send([String])
    /// An action, in the third person.
    case act(String)
    case status, verify, unsend, reconnect
    /// The newest messages of the history, those with certain words if there are any.
    case history(count: Int, words: String?)
    /// Whether messages that the peer has lost are sent again.
    case decideRepeat(agrees: Bool)
    /// The pairing code that the person typed.
    case code(PairingCode)
    case leave
    /// The draft in an editor.
    case edit
    case signal(KeyboardSignal)
  }

  /// A question that waits for its answer at the prompt.
  enum Question {
    case sendLines([String], text: String)
    case sendGuarded(text: String, TypedLine.Command)
    case code
  }

  private let name: String
  let style: Style
  private var transcript: Transcript
  private var attention: Attention
  private let clock = WallClock.system
  private let verbosity: Int
  let editor: LineEditor
  private let history: InputHistory?
  private let output: TerminalOutput
  private var state = PromptState.alone()
  var question: Question?
  /// The line that was typed in place of an answer. It comes back to the prompt once that is free.
  var typedInstead: (line: String, isText: Bool)?
  /// Until when a Ctrl-C counts as the second, and what the prompt says meanwhile.
  private var interrupted: (until: Instant, hint: String)?
  /// A second Ctrl-C is meant for the first as long as that is remembered.
  private static let secondInterruptWait = Duration.seconds(2)
  /// When to see whether the terminal is ours; nil while it is. A shell moves a running job to the foreground without a
  /// word to it.
  private var foregroundDue: Instant?
  private static let foregroundInterval = Duration.milliseconds(200)

  /// Takes the terminal and shows the prompt.
  init(_ settings: Settings) throws(Failure) {
    do throws(SystemError) { output = try TerminalOutput() } catch {
      throw .output(.terminalUnusable(error))
    }
    name = EscapedText.of(settings.name)
    style = Style(colors: settings.colors, timestamps: settings.timestamps)
    transcript = Transcript(style: style, clock: clock)
    attention = Attention(bell: settings.bell)
    verbosity = settings.verbosity
    history = settings.historyPath.map { InputHistory(path: $0) }
    editor = LineEditor(prompt: state.prompt(name: name), history: history, output: output.stream) {
      StandardStreams.guardTerminal()
    }
    editor.start()
    resume()
    for notice in settings.notices { show(.note(notice)) }
  }

  // MARK: UserInterface

  func show(_ event: EndpointEvent) {
    guard event.verbosity <= verbosity else { return }
    forgetInterrupt()
    editor.show(transcript.add([.event(event.sentence)]))
    if case .linkUp(let peer, _, _) = event { attract { $0.connected(to: EscapedText.of(peer), at: $1) } }
  }

  func show(_ messages: ReceivedMessages, from peer: String, nameInGreeting: String?) {
    forgetInterrupt()
    // All messages of a turn cost one redraw.
    editor.show(transcript.add(messages, from: peer, nameInGreeting: nameInGreeting))
    attract { $0.messagesCame(messages.entries.count, from: EscapedText.of(peer), at: $1) }
  }

  // The link is not read while the terminal takes nothing, so that the waiting text stays bounded, nor while the window
  // changes its size.
  var canShowMessages: Bool { output.isEmpty && editor.acceptsText }
  /// Whether keys are read. While the terminal takes nothing they wait here, but for those that ask for signals.
  var acceptsKeys: Bool { editor.acceptsKeys }
  var hasPendingOutput: Bool { !output.isEmpty }
  var pendingLines: Int { output.waitingLines }

  func setPrompt(_ state: PromptState) {
    if let failure = history?.takeFailure() { show(.note(failure)) }
    let leavesNow = state == .leaving && self.state != .leaving
    self.state = state
    output.flush()
    if output.isEmpty { editor.setPrompt(prompt) }
    // A Ctrl-S of before must not hide the end from a person who leaves. A later one holds the screen as usual.
    if leavesNow { StandardStreams.restartOutput() }
    output.flush()
  }

  func watch(in set: inout PollSet) {
    if !output.isEmpty { set.watch(output.number, for: .writing) }
  }

  func flush(_ set: borrowing PollSet) throws(Failure) {
    output.flush()
  }

  /// The instant at which ``nextCommand(now:)`` is due at the latest.
  var deadline: Instant? {
    // Keys that waited for the terminal wait no longer.
    if output.isEmpty, editor.holdsKeys { return Instant(sinceOrigin: .zero) }
    return nearest(editor.deadline, interrupted?.until, foregroundDue)
  }

  // MARK: Typing

  /// Takes typed bytes. Then obey ``nextCommand(now:)`` until it is nil.
  func type(_ bytes: ArraySlice<UInt8>, now: Instant) {
    if !editor.isSignal(bytes) { forgetInterrupt() }
    editor.type(bytes, now: now)
    takeFocus()
  }

  /// The next command of the person. Later keys wait until it is obeyed.
  func nextCommand(now: Instant) -> Command? {
    defer { for notice in editor.takeNotices() { note(notice) } }
    if let interrupted, interrupted.until <= now { forgetInterrupt() }
    if let foregroundDue, foregroundDue <= now {
      resume()
      if self.foregroundDue != nil { self.foregroundDue = now + TerminalInterface.foregroundInterval }
    }
    while true {
      returnTypedInstead()
      output.flush()
      guard let event = editor.nextEvent(now: now, onlySignals: !output.isEmpty) else { return nil }
      if let command = answer(event) { return command }
    }
  }

  /// Whether the terminal has the focus; nil while it has not said so.
  var hasFocus: Bool? { attention.hasFocus }

  private func takeFocus() {
    guard let hasFocus = editor.takeFocus() else { return }
    transcript.focusChanged(to: hasFocus)
    attract { attention, _ in attention.focusChanged(to: hasFocus) }
  }

  private func attract(_ change: (inout Attention, WallTime) -> String) {
    guard editor.hasTerminal else { return }
    editor.send(change(&attention, clock.now))
    StandardStreams.guardTitle(isOurs: attention.ownsTitle)
  }

  /// Handles Ctrl-C. The first clears the line, which stays in the history unless it is a code; a second, soon and with
  /// nothing between, asks to leave.
  /// - Returns: whether it was the second.
  func interrupt(now: Instant) -> Bool {
    if let interrupted, now < interrupted.until { return true }
    let line = editor.text
    let isSecret = isAskingForCode
    let hadQuestion = question != nil && !isSecret
    // The code is needed all the same, and a draft that was put aside for it is nobody's mistake.
    if !isSecret { (question, typedInstead) = (nil, nil) }
    editor.clearLine()
    if !line.isEmpty, !isSecret { editor.remember(line) }
    let hint = hadQuestion ? "not sent; " : line.isEmpty ? "" : "line cleared; "
    interrupted = (now + TerminalInterface.secondInterruptWait, "(\(hint)Ctrl-C again leaves)> ")
    editor.setPrompt(prompt)
    return false
  }

  private func forgetInterrupt() {
    guard interrupted != nil else { return }
    interrupted = nil
    editor.setPrompt(prompt)
  }

  /// Shows messages of this end, as part of the conversation.
  func showOwn(_ messages: ArraySlice<String>) { editor.show(transcript.add(own: messages, from: name)) }

  /// Shows an action of this end.
  func showOwnAction(_ text: String) {
    editor.show(transcript.add([.action("\(name) \(EscapedText.of(text))", isOwn: true)]))
  }

  /// Puts a refused line back into the draft, and shows the reason.
  /// - Parameter isText: whether it is text, whatever it begins with.
  func refuse(_ line: String, isText: Bool, because reason: String) {
    note(reason)
    editor.insert(line, isText: isText)
  }

  /// Answers the person. An answer comes at once, so it needs no time, in contrast to an event.
  func note(_ text: String) { editor.show([style.note(EscapedText.of(text))]) }

  // MARK: The terminal itself

  func windowResized(now: Instant) { editor.windowResized(now: now) }

  /// Gives the terminal back for a while.
  func suspend() {
    attract { attention, _ in attention.terminalGiven() }
    transcript.focusChanged(to: true)
    editor.suspend()
    output.flush()
    foregroundDue = nil
  }

  /// Takes the terminal, if it is ours. In the background of a shell nothing is shown.
  func resume() {
    guard StandardStreams.isInForeground else {
      editor.withdraw()
      foregroundDue = foregroundDue ?? Instant(sinceOrigin: .zero)
      return
    }
    foregroundDue = nil
    editor.resume()
  }

  /// The process goes on after a stop that nobody announced, or it was not stopped at all.
  /// - Parameter byShell: whether the shell of this terminal says so. It has printed meanwhile, and its rows stay.
  func processContinued(byShell: Bool, now: Instant) {
    if byShell { editor.withdraw() }
    guard editor.hasTerminal, StandardStreams.isInForeground else { return resume() }
    editor.retakeTerminal(now: now)
  }

  /// The text that is typed so far.
  var draft: String { editor.text }

  /// Gives the terminal back. If it takes no bytes, only its modes are put back. All that was typed and not sent goes
  /// into the input history, and is printed where that cannot take it.
  func stop() {
    output.flush()
    let draft: String
    if output.isEmpty {
      attract { attention, _ in attention.terminalGiven() }
      draft = editor.stop()
      output.flush()
    } else {
      draft = editor.abandon()
      StandardStreams.restoreTerminal()
    }
    reportUnsent([typedAtQuestion, typedInstead, (draft, false)].compactMap(\.self).filter { !$0.line.isEmpty })
    (question, typedInstead) = (nil, nil)
  }

  // MARK: Lines

  private func answer(_ event: LineEditor.Event) -> Command? {
    switch event {
    case .endOfInput: return .leave
    case .edit: return .edit
    case .signal(let signal):
      // As where the kernel makes the signal: it starts the output again that Ctrl-S stopped.
      StandardStreams.restartOutput()
      return .signal(signal)
    case .line(let line, let isText): return answer(line, isText: isText)
    }
  }

  private func answer(_ line: String, isText: Bool) -> Command? {
    if let question {
      self.question = nil
      editor.setPrompt(prompt)
      return answer(question, with: line, isText: isText)
    }
    guard !line.isEmpty else { return nil }
    remember(line, isText: isText)
    // CR LF is one Character and not equal to "\n", so the text is split by scalars.
    let lines = line.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.count > 1 { return paste(lines, line) }
    if isText { return .send([line]) }
    switch TypedLine(line) {
    case .text(let text): return .send([text])
    case .command(let command): return perform(command)
    case .unknownCommand(let word):
      refuse(line, isText: false, because: "there is no command \(word); /help lists them, and // sends a slash")
    case .misused(let usage): refuse(line, isText: false, because: "use it as \(usage)")
    case .guarded(let text, let command): ask(.sendGuarded(text: text, command))
    }
    return nil
  }

  /// The most pasted lines that are sent without a question.
  private static let pasteLinesUnasked = 5

  /// Takes several lines that came at once, which is a paste. They are text, even if one begins like a command.
  private func paste(_ lines: [String], _ text: String) -> Command? {
    // A line feed at the end of a paste ends its last line and begins no other.
    let lines = lines.last == "" ? lines.dropLast() : lines[...]
    if lines.count <= TerminalInterface.pasteLinesUnasked { return .send(Array(lines)) }
    ask(.sendLines(Array(lines), text: text))
    return nil
  }

  func ask(_ question: Question) {
    self.question = question
    editor.setPrompt(prompt)
  }

  /// In the history a text that looks like a command stands as it would be typed.
  /// - Returns: whether the next run has it, too.
  @discardableResult
  func remember(_ line: String, isText: Bool) -> Bool {
    editor.remember(isText && line.hasPrefix("/") ? "/" + line : line)
  }

  private func answer(_ question: Question, with typed: String, isText: Bool) -> Command? {
    if case .code = question { return answerCode(typed) }
    let reply = typed.lowercased()
    switch (question, reply) {
    case (.sendLines(let lines, _), "y"), (.sendLines(let lines, _), "yes"): return .send(lines)
    case (.sendLines(_, let text), "e"), (.sendLines(_, let text), "edit"): editor.insert(text, isText: true)
    case (.sendGuarded(let text, _), "s"), (.sendGuarded(let text, _), "send"): return .send([text])
    case (.sendGuarded(_, let command), "r"), (.sendGuarded(_, let command), "run"): return perform(command)
    case (.sendGuarded(let text, _), "e"), (.sendGuarded(let text, _), "edit"): editor.insert(text)
    case (_, "n"), (_, "no"), (.sendGuarded, "neither"): note("not sent; it is in the input history")
    default:
      if !typed.isEmpty {
        remember(typed, isText: isText)
        typedInstead = typedInstead.map { ("\($0.line)\n\(typed)", $0.isText) } ?? (typed, isText)
        note("that is no answer; it comes back to the prompt afterwards")
      }
      ask(question)
    }
    return nil
  }

  private func perform(_ command: TypedLine.Command) -> Command? {
    switch command {
    case .quit: return .leave
    case .status: return .status
    case .verify: return .verify
    case .unsend: return .unsend
    case .reconnect: return .reconnect
    case .history(let count): return .history(count: count, words: nil)
    case .search(let words): return .history(count: TerminalInterface.foundCount, words: words)
    case .resend: return .decideRepeat(agrees: true)
    case .skip: return .decideRepeat(agrees: false)
    case .edit: return .edit
    case .me(let text): return .act(text)
    case .log("off"):
      note(transcript.log.map { "\($0.path) has the conversation up to here" } ?? "there is no log")
      transcript.log = nil
    case .log(let path):
      do throws(SystemError) {
        transcript.log = try ConversationLog(path: path)
        note("the conversation goes to \(path) from now on; /log off ends that")
      } catch {
        refuse("/log \(path)", isText: false, because: "the log \(path) cannot be written: \(error)")
      }
    case .clear: editor.clearScreen()
    case .help: editor.show(Help.rows.map { style.note($0) })
    }
    return nil
  }

  var prompt: String {
    if let interrupted { return interrupted.hint }
    switch question {
    case .sendLines(let lines, _): return "send these \(lines.count) lines? y(es), n(o) or e(dit), then Enter: "
    case .sendGuarded(let text, _):
      let word = text.split(separator: " ").first ?? ""
      return "a space stands before \(EscapedText.of(String(word))): "
        + "s(end) it as text, r(un) it, e(dit) or n(either), then Enter: "
    case .code: return "the code that the other side reads to you (Ctrl-T shows it): "
    case nil: break
    }
    return state.prompt(name: name)
  }
}
