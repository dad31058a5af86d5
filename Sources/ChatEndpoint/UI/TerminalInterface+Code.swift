import PeerSecurity

/// The pairing code at the prompt.
extension TerminalInterface {
  /// Asks for the pairing code. It is not shown while it is typed, and goes into no history. A draft is put aside.
  func askForCode() {
    putDraftAside()
    editor.conceal(completions: TerminalInterface.codeCompletions)
    ask(.code)
  }

  /// Takes the question back, with what was typed of the code: the two have met.
  func endCodeQuestion() {
    guard isAskingForCode else { return }
    editor.clearLine()
    editor.reveal()
    question = nil
    editor.setPrompt(prompt)
    returnTypedInstead()
  }

  /// Whether the pairing code is asked for.
  var isAskingForCode: Bool { if case .code = question { true } else { false } }

  /// The completion of the last word of a code.
  private static func codeCompletions(_ typed: String) -> [String] {
    let start = typed.lastIndex { "- ".contains($0) }.map(typed.index(after:)) ?? typed.startIndex
    // Two letters are those of many words.
    guard typed[start...].count >= 3 else { return [] }
    return PairingCode.completions(of: typed[start...].lowercased()).map { typed[..<start] + $0 }
  }

  /// Takes what was typed as the code.
  func answerCode(_ typed: String) -> Command? {
    guard !typed.isEmpty else {
      ask(.code)
      return nil
    }
    do throws(PairingCodeProblem) {
      let code = try PairingCode(typed)
      editor.reveal()
      return .code(code)
    } catch {
      let problem = "\(error)"
      let mark = problem.hasSuffix("?") ? "" : ";"
      note("\(problem)\(mark) what you typed is still there: Ctrl-T shows it, Ctrl-U clears it")
      editor.insert(typed, isText: true)
      ask(.code)
      return nil
    }
  }
}
