/// Tries to read one sentence as one form, and remembers how far that went, for the error message.
struct SentenceMatch {
  /// Names declared by the sentences above, by what they name.
  let names: [String: Form.Declaration]
  let tokens: ArraySlice<Token>
  let block: [Template]?
  /// Reads the rest of a sentence as a sentence of its own.
  let parseRest: (ArraySlice<Token>, [Template]?) throws(ScenarioError) -> Sentence

  /// The furthest token no form went beyond, and what would have been right there.
  private(set) var furthest: Int
  private(set) var expected: [String] = []
  /// An error inside a part that could be nothing else.
  private(set) var innerError: ScenarioError?

  init(
    tokens: ArraySlice<Token>, block: [Template]?, names: [String: Form.Declaration],
    parseRest: @escaping (ArraySlice<Token>, [Template]?) throws(ScenarioError) -> Sentence
  ) {
    self.tokens = tokens
    self.block = block
    self.names = names
    self.parseRest = parseRest
    furthest = tokens.startIndex
  }

  /// The values of the placeholders, if the whole sentence has this form.
  mutating func read(as form: Form) -> Captures? {
    var usesBlock = false
    guard let captures = match(form.elements[...], at: tokens.startIndex, Captures(), form, &usesBlock) else {
      return nil
    }
    if block != nil && !usesBlock {
      note(tokens.endIndex, "no lines with | below it")
      return nil
    }
    return captures
  }

  private mutating func note(_ index: Int, _ expectation: String) {
    if index > furthest {
      furthest = index
      expected = []
    }
    if index == furthest && !expected.contains(expectation) { expected.append(expectation) }
  }

  private mutating func match(
    _ elements: ArraySlice<Form.Element>, at index: Int, _ captures: Captures, _ form: Form, _ usesBlock: inout Bool
  ) -> Captures? {
    guard let element = elements.first else {
      if index == tokens.endIndex { return captures }
      note(index, "the end of the sentence")
      return nil
    }
    let rest = elements.dropFirst()
    switch element {
    case .word(let word):
      guard index < tokens.endIndex, tokens[index].word == word else {
        note(index, "`\(word)`")
        return nil
      }
      return match(rest, at: index + 1, captures, form, &usesBlock)
    case .choice(let words):
      guard index < tokens.endIndex, let word = tokens[index].word, words.contains(word) else {
        for word in words { note(index, "`\(word)`") }
        return nil
      }
      var more = captures
      more.append(.word(word))
      return match(rest, at: index + 1, more, form, &usesBlock)
    case .optional(let inside):
      var more = captures
      // The words of what may be left out tell whether it was said.
      for case .word(let word) in inside { more.append(.word(word)) }
      if let with = match(inside + rest, at: index, more, form, &usesBlock) { return with }
      return match(rest, at: index, captures, form, &usesBlock)
    case .slot(let slot):
      var index = index
      guard let value = value(of: slot, at: &index, form, &usesBlock) else { return nil }
      var more = captures
      more.append(value)
      return match(rest, at: index, more, form, &usesBlock)
    }
  }

  private mutating func value(
    of slot: Slot, at index: inout Int, _ form: Form, _ usesBlock: inout Bool
  ) -> Captures.Value? {
    if slot == .block {
      guard let block else {
        note(index, slot.expectation)
        return nil
      }
      usesBlock = true
      return .block(block)
    }
    if slot == .sentence {
      do {
        let sentence = try parseRest(tokens[index...], block)
        index = tokens.endIndex
        usesBlock = block != nil
        return .sentence(sentence)
      } catch {
        innerError = error
        return nil
      }
    }
    var reader = SlotReader(tokens: tokens, index: index)
    if let value = reader.read(slot, declared: names, declaring: form.declares) {
      index = reader.index
      // One key may be followed by another.
      if slot == .keys { note(index, slot.expectation) }
      return value
    }
    note(max(reader.index, index), reader.expectation ?? slot.expectation)
    return nil
  }
}
