import Terminal

/// The text of `/help`: the commands, and the keys that are not those of every line editor.
enum Help {
  private static let keys: [(usage: String, meaning: String)] = [
    ("Ctrl-C", "clear the line; once more within two seconds: leave"),
    ("Ctrl-D", "leave, on an empty line"),
    ("Ctrl-Z", "stop for a while; fg goes on"),
    ("Alt-Enter", "begin another line of the draft"),
    ("Up, Down", "other lines of the draft, then those typed before"),
    ("Ctrl-R", "search those typed before"),
    ("Ctrl-X Ctrl-E", "write in $VISUAL or $EDITOR, as /edit"),
    ("paste", "is text, even if it begins with a slash, and waits for Enter"),
  ]

  /// Its rows, the meanings below each other.
  static var rows: [String] {
    let rows = TypedLine.help + keys
    let width = rows.map(\.usage.count).max()!
    return rows.map { $0 + String(repeating: " ", count: width + 2 - $0.count) + $1 }
  }
}
