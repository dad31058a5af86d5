import CLineEditing
@preconcurrency import CReadline
import Glibc

/// GNU readline, run on a stack of its own.
///
/// `readline()` reads keys by a function of ours. When there is none, that function goes back to the loop and readline
/// stays where it is, in the middle of a search or of a key sequence, until the loop has a key. So readline runs the
/// code that shells run, and yet never waits:
///
/// ```
///   loop:      run() ─┐              ┌─ run() ─┐                ┌─ …
///   readline:         └▸ wants a key ┘         └▸ a line ended ─┘
/// ```
/// It shows nothing by itself either: its output stream leads here, and what it wants on the screen is in ``draft``.
/// Its terminal modes, signals and screen are ours.
///
/// Readline is one per process. Nothing in Swift may be on the second stack when readline jumps, which it does only
/// from its own commands after our functions have returned.
@MainActor
final class Readline {
  /// Why it came back to the loop.
  enum Pause: Equatable {
    /// It wants a key. With a time, it goes on without one when that is over.
    case key(within: Duration?)
    /// Enter: a line, or several. Whether it begins with a text that was put into it in one piece.
    case line(String, isText: Bool)
    /// Ctrl-D on an empty line.
    case endOfInput
    /// It gave up what it was doing, as it was told.
    case unwound
  }

  /// The one the C callbacks belong to.
  static var active: Readline?

  /// The bytes that were typed and that readline has not read yet.
  var typed = TypedQueue()
  /// The text before the line.
  var prompt: String
  /// The same as it was when readline began the line.
  private var promptAtStart = ""
  /// Whether a line is being edited, in contrast to: the last one has ended and the next was not begun.
  private(set) var isEditing = false
  /// Its wishes for the terminal. See ``ReadlineCommands``.
  var wishes = ReadlineWishes()

  /// The completions of a word of a secret line; nil while the line is none.
  var secretCompletions: ((String) -> [String])?

  private var coroutine: OpaquePointer!
  private var pause = Pause.unwound
  /// Keys are kept back: readline is to begin a line, and no more.
  private var isHeld = false
  private var isUnwinding = false
  /// The text that was put at the beginning of the line.
  private var textAtStart: [UInt8] = []
  /// How often readline was told to give up.
  private var refusals = 0

  /// Enough for every command to give up and for what it had pushed back to be read; more is a loop.
  private static let refusalsMax = 10_000
  /// Readline's deepest calls, expanding macros within macros, take some tens of kilobytes.
  private static let stackBytes = 1 << 20

  init(prompt: String) {
    precondition(Readline.active == nil, "readline is one per process")
    self.prompt = prompt
    Readline.active = self
    coroutine = coroutine_create(
      { MainActor.assumeIsolated { Readline.active!.editForEver() } }, Readline.stackBytes)
    precondition(coroutine != nil, "no memory for a stack")
  }

  // MARK: On the loop's stack

  /// Edits until a line is ended or what was typed is used up.
  func run() -> Pause {
    isHeld = false
    return resume()
  }

  private func resume() -> Pause {
    coroutine_resume(coroutine)
    return pause
  }

  /// Has it come back to the loop before it reads another key.
  func holdKeys() { isHeld = true }

  /// Begins a line, if none has begun, without reading a key.
  func begin() {
    guard !isEditing else { return }
    isHeld = true
    _ = resume()
  }

  /// Makes it give up the line and whatever was begun in it: a search, a number, a completion. A next line can begin.
  func unwind() {
    guard isEditing else { return }
    isUnwinding = true
    refusals = 0
    while run() != .unwound {}
    isUnwinding = false
  }

  /// Puts a text into the line, where the cursor is. A command that waits for a key gives up first, with the next key.
  /// - Parameter isText: whether it is text whatever it begins with, as a paste is.
  func insert(_ text: [UInt8], isText: Bool) {
    guard isBetweenCommands else { return typed.putFirst(.paste(text)) }
    put(text)
    if !isText { textAtStart = [] }
  }

  /// Puts a text in the place of the line; one undo brings the line back. The beginning of the text counts as that of
  /// the line did.
  func replaceLine(by text: [UInt8]) {
    guard isBetweenCommands else { return typed.putFirst(.paste(text)) }
    let wasText = beginsWithText(line)
    rl_begin_undo_group()
    rl_delete_text(0, rl_end)
    rl_point = 0
    put(text)
    rl_end_undo_group()
    if !wasText { textAtStart = [] }
  }

  private func beginsWithText(_ line: some Sequence<UInt8>) -> Bool {
    !textAtStart.isEmpty && line.starts(with: textAtStart)
  }

  // MARK: On its own stack

