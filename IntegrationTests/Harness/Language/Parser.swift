/// One scenario file, understood.
public struct Scenario {
  /// The file as it was named.
  public let file: String
  /// The file's name without directory and ending.
  public let name: String
  /// The directory of the file.
  var directory: String {
    let path = ScenarioFiles.absolute(file)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }
  /// Its purpose: the comment at its top.
  public let description: String
  /// Programs without which it is skipped.
  public var needs: [String] { settings.needed }
  /// The whole text, to tell which files it mentions.
  let text: String
  let settings: Settings
  let sentences: [Sentence]

  /// Reads a scenario; throws the first thing in it that cannot be understood.
  public init(file: String, text: String) throws(ScenarioError) {
    self.file = file
    self.text = text
    name = ScenarioFiles.name(of: file)
    let lexer = try Lexer(file: file, text: text)
    let start = Place(file: file, line: 1, column: 1)
    guard !lexer.description.isEmpty else {
      throw ScenarioError(place: start, message: "a scenario begins with a comment that says what it shows: # …")
    }
    guard !lexer.sentences.isEmpty else {
      throw ScenarioError(place: start, message: "there is no sentence in this scenario")
    }
    description = lexer.description
    var parser = Parser()
    var settings = Settings()
    var sentences: [Sentence] = []
    for source in lexer.sentences {
      let sentence = try parser.parse(source)
      if case .setting(let apply) = sentence.meaning { apply(&settings) } else { sentences.append(sentence) }
    }
    self.settings = settings
    self.sentences = sentences
  }
}

/// Understands sentences one after the other, and remembers the names they declare.
struct Parser {
  private let forms = Grammar.forms
  private var names: [String: Form.Declaration] = [:]

  mutating func parse(_ source: SentenceSource) throws(ScenarioError) -> Sentence {
    let (sentence, declared) = try understand(source.tokens[...], source.block, line: source.line, text: source.text)
    if let declared {
      if let before = names[declared.name], before != declared.kind || before != .program {
        throw ScenarioError(place: sentence.place, message: "there is already a \(before) called \(declared.name)")
      }
      if Grammar.openingWords.contains(declared.name) {
        throw ScenarioError(
          place: sentence.place, message: "`\(declared.name)` is a word of the language; choose another name")
      }
      names[declared.name] = declared.kind
    }
    try declareKept(by: source)
    return sentence
  }

  /// A text that a sentence keeps is known to those below it; it may be kept again.
  private mutating func declareKept(by source: SentenceSource) throws(ScenarioError) {
    let first = source.tokens[0]
    let kept =
      source.tokens.flatMap { token in token.template.keptNames.map { (name: $0, place: token.place) } }
      + (source.block ?? []).flatMap { line in line.keptNames.map { (name: $0, place: first.place) } }
    for (name, place) in kept {
      if let before = names[name], before != .text {
        throw ScenarioError(place: place, message: "there is already a \(before) called \(name)")
      }
      if Variables.plain.contains(name) {
        throw ScenarioError(place: place, message: "{\(name)} is always there; choose another name")
      }
      names[name] = .text
    }
  }

  /// Tries every form. A sentence has at least one token.
  private func understand(
    _ tokens: ArraySlice<Token>, _ block: [Template]?, line: Int, text: String
  ) throws(ScenarioError) -> (Sentence, (name: String, kind: Form.Declaration)?) {
    let first = tokens[tokens.startIndex]
    for token in tokens { try checkVariables(in: token.template, at: token.place) }
    for line in block ?? [] { try checkVariables(in: line, at: first.place) }
    var match = SentenceMatch(tokens: tokens, block: block, names: names) { [self] rest, block throws(ScenarioError) in
      let last = tokens[tokens.endIndex - 1]
      guard let begin = rest.first else {
        throw ScenarioError(
          place: last.place, message: "after `\(last.source)` a sentence is expected, such as `guest exits 0`")
      }
      let (sentence, _) = try understand(
        rest, block, line: begin.place.line, text: rest.map(\.source).joined(separator: " "))
      guard case .wait = sentence.meaning else {
        throw ScenarioError(
          place: begin.place, message: "a sentence that waits for something is expected after `while`")
      }
      return sentence
    }
    for form in forms {
      guard let captures = match.read(as: form) else { continue }
      let meaning: Meaning
      do {
        meaning = try form.meaning(captures)
      } catch {
        throw ScenarioError(place: first.place, message: error.message)
      }
      var compares = true
      if case .act = meaning { compares = false }
      try checkHoles(in: tokens, block, captures, keeps: form.keeps, compares: compares)
      var within: Duration?
      if case .wait = meaning, captures.has("within") { within = captures.durations.last }
      let sentence = Sentence(
        place: first.place, text: text, meaning: meaning, within: within, whilst: captures.sentence.map { [$0] } ?? [])
      return (sentence, form.declares.map { (captures.name, $0) })
    }
    throw match.innerError ?? Misunderstanding(match: match, tokens: tokens, names: names).error
  }

  /// A text can be kept, or be one of two, only where it is looked for.
  private func checkHoles(
    in tokens: ArraySlice<Token>, _ block: [Template]?, _ captures: Captures, keeps: Bool, compares: Bool
  ) throws(ScenarioError) {
    guard !keeps else { return }
    // The sentence after `while` was checked by itself.
    let tokens = captures.sentence == nil ? tokens : tokens.prefix { $0.word != "while" }
    let block = captures.sentence == nil ? block : nil
    if !compares, captures.hasChoice {
      throw ScenarioError(
        place: tokens[tokens.startIndex].place, message: "one text or another can stand only where a text is looked for"
      )
    }
    if let token = tokens.first(where: { !$0.template.keptNames.isEmpty }) {
      throw ScenarioError(
        place: token.place, message: "`\(token.source)` can be kept only by a sentence that finds a text")
    }
    if let line = block?.first(where: { !$0.keptNames.isEmpty }) {
      let name = line.keptNames[0]
      throw ScenarioError(
        place: tokens[tokens.startIndex].place, message: "{\(name)=…} can be kept only by a sentence that finds a text")
    }
  }

  private func checkVariables(in template: Template, at place: Place) throws(ScenarioError) {
    for (name, property) in template.variables {
      if let problem = Variables.problem(name, property, declared: names) {
        throw ScenarioError(place: place, message: problem)
      }
    }
  }
}
