import Sockets
import Terminal

/// Texts that a person has typed and not sent.
extension TerminalInterface {
  /// Puts a text, as an editor has left it, in the place of what is typed.
  func replaceDraft(by text: [UInt8]) {
    // An editor ends the last line as all others.
    let text = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    // The code was asked for meanwhile. The line is hidden, and the text takes the place of the draft put aside.
    if isAskingForCode {
      typedInstead = (String(decoding: text, as: UTF8.self), false)
    } else {
      editor.replaceLine(by: text)
    }
  }

  /// Keeps a text that an editor has left.
  /// - Returns: whether the input history has it for the next run.
  @discardableResult
  func remember(_ text: [UInt8]) -> Bool { editor.remember(String(decoding: text, as: UTF8.self)) }

  /// Puts texts that were typed and not sent into the input history. Those that it does not take are printed.
  func reportUnsent(_ texts: [(line: String, isText: Bool)]) {
    let lost = texts.filter { !remember($0.line, isText: $0.isText) }.map(\.line)
    if lost.count < texts.count {
      StandardError.write("tincan: the line you were typing is kept in the input history\n")
    }
    for text in lost {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { EscapedText.of(String($0)) }
      StandardError.write("tincan: the line you were typing was: \(lines.joined(separator: "\n"))\n")
    }
  }

  /// The text about which the person is asked.
  var typedAtQuestion: (line: String, isText: Bool)? {
    switch question {
    case .sendLines(_, let text): (text, true)
    case .sendGuarded(let text, _): (text, false)
    case .code, nil: nil
    }
  }

  /// Puts what was typed in place of an answer to the prompt, when neither a question nor a draft is there.
  func returnTypedInstead() {
    guard question == nil, let (line, isText) = typedInstead, editor.text.isEmpty else { return }
    typedInstead = nil
    editor.insert(line, isText: isText)
  }

  /// Puts a draft, and a text about which another question was asked, aside until the prompt is free.
  func putDraftAside() {
    guard !isAskingForCode else { return }
    let texts = [typedAtQuestion, typedInstead, question == nil ? (editor.text, false) : nil].compactMap(\.self)
      .filter { !$0.line.isEmpty }
    guard !texts.isEmpty else { return }
    typedInstead = (texts.map(\.line).joined(separator: "\n"), texts.contains(where: \.isText))
    editor.clearLine()
  }
}
