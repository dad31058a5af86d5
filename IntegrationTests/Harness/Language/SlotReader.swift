/// Reads what stands for one placeholder, beginning at a token.
struct SlotReader {
  let tokens: ArraySlice<Token>
  /// The next token; after a failure, the one that was wrong.
  private(set) var index: Int
  /// The expectation at `index`, when it is more particular than the placeholder.
  private(set) var expectation: String?

  init(tokens: ArraySlice<Token>, index: Int) {
    self.tokens = tokens
    self.index = index
  }

  /// More than any scenario needs, and little enough to be reckoned with.
  private static let greatestNumber = 1_000_000_000_000
  /// As many copies or lines of a text.
  private static let greatestCount = 10_000_000
  /// A day.
  private static let longestSeconds = 86_400.0

  private var next: Token? { index < tokens.endIndex ? tokens[index] : nil }

  mutating func read(
    _ slot: Slot, declared names: [String: Form.Declaration], declaring: Form.Declaration?
  ) -> Captures.Value? {
    switch slot {
    case .program: name { declaring == .program ? Name.isValid($0) : names[$0] == .program }
    case .link: name { declaring == .link ? Name.isValid($0) : names[$0] == .link }
    case .name: name { Name.isValid($0) }
    case .text: text()
    case .keys: keys()
    case .number: take { Int(digits: $0).flatMap { (0...Self.greatestNumber).contains($0) ? .number($0) : nil } }
    case .duration: duration()
    case .size: take { Self.size($0).map { .size($0) } }
    case .signal: take { Signal.number($0).map { .signal($0) } }
    case .file: template()
    case .address: address()
    case .style: style()
    case .command: command()
    case .options: options()
    case .block, .sentence: nil
    }
  }

  private mutating func take(_ read: (String) -> Captures.Value?) -> Captures.Value? {
    guard let word = next?.word, let value = read(word) else { return nil }
    index += 1
    return value
  }

  private mutating func accept(_ word: String) -> Bool {
    guard next?.word == word else { return false }
    index += 1
    return true
  }

  private mutating func fail<Nothing>(_ expected: String) -> Nothing? {
    expectation = expected
    return nil
  }

  private mutating func name(_ isRight: (String) -> Bool) -> Captures.Value? {
    take { isRight($0) ? .name($0) : nil }
  }

  private mutating func template() -> Captures.Value? {
    guard let token = next else { return nil }
    index += 1
    return .template(token.template)
  }

  private mutating func address() -> Captures.Value? {
    guard let token = next, Address.isPossible(token.template) else { return nil }
    return template()
  }

  /// TEXT: one, or one of several: `"busy" or "refused"`.
  private mutating func text() -> Captures.Value? {
    guard var text = oneText() else { return nil }
    while accept("or") {
      guard let other = oneText() else { return expectation == nil ? fail("another text in quotes") : nil }
      text = .either(text, other)
    }
    return .text(text)
  }

  /// `"written"`, `"written" times 3`, `100 numbered lines`, `contents of FILE`.
  private mutating func oneText() -> TextSource? {
    if let token = next, token.isText {
      index += 1
      let text = TextSource.written(token.template)
      guard next?.word == "times" else { return text }
      index += 1
      guard let count = next?.word.flatMap({ Int(digits: $0) }), (0...Self.greatestCount).contains(count) else {
        return fail("how many times, as a number")
      }
      index += 1
      return .repeated(text, count)
    }
    if next?.word == "contents" {
      index += 1
      guard accept("of") else { return fail("`of` and a file's name") }
      guard let file = next else { return fail("a file's name") }
      index += 1
      return .contents(of: file.template)
    }
    if let count = next?.word.flatMap({ Int(digits: $0) }), (0...Self.greatestCount).contains(count) {
      index += 1
      guard accept("numbered"), accept("lines") else { return fail("`numbered lines`") }
      return .numberedLines(count)
    }
    return nil
  }

  private mutating func keys() -> Captures.Value? {
    var keys: [Key] = []
    while let word = next?.word, let key = Key(word) {
      keys.append(key)
      index += 1
    }
    return keys.isEmpty ? nil : .keys(keys)
  }

