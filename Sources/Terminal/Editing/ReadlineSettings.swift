@preconcurrency import CLineEditing
@preconcurrency import CReadline
@preconcurrency import Glibc

/// What readline is told at the start, and what must hold whatever an inputrc says.
@MainActor
enum ReadlineSettings {
  /// The locale readline is to see; nil when the user's own will do.
  private static var locale: String?
  /// Whether the terminal is to bracket pastes. Readline believes that it does not, because pastes never reach it.
  private(set) static var bracketsPastes = false
  /// Whether the terminal's keypad is to send application keys.
  private(set) static var usesKeypad = false

  /// What `rl_editing_mode` is in vi mode (its header names only Emacs mode, 1).
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
      // Only the first word of a line completes; nothing ever completes to the names of files.
      rl_attempted_completion_over = 1
      return start == 0 ? rl_completion_matches(text, commandGenerator) : nil
    }
    overrideLocale()
    rl_initialize()
    clineediting_restore_environment()
    // The loop draws when it gets its turn. Only now: readline takes a program that draws by itself for one whose terminal can do nothing.
    rl_redisplay_function = {}
    learn()
    enforce()
  }

  /// Reads the inputrc again, as its command does.
  static func reload() {
    rl_variable_bind("enable-bracketed-paste", bracketsPastes ? "on" : "off")
    rl_re_read_init_file(0, 0)
    learn()
    enforce()
  }

  /// What the inputrc says of the terminal's modes, which we set.
  private static func learn() {
    bracketsPastes = isOn("enable-bracketed-paste")
    usesKeypad = isOn("enable-keypad")
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
    ("enable-meta-key", "off"), ("enable-bracketed-paste", "off"),
  ]

  static func isOn(_ name: String) -> Bool {
    rl_variable_value(name).map { String(cString: $0) } == "on"
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
private let commandGenerator: @convention(c) (UnsafePointer<CChar>?, CInt) -> UnsafeMutablePointer<CChar>? = {
  text, state in
  let typed = String(cString: text!)
  let matches = typed.isEmpty ? [] : TypedLine.commandNames.filter { $0.hasPrefix(typed) }
  return state < matches.count ? strdup(matches[Int(state)]) : nil
}
