import CLineEditing
@preconcurrency import CReadline
import Glibc

/// The wishes of commands that only the loop can fulfil.
struct ReadlineWishes {
  enum Clearing { case screen, scrollback }
  /// Clear the screen.
  var clearing: Clearing?
  /// Draw the line anew, wherever it stands.
  var redrawing = false
  /// Open the line in an editor. Keys wait meanwhile.
  var editing = false
  /// Print this above the line.
  var listing: [String] = []
}

/// Commands of ours in the place of those of readline that read or write the terminal by themselves.
///
/// They run on readline's stack, and must return before anything makes readline jump.
@MainActor
enum ReadlineCommands {
  /// Gives those that readline lacks a name, before an inputrc is read that may use it.
  static func define() {
    // Readline keeps the pointer, so the name lives as long as the process.
    rl_add_defun(strdup("insert-newline"), insertNewline, -1)
    rl_add_defun(strdup("edit-draft"), editDraft, -1)
    // As in shells; an inputrc may bind it otherwise.
    rl_bind_keyseq_in_map("\\C-x\\C-e", editDraft, rl_get_keymap_by_name("emacs-standard"))
    rl_bind_keyseq_in_map("v", editDraft, rl_get_keymap_by_name("vi-command"))
  }

  /// Puts them into all keymaps.
  static func replace() {
    // In readline Alt-Enter changes to vi mode there, which nobody means.
    creadline_replace_key(
      rl_get_keymap_by_name("emacs-meta"), CInt(UInt8(ascii: "\r")),
      creadline_replacement(from: rl_vi_editing_mode, to: insertNewline))
    for name in ["emacs-standard", "vi-insert", "vi-command"] {
      replacements.withUnsafeBufferPointer {
        creadline_replace(rl_get_keymap_by_name(name), 0, $0.baseAddress, $0.count)
      }
    }
    rl_completion_display_matches_hook = { matches, count, _ in
      let names = (1...Int(max(1, count))).compactMap { matches?[$0].map { String(cString: $0) } }
      MainActor.assumeIsolated { Readline.active!.wishes.listing.append(names.joined(separator: "  ")) }
    }
  }

  private static let replacements = [
    creadline_replacement(from: rl_clear_screen, to: clearScreen),
    creadline_replacement(from: rl_clear_display, to: clearDisplay),
    creadline_replacement(from: rl_refresh_line, to: refreshLine),
    creadline_replacement(from: rl_quoted_insert, to: quotedInsert),
    creadline_replacement(from: rl_insert_close, to: insertClose),
    creadline_replacement(from: rl_bracketed_paste_begin, to: pasteBegin),
    creadline_replacement(from: rl_re_read_init_file, to: reReadInitFile),
    creadline_replacement(from: rl_dump_functions, to: dumpFunctions),
    creadline_replacement(from: rl_dump_variables, to: dumpVariables),
    creadline_replacement(from: rl_dump_macros, to: dumpMacros),
    creadline_replacement(from: rl_print_last_kbd_macro, to: printLastMacro),
    creadline_replacement(from: rl_vi_delete_to, to: clineediting_vi_delete_to),
    creadline_replacement(from: rl_vi_change_to, to: clineediting_vi_change_to),
    creadline_replacement(from: rl_vi_yank_to, to: clineediting_vi_yank_to),
    creadline_replacement(from: rl_vi_redo, to: clineediting_vi_redo),
    creadline_replacement(from: rl_noninc_forward_search, to: clineediting_search_forward),
    creadline_replacement(from: rl_noninc_reverse_search, to: clineediting_search_backward),
    creadline_replacement(from: rl_vi_search, to: clineediting_vi_search),
    creadline_replacement(from: rl_get_previous_history, to: previousLine),
    creadline_replacement(from: rl_get_next_history, to: nextLine),
  ]
}

private typealias Command = @convention(c) @Sendable (CInt, CInt) -> CInt

private let clearScreen: Command = { _, _ in
  MainActor.assumeIsolated { Readline.active!.wishes.clearing = .screen }
  return 0
}

private let clearDisplay: Command = { _, _ in
  MainActor.assumeIsolated { Readline.active!.wishes.clearing = .scrollback }
  return 0
}

private let refreshLine: Command = { _, _ in
  MainActor.assumeIsolated { Readline.active!.wishes.redrawing = true }
  return 0
}

/// Readline's own switches the terminal's signals off while it waits for the key, and would leave them so when it is
/// made to give up.
private let quotedInsert: Command = { count, _ in
  rl_readline_state |= UInt(RL_STATE_MOREINPUT)
  let key = rl_read_key()
  rl_readline_state &= ~UInt(RL_STATE_MOREINPUT)
  return key < 0 ? 1 : rl_insert(max(1, count), key)
}

/// Readline's own waits for a key in select(2).
private let insertClose: Command = { count, key in
  let result = rl_insert(count, key)
  MainActor.assumeIsolated {
    let readline = Readline.active!
    guard rl_explicit_arg == 0, ReadlineSettings.isOn("blink-matching-paren"),
      let opening = MatchingParenthesis.offset(in: readline.line, before: Int(rl_point))
    else { return }
    let point = rl_point
    rl_point = CInt(opening)
    readline.waitForKey(atMost: .milliseconds(500))
    rl_point = point
  }
  return result
}

/// A paste comes to us whole and never as keys. Keys that look like the beginning of one were typed, or are in a macro.
private let pasteBegin: Command = { _, _ in rl_ding() }

private let reReadInitFile: Command = { _, _ in
  MainActor.assumeIsolated { ReadlineSettings.reload() }
  return 0
}

private let insertNewline: Command = { count, _ in
  for _ in 0..<max(0, min(count, 1000)) { rl_insert_text("\n") }
  return 0
}

private let editDraft: Command = { _, _ in
  MainActor.assumeIsolated {
    let readline = Readline.active!
    // An editor shows its text, and leaves copies of it in files.
    guard readline.secretCompletions == nil else { return rl_ding() }
    readline.wishes.editing = true
    readline.holdKeys()
    return 0
  }
}

/// Within a draft of several lines the arrows go from line to line, and to the history at its ends.
private let previousLine: Command = { count, key in moved(by: -Int(count)) ? 0 : rl_get_previous_history(count, key) }
private let nextLine: Command = { count, key in moved(by: Int(count)) ? 0 : rl_get_next_history(count, key) }

private func moved(by lines: Int) -> Bool {
  MainActor.assumeIsolated {
    let text = Readline.active!.line
    guard let offset = DraftLines.offset(in: text, from: min(max(0, Int(rl_point)), text.count), lines: lines) else {
      return false
    }
    rl_point = CInt(offset)
    return true
  }
}

private let dumpFunctions: Command = { _, _ in list(rl_dump_functions) }
private let dumpVariables: Command = { _, _ in list(rl_dump_variables) }
private let dumpMacros: Command = { _, _ in list(rl_dump_macros) }
private let printLastMacro: Command = { _, _ in list(rl_print_last_kbd_macro) }

private func list(_ command: Command) -> CInt {
  MainActor.assumeIsolated {
    let listing = ReadlineStreams.collect { _ = command(0, 0) }
    Readline.active!.wishes.listing += listing.split(whereSeparator: \.isNewline).map(String.init)
  }
  return 0
}
