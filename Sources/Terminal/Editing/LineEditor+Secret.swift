/// A line that is a secret.
extension LineEditor {
  /// Whether the line is a secret: it is shown as marks, and never remembered. Ctrl-T shows it and hides it again.
  var conceals: Bool { readline.secretCompletions != nil }

  /// Begins a secret line.
  /// - Parameter completions: what a word of it completes to with Tab.
  public func conceal(completions: @escaping (String) -> [String]) {
    readline.secretCompletions = completions
    isRevealed = false
    display()
  }

  /// The next line is no secret.
  public func reveal() {
    readline.secretCompletions = nil
    display()
  }
}
