@preconcurrency import CLineEditing
@preconcurrency import CReadline
@preconcurrency import Glibc

/// Readline's settings at the start, and those that must hold whatever an inputrc says.
@MainActor
enum ReadlineSettings {
  /// The locale readline is to see; nil when the user's own will do.
  private static var locale: String?
  /// Whether the terminal is to bracket pastes. Readline believes that it does not, because pastes never reach it.
  private(set) static var bracketsPastes = false
  /// Whether the bell is to be seen rather than heard. Readline would wait for a tenth of a second at each.
  private(set) static var hasVisibleBell = false
  /// Whether the terminal's keypad is to send application keys.
  private(set) static var usesKeypad = false

  /// The value of `rl_editing_mode` in vi mode (its header names only Emacs mode, 1).
  static let viMode: CInt = 0

  /// Reads the inputrc and makes readline ours.
  static func apply() {
    useUTF8()
    // For `$if tincan` in an inputrc. Readline keeps the pointer, so the name lives as long as the process.
    rl_readline_name = UnsafePointer(strdup("tincan"))
    rl_instream = stdin
    rl_outstream = ReadlineStreams.output
    clineediting_lead_errors_to(ReadlineStreams.errors)
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    rl_change_environment = 0
    rl_getc_function = { _ in MainActor.assumeIsolated { Readline.active!.readKey() } }
    rl_input_available_hook = { MainActor.assumeIsolated { Readline.active!.hasKey() ? 1 : 0 } }
    rl_prep_term_function = { _ in clineediting_restore_environment() }
    rl_deprep_term_function = nil
    rl_attempted_completion_function = { text, start, _ in
      // Nothing ever completes to the names of files.
      rl_attempted_completion_over = 1
      let secret = MainActor.assumeIsolated { Readline.active!.secretCompletions != nil }
      if secret { rl_completion_append_character = 0 }
      // Only the first word of a line completes to a command.
      return secret || start == 0 ? rl_completion_matches(text, matchGenerator) : nil
    }
    ReadlineCommands.define()
    overrideLocale()
    rl_initialize()
    clineediting_restore_environment()
    // The loop draws when it gets its turn. Only now: readline takes a program that draws by itself for one whose
    // terminal can do nothing.
    rl_redisplay_function = {}
    learn()
    enforce()
  }

  /// Reads the inputrc again, as its command does.
  static func reload() {
    rl_variable_bind("enable-bracketed-paste", bracketsPastes ? "on" : "off")
    rl_variable_bind("enable-keypad", usesKeypad ? "on" : "off")
    if hasVisibleBell { rl_variable_bind("bell-style", "visible") }
    rl_re_read_init_file(0, 0)
    learn()
    enforce()
  }

  /// The inputrc's wishes for the terminal's modes, which we set.
  private static func learn() {
    bracketsPastes = isOn("enable-bracketed-paste")
    usesKeypad = isOn("enable-keypad")
    hasVisibleBell = value("bell-style") == "visible"
    if hasVisibleBell { rl_variable_bind("bell-style", "audible") }
  }

  /// To be called after every reading of an inputrc, and after every taking of the terminal, which binds its
  /// characters anew.
  static func enforce() {
    for (name, value) in imposed { rl_variable_bind(name, value) }
    ReadlineCommands.replace()
  }

  /// Messages are UTF-8, whatever the terminal's user has set, and the terminal's modes are ours.
  private static let imposed = [
    ("convert-meta", "off"), ("input-meta", "on"), ("output-meta", "on"), ("byte-oriented", "off"),
    ("enable-meta-key", "off"), ("enable-bracketed-paste", "off"), ("enable-keypad", "off"),
  ]

  static func isOn(_ name: String) -> Bool { value(name) == "on" }

  private static func value(_ name: String) -> String? { rl_variable_value(name).map { String(cString: $0) } }

  /// The inputrc's marks before the prompt: the editing mode, and a star for a changed line of the history.
  static var marks: String {
    var marks = ""
    if isOn("mark-modified-lines"), current_history() != nil, rl_undo_list != nil { marks += "*" }
    guard isOn("show-mode-in-prompt") else { return marks }
    guard rl_editing_mode == viMode else { return marks + visible(value("emacs-mode-string") ?? "@") }
    let isCommand = rl_get_keymap() == rl_get_keymap_by_name("vi-command")
    return marks + visible(value(isCommand ? "vi-cmd-mode-string" : "vi-ins-mode-string") ?? "")
  }

  /// A mode string without what it says is not to be seen: colours, between U+0001 and U+0002.
  private static func visible(_ text: String) -> String {
    var isVisible = true
    return text.filter { character in
      if character == "\u{1}" || character == "\u{2}" {
        isVisible = character == "\u{2}"
        return false
      }
      return isVisible
    }
  }

  // MARK: Locale

  /// Line editing must count characters of UTF-8, also under a locale that has none.
  private static func useUTF8() {
    setlocale(LC_ALL, "")
    guard String(cString: nl_langinfo(CInt(CODESET))) != "UTF-8" else { return }
    locale = "C.UTF-8"
    setlocale(LC_CTYPE, "C.UTF-8")
  }

  /// Readline sets the locale that the environment names, at the beginning of each line. Until it asks for the
  /// terminal's modes, it is shown an environment that names ours.
  static func overrideLocale() {
    if let locale { clineediting_override_locale(locale) }
  }
}

/// Readline asks for one match after another, `state` counting them, and frees each.
private let matchGenerator: @convention(c) (UnsafePointer<CChar>?, CInt) -> UnsafeMutablePointer<CChar>? = {
  text, state in
  let typed = String(cString: text!)
  let matches = MainActor.assumeIsolated {
    if let secret = Readline.active!.secretCompletions { return secret(typed) }
    let prefix = ReadlineSettings.isOn("completion-ignore-case") ? typed.lowercased() : typed
    return typed.isEmpty ? [] : TypedLine.commandNames.filter { $0.hasPrefix(prefix) }
  }
  return state < matches.count ? strdup(matches[Int(state)]) : nil
}