  private mutating func duration() -> Captures.Value? {
    guard let number = next?.word.flatMap({ Double(digits: $0) }), (0...Self.longestSeconds * 1000).contains(number)
    else {
      return nil
    }
    index += 1
    if accept("ms") { return .duration(.milliseconds(number)) }
    if number <= Self.longestSeconds, accept("s") { return .duration(.seconds(number)) }
    return fail(number <= Self.longestSeconds ? "`s` or `ms`" : "`ms`")
  }

  private static func size(_ word: String) -> TerminalSize? {
    let parts = word.split(separator: "x", omittingEmptySubsequences: false).map { Int(digits: $0) }
    guard parts.count == 2, let columns = parts[0], let rows = parts[1] else { return nil }
    // A wide character needs two columns; the emulator crashes where it has only one. Scrolling moves every cell, so a
    // flood on a much larger screen would take all the time there is.
    let isSensible = (2...500).contains(columns) && (1...200).contains(rows)
    return isSensible || (columns, rows) == (0, 0) ? TerminalSize(columns: columns, rows: rows) : nil
  }

  private mutating func style() -> Captures.Value? {
    var words: [String] = []
    while let word = next?.word, Style.isWord(word) {
      words.append(word)
      index += 1
    }
    return Style(words).map { .style($0) }
  }

  /// A command goes on until the words `on a terminal` or `on pipes`.
  private mutating func command() -> Captures.Value? {
    let start = index
    var words: [Template] = []
    while let token = next {
      if token.word == "on", index + 1 < tokens.endIndex, ["a", "pipes"].contains(tokens[index + 1].word) { break }
      words.append(token.template)
      index += 1
    }
    if next == nil {
      if let misspelt = misspeltEnd(from: start) {
        index = misspelt
        return fail("`pipes` or `a terminal 80x24`")
      }
      return fail("`on a terminal 80x24` or `on pipes` after the command")
    }
    return words.isEmpty ? nil : .command(words)
  }

  /// The place of the word that stands after `on` and was meant to end a command.
  private func misspeltEnd(from start: Int) -> Int? {
    (start..<tokens.endIndex).dropFirst().last { place in
      tokens[place - 1].word == "on"
        && Suggestion.nearest(to: tokens[place].source, among: ["pipes", "terminal"]) != nil
    }
  }

  private mutating func options() -> Captures.Value? {
    var options = ProgramOptions()
    while let word = next?.word {
      index += 1
      switch word {
      case "with":
        guard let setting = next, let split = Self.setting(setting) else { return fail("NAME=VALUE") }
        options.environment.append((split.name, split.value))
        index += 1
      case "without":
        guard let name = next?.word else { return fail("the name of a variable") }
        options.environment.append((name, nil))
        index += 1
      case "in":
        guard let token = next else { return fail("a directory") }
        options.directory = token.template
        index += 1
      case "input":
        guard let stream = stream(joined: "from") else { return nil }
        options.input = stream
      case "output":
        guard let stream = stream(joined: "to") else { return nil }
        options.output = stream
      case "errors":
        guard let stream = stream(joined: "to") else { return nil }
        options.errors = stream
      default:
        index -= 1
        return fail("`with`, `without`, `in`, `input from`, `output to` or `errors to`")
      }
    }
    return .options(options)
  }

  private mutating func stream(joined joint: String) -> ProgramOptions.StreamOption? {
    guard accept(joint) else { return fail("`\(joint)`") }
    if next?.word == "a" {
      index += 1
      guard accept("pipe") else { return fail("`pipe`") }
      return .pipe
    }
    guard let token = next else { return fail("a file's name or `a pipe`") }
    index += 1
    return .file(token.template)
  }

  private static func setting(_ token: Token) -> (name: String, value: Template)? {
    guard case .literal(let head)? = token.template.pieces.first, let cut = head.firstIndex(of: UInt8(ascii: "=")),
      cut > 0
    else { return nil }
    var value = Template([.literal(Array(head[(cut + 1)...]))])
    value.append(Template(Array(token.template.pieces.dropFirst())))
    return (String(decoding: head[..<cut], as: UTF8.self), value)
  }
}
