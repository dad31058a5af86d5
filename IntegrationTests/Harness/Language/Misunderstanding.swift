/// The answer when a sentence has none of the forms: where it goes wrong, what was expected there, and the nearest
/// valid word.
struct Misunderstanding {
  let match: SentenceMatch
  let tokens: ArraySlice<Token>
  /// The names declared above.
  let names: [String: Form.Declaration]

  var error: ScenarioError { unknownName ?? wrongWord }

  /// A name nobody declared gets as far as the verbs that would declare it; the name is the likelier mistake.
  private var unknownName: ScenarioError? {
    let first = tokens[tokens.startIndex]
    let second = tokens.dropFirst().first?.source
    guard let subject = first.word, names[subject] == nil, !Grammar.openingWords.contains(subject),
      match.furthest <= tokens.startIndex + 1, !Grammar.declaringWords.contains(second ?? "")
    else { return nil }
    var message = "no program or link is called `\(subject)` here"
    if let meant = Suggestion.nearest(to: subject, among: Array(names.keys) + Grammar.openingWords) {
      message += "; did you mean `\(meant)`?"
    }
    if let second, let verb = Suggestion.nearest(to: second, among: Grammar.declaringWords) {
      message += "; or did you mean `\(subject) \(verb) …`?"
    }
    return ScenarioError(place: first.place, message: message)
  }

  private var wrongWord: ScenarioError {
    let expected = Self.listed(match.expected)
    guard match.furthest < tokens.endIndex else {
      let last = tokens[tokens.endIndex - 1]
      let end = Place(file: last.place.file, line: last.place.line, column: last.place.column + last.source.count)
      return ScenarioError(place: end, message: "the sentence ends too early; expected \(expected)")
    }
    let token = tokens[match.furthest]
    var message = "`\(token.source)` cannot stand here; expected \(expected)"
    if let meant = meant(by: token.source) { message += "; did you mean `\(meant)`?" }
    return ScenarioError(place: token.place, message: message)
  }

  private func meant(by word: String) -> String? {
    if match.expected.contains(Slot.duration.expectation),
      let (_, number, unit) = word.wholeMatch(of: /([0-9.]+)(s|ms)/)?.output
    {
      return "\(number) \(unit)"
    }
    if match.expected.contains(Slot.address.expectation), let colon = word.lastIndex(of: ":"),
      let head = Suggestion.nearest(to: String(word[..<colon]), among: Address.heads),
      head != word[..<colon]
    {
      return head + word[colon...]
    }
    return Suggestion.nearest(to: word, among: validWords)
  }

  /// The words that could have been meant: those of the language, and the values of placeholders that have names.
  private var validWords: [String] {
    // Every other part is between two backquotes.
    var words = match.expected.flatMap { expectation in
      let parts = expectation.split(separator: "`", omittingEmptySubsequences: false)
      return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
    if match.expected.contains(Slot.signal.expectation) { words += Signal.allNames }
    if match.expected.contains(Slot.keys.expectation) { words += Key.names }
    if match.expected.contains(Slot.style.expectation) { words += Style.words }
    return words
  }

  private static func listed(_ expectations: [String]) -> String {
    guard expectations.count > 1 else { return expectations.first ?? "nothing" }
    return expectations.dropLast().joined(separator: ", ") + " or " + expectations.last!
  }
}