  private func editForEver() {
    while true {
      // A line that was pushed back and comes while it is to give up is none the person ended.
      let line = readLine()
      if isUnwinding, line != nil { continue }
      let isText = line.map { beginsWithText($0.utf8) } ?? false
      pause(isUnwinding ? .unwound : line.map { .line($0, isText: isText) } ?? .endOfInput)
    }
  }

  private func readLine() -> String? {
    isEditing = true
    textAtStart = []
    defer { isEditing = false }
    // Readline asks for the locale at the beginning of each line, then for the terminal's modes.
    ReadlineSettings.overrideLocale()
    promptAtStart = prompt
    guard let line = readline(prompt) else { return nil }
    defer { free(line) }
    return String(cString: line)
  }

  private func pause(_ reason: Pause) {
    pause = reason
    coroutine_suspend(coroutine)
  }

  /// The next key for readline, or its word for "give up".
  func readKey() -> CInt {
    while true {
      if isUnwinding {
        refusals += 1
        precondition(refusals < Readline.refusalsMax, "readline does not give up")
        return CInt(READERR)
      }
      if !isHeld {
        if isBetweenCommands { clineediting_command_begins() }
        if typed.isTextNext, !insertText() { return CInt(READERR) }
        if let key = typed.takeKey() {
          if key == 0, takesNULForNothing { continue }
          return CInt(key)
        }
      }
      pause(.key(within: nil))
    }
  }

  /// Whether a key is there; waits for one as long as readline's timeout says.
  func hasKey() -> Bool {
    guard !isUnwinding, !isHeld else { return false }
    // A negative time changes nothing and tells the present one.
    let microseconds = rl_set_keyboard_input_timeout(-1)
    if typed.isEmpty, microseconds > 0 { pause(.key(within: .microseconds(Int(microseconds)))) }
    guard !isUnwinding, let key = typed.nextKey else { return false }
    // A call that does not wait takes what was typed ahead, and would take a NUL for nothing.
    return key != 0 || microseconds > 0
  }

  /// Waits for a key, but not for ever. Readline may have one at hand: what was typed ahead, or a macro's.
  func waitForKey(atMost time: Duration) {
    let hasNext = rl_readline_state & UInt(RL_STATE_INPUTPENDING | RL_STATE_MACROINPUT) != 0
    guard typed.isEmpty, !hasNext, !isUnwinding else { return }
    pause(.key(within: time))
  }

  /// Puts the text that comes next into the line. Between two commands it is simply inserted; where a search asks for
  /// its string it is typed; any other command that waits for a key is to give up first.
  /// - Returns: false when the command must give up.
  private func insertText() -> Bool {
    let state = rl_readline_state
    if state & UInt(RL_STATE_ISEARCH | RL_STATE_NSEARCH) != 0 {
      typed.turnTextIntoKeys()
      return true
    }
    guard isBetweenCommands else { return false }
    put(typed.takeText()!)
    return true
  }

  /// A place where readline reads a character rather than a key takes a NUL for the beginning of one, and would swallow
  /// up to fifteen keys that follow.
  private var takesNULForNothing: Bool {
    rl_readline_state & UInt(RL_STATE_ISEARCH | RL_STATE_NSEARCH) != 0
      || rl_editing_mode == ReadlineSettings.viMode && !isBetweenCommands
  }

  /// Whether readline waits for the first key of a command.
  private var isBetweenCommands: Bool { rl_readline_state & UInt(RL_STATE_READCMD) != 0 }

  private func put(_ text: [UInt8]) {
    if rl_point == 0 { textAtStart = text }
    rl_mark = rl_point
    (text + [0]).withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { _ = rl_insert_text($0.baseAddress) }
    }
  }

  // MARK: Showing

  /// The line as it stands, empty between two lines.
  var line: [UInt8] {
    isEditing ? Array(UnsafeRawBufferPointer(start: rl_line_buffer, count: Int(rl_end))) : []
  }

  /// The draft to be shown: the line, behind the prompt or behind readline's question.
  var draft: Draft {
    let line = line
    let cursor = isEditing ? min(max(0, Int(rl_point)), line.count) : 0
    var region = 0..<0
    let mark = Int(rl_mark)
    if isEditing, rl_mark_active_p() != 0, mark >= 0, mark <= line.count {
      region = min(mark, cursor)..<max(mark, cursor)
    }
    return Draft(
      prompt: message ?? ReadlineSettings.marks + prompt, text: line, cursor: cursor, region: region)
  }

  /// Readline's own text in place of the prompt: a number, or a search, some of which begin with the prompt.
  private var message: String? {
    guard isEditing, let shown = rl_display_prompt, shown != rl_prompt else { return nil }
    let message = String(cString: shown)
    return message.hasPrefix(promptAtStart) ? prompt + message.dropFirst(promptAtStart.count) : message
  }
}
