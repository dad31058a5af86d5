/// The pieces that the cases are made of.
extension KeyboardGenerator {
  static let words = [
    "a", "word", "yes", "(no)", "]", "}", "/me", "/status", "/help", "/edit", "/nothing", "//", "漢字", "é",
    "e\u{301}", "👩‍👩‍👧‍👦", "👋🏽",
    "🇩🇪", "\u{202E}", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "/", "'", "\"", "~", "!", "ｗｉｄｅ", "\u{A0}", "नमस्ते",
    "\t",
    "https://example.org/a/long/path?with=parameters&and=more",
  ]

  static let metaKeys = [
    "\u{2}", "\u{7}", "\u{8}", "\u{9}", "\u{A}", "\u{C}", "\u{12}", "\u{19}", "\u{1B}", "\u{1D}", " ", "#", "&", "*",
    "-", ".", "<", "=",
    ">", "?", "\\", "_", "b", "c", "d", "f", "l", "n", "p", "r", "t", "u", "v", "x", "y", "~", "\u{7F}", "q", "[", "O",
  ]

  static let ctlxKeys = ["\u{7}", "\u{12}", "\u{15}", "\u{18}", "(", ")", "e", "\u{7F}", "r", "*", "\u{5}", "\u{16}"]

  static let sequences = [
    "\u{1B}[A", "\u{1B}[B", "\u{1B}[C", "\u{1B}[D", "\u{1B}OA", "\u{1B}OD", "\u{1B}[H", "\u{1B}[F", "\u{1B}[1;5C",
    "\u{1B}[1;5D",
    "\u{1B}[1;3D", "\u{1B}[2~", "\u{1B}[3~", "\u{1B}[3;5~", "\u{1B}[5~", "\u{1B}[6~", "\u{1B}OP", "\u{1B}[15~",
    "\u{1B}[Z",
    "\u{1B}[24~", "\u{1B}[A\u{1B}[A", "\u{1B}[A\u{1B}[A\u{1B}[B",
  ]

  /// Answers of terminals that nobody asked for.
  static let replies: [[UInt8]] = [
    "\u{1B}[5;10R", "\u{1B}[1;1R", "\u{1B}[?62;1;4c", "\u{1B}[>41;379;0c", "\u{1B}[I", "\u{1B}[O",
    "\u{1B}]11;rgb:0000/0000/0000\u{7}",
    "\u{1B}P>|tmux 3.3a\u{1B}\\", "\u{1B}[M !!", "\u{1B}[<0;5;5M", "\u{1B}[201~", "\u{1B}[200~", "\u{1B}[", "\u{1B}",
  ].map { Array($0.utf8) }

  static let settings = [
    "set blink-matching-paren on", "set show-all-if-ambiguous on", "set show-all-if-unmodified on",
    "set show-mode-in-prompt on", "set mark-modified-lines on", "set revert-all-at-newline on",
    "set history-preserve-point on", "set horizontal-scroll-mode on", "set enable-active-region off",
    "set enable-bracketed-paste off", "set enable-keypad on", "set keyseq-timeout 20", "set keyseq-timeout 0",
    "set completion-ignore-case on", "set menu-complete-display-prefix on", "set skip-completed-text on",
    "set convert-meta on", "set input-meta off", "set output-meta off", "set byte-oriented on",
    "set bell-style visible",
    "set bell-style none", "set history-size 5", "set bind-tty-special-chars off", "set echo-control-characters off",
    "set isearch-terminators \"\\C-j\"", "set completion-query-items 1", "set page-completions on",
    "set disable-completion on", "set print-completions-horizontally on", "set completion-prefix-display-length 2",
  ]

  static let bindings = [
    "\"\\C-t\": \"macro \"", "\"\\C-xq\": \"\\C-r\\C-s\\C-x\"", "\"\\C-o\": operate-and-get-next",
    "\"\\C-xm\": \"\\C-xm\"",
    "\"\\C-g\": \"x\\C-g\"", "\"\\e[5~\": history-search-backward", "\"\\e[6~\": history-search-forward",
    "\"\\e[15~\": history-substring-search-backward", "\"\\eOP\": dump-functions", "\"\\e[24~\": dump-variables",
    "\"\\C-xd\": dump-macros", "\"\\C-xk\": print-last-kbd-macro", "TAB: menu-complete",
    "\"\\e[Z\": menu-complete-backward",
    "\"\\C-xo\": overwrite-mode", "\"\\C-xx\": exchange-point-and-mark", "\"\\C-xw\": kill-region",
    "\"\\C-xc\": copy-region-as-kill",
    "\"\\C-xv\": vi-editing-mode", "\"\\C-xl\": clear-display", "\"\\C-xp\": bracketed-paste-begin",
    "\"\\C-xs\": skip-csi-sequence",
    "\"\\C-xa\": arrow-key-prefix", "\"\\C-xu\": universal-argument", "\"\\C-xf\": fetch-history",
    "\"\\C-xn\": next-screen-line",
    "\"\\C-xi\": insert-comment", "\"\\C-xy\": yank-nth-arg", "\"\\C-xb\": backward-byte", "\"\\C-xg\": vi-replace",
    "\"\\C-xr\": vi-redo", "\"\\C-xz\": vi-change-char", "\"\\C-xt\": vi-search", "\"\\C-xh\": vi-delete-to",
    "\"\\C-x1\": revert-line", "\"\\C-x2\": transpose-words", "\"\\C-x3\": delete-char-or-list",
    "\"\\C-x4\": do-lowercase-version",
  ]
}
