import Harness
import TestSupport
import Testing

/// Every variable that readline documents, set in an inputrc to what it is not by default. With each the
/// program edits and sends what was typed, completes, recalls, and shows at once what the peer says.
@Suite(.opensDescriptors)
struct ReadlineVariablesTests {
  /// As `bind -v` of bash lists those of readline 8.2, and two that it leaves out while they have no value.
  private static let settings = [
    ("active-region-end-color", "\\e[0m"), ("active-region-start-color", "\\e[7m"), ("bell-style", "visible"),
    ("bind-tty-special-chars", "off"), ("blink-matching-paren", "on"), ("byte-oriented", "on"),
    ("colored-completion-prefix", "on"), ("colored-stats", "on"), ("comment-begin", "//"),
    ("completion-display-width", "0"), ("completion-ignore-case", "on"), ("completion-map-case", "on"),
    ("completion-prefix-display-length", "1"), ("completion-query-items", "1"), ("convert-meta", "on"),
    ("disable-completion", "on"), ("echo-control-characters", "off"), ("editing-mode", "vi"),
    ("emacs-mode-string", "emacs"), ("enable-active-region", "off"), ("enable-bracketed-paste", "off"),
    ("enable-keypad", "on"), ("enable-meta-key", "off"), ("expand-tilde", "on"), ("history-preserve-point", "on"),
    ("history-size", "2"), ("horizontal-scroll-mode", "on"), ("input-meta", "off"), ("isearch-terminators", "x"),
    ("keymap", "vi-insert"), ("keyseq-timeout", "0"), ("mark-directories", "off"), ("mark-modified-lines", "on"),
    ("mark-symlinked-directories", "on"), ("match-hidden-files", "off"), ("menu-complete-display-prefix", "on"),
    ("meta-flag", "off"), ("output-meta", "off"), ("page-completions", "off"), ("prefer-visible-bell", "off"),
    ("print-completions-horizontally", "on"), ("revert-all-at-newline", "on"), ("show-all-if-ambiguous", "on"),
    ("show-all-if-unmodified", "on"), ("show-mode-in-prompt", "on"), ("skip-completed-text", "on"),
    ("vi-cmd-mode-string", "command"), ("vi-ins-mode-string", "insert"), ("visible-stats", "on"),
  ]

  private static let unlisted = ["active-region-end-color", "active-region-start-color", "isearch-terminators"]

  @Test func `The list is whole`() throws {
    let names = Self.settings.map(\.0).filter { !Self.unlisted.contains($0) }
    let scenario = """
      # What bash knows of readline is what the test knows.
      bash runs bash --norc -c "bind -v | cut -d ' ' -f 2 | sort" on pipes with TERM=dumb
      bash exits 0
      bash has printed exactly
      \(names.map { "  |\($0)" }.joined(separator: "\n"))
      """
    try play(scenario, of: "list")
  }

  @Test(arguments: settings)
  func `A variable holds, or does no harm`(name: String, value: String) throws {
    let completes = """
      guest types "/q\\t"
      guest shows "tester> /quit"
      guest presses Ctrl-U
      guest types "/\\t\\t"
      guest shows "/clear  /edit"
      guest presses Ctrl-U
      """
    let scenario = """
      # One variable of readline is set.
      file {home}/.inputrc holds "set \(name) \(value.replacing("\\", with: "\\\\"))\\n"
      host  runs tincan serve --plain --port 0                on a terminal 100x24 with INPUTRC=/dev/null
      guest runs tincan connect --plain localhost:{host.port} on a terminal 100x24
      guest shows "tester> "
      host  shows "tester> "
      guest types "half (a word), Grüße, 漢字"
      host  types "hello" and presses Enter
      guest shows ": hello\\n{*}tester> half (a word), Grüße, 漢字" within 2 s
      guest presses Backspace Backspace
      guest types "done" and presses Enter
      host  shows ": half (a word), Grüße, done"
      guest types "next" and presses Enter
      guest presses Up Up
      guest types "!" and presses Enter
      host  shows ": half (a word), Grüße, done\\n{*}: next\\n{*}: half (a word), Grüße, done!"
      \(name == "disable-completion" ? "" : completes)
      guest presses Ctrl-D
      guest exits 0
      host  exits 0
      """
    try play(scenario, of: name)
  }

  private func play(_ text: String, of name: String) throws {
    let directory = TemporaryDirectory()
    let file = directory.write(Array("\(text)\n".utf8), to: "variable-\(name).scenario")
    let result = Suite().run([try ScenarioFiles.read(file)])[0]
    if result.status != .passed { Issue.record("\(result.text)") }
  }
}
