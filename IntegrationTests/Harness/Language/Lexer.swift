/// The place where something stands in a scenario file; line and column count from 1.
public struct Place: Sendable {
  /// The file as it was named.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in characters, from 1.
  public let column: Int
}

/// A scenario that cannot be understood: where, and what was expected there.
public struct ScenarioError: Error, CustomStringConvertible {
  /// Where.
  public let place: Place
  /// The mistake, and what was expected.
  public let message: String
  /// As compilers write it, so that editors can jump there.
  public var description: String { "\(place.file):\(place.line):\(place.column): \(message)" }
}

/// A word of a sentence, or a text in quotes.
struct Token {
  let place: Place
  /// As it was written.
  let source: String
  /// Whether it begins with a quote: then it is a text, and never one of the language's words.
  let isText: Bool
  let template: Template

  /// Its text as one of the language's words.
  var word: String? { isText ? nil : source }
}

/// A sentence's words, and the block of lines below it, if there is one.
struct SentenceSource {
  var tokens: [Token]
  var block: [Template]?
  let line: Int

  /// The sentence as written, with single blanks.
  var text: String { tokens.map(\.source).joined(separator: " ") }
}

/// Cuts a scenario file into sentences.
///
/// A sentence begins at the left margin. Lines below it that are indented belong to it: those that begin with `|`
/// are its block, taken as they stand after the bar; others are more words. `#` begins a comment.
///
/// It works on Unicode scalars and not on what a reader takes for one character: an accent that stands by itself after
/// a quote is no part of the quote, and `\r\n` ends a line like `\n`. A byte order mark at the beginning says nothing.
struct Lexer {
  let file: String
  /// The comment at the top of the file.
  private(set) var description = ""
  private(set) var sentences: [SentenceSource] = []

  init(file: String, text: String) throws(ScenarioError) {
    self.file = file
    var isAtTop = true
    let marked = text.unicodeScalars
    let scalars = marked.first == "\u{FEFF}" ? marked.dropFirst() : marked[...]
    for (index, whole) in scalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let number = index + 1
      let line = whole.last == "\r" ? whole.dropLast() : whole
      let content = line.drop { $0 == " " || $0 == "\t" }
      let isIndented = content.startIndex != line.startIndex
      if content.first == "#" {
        if isAtTop { describe(content.dropFirst()) }
        continue
      }
      if content.isEmpty { continue }
      isAtTop = false
      if isIndented {
        try more(content, line: number, column: line.distance(from: line.startIndex, to: content.startIndex) + 1)
      } else {
        sentences.append(SentenceSource(tokens: try tokens(content, line: number, column: 1), line: number))
      }
    }
  }

  private mutating func describe(_ comment: Substring.UnicodeScalarView) {
    let text = comment.drop { $0 == " " }
    description += description.isEmpty || text.isEmpty ? String(text) : " \(text)"
  }

  private mutating func more(_ content: Substring.UnicodeScalarView, line: Int, column: Int) throws(ScenarioError) {
    let place = Place(file: file, line: line, column: column)
    guard !sentences.isEmpty else {
      throw ScenarioError(place: place, message: "an indented line goes on with a sentence, and there is none above")
    }
    if content.first == "|" {
      let template = try template(content.dropFirst(), .plain, place)
      sentences[sentences.count - 1].block = (sentences[sentences.count - 1].block ?? []) + [template]
    } else if sentences[sentences.count - 1].block != nil {
      throw ScenarioError(
        place: place, message: "after a block's lines only more lines with | or a new sentence can follow")
    } else {
      sentences[sentences.count - 1].tokens += try tokens(content, line: line, column: column)
    }
  }

  /// Words are parted by blanks; a quoted part may stand anywhere in one, as in a shell: `PS1="> "`.
  private func tokens(_ content: Substring.UnicodeScalarView, line: Int, column: Int) throws(ScenarioError) -> [Token] {
    var tokens: [Token] = []
    var rest = content
    func place() -> Place {
      Place(file: file, line: line, column: column + content.distance(from: content.startIndex, to: rest.startIndex))
    }
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      guard let first = rest.first, first != "#" else { return tokens }
      let start = rest.startIndex
      let here = place()
      var whole = Template()
      while let next = rest.first, next != " ", next != "\t" {
        if next == "\"" || next == "'" {
          let quoted = try quoted(rest, by: next, place())
          whole.append(try template(quoted, next == "\"" ? .escaped : .plain, here))
          rest = rest[rest.index(after: quoted.endIndex)...]
        } else {
          let plain = rest.prefix { !" \t\"'".unicodeScalars.contains($0) }
          whole.append(try template(plain, .plain, here))
          rest = rest[plain.endIndex...]
        }
      }
      let source = String(content[start..<rest.startIndex])
      tokens.append(Token(place: here, source: source, isText: first == "\"" || first == "'", template: whole))
    }
  }

  /// The text between a quote and the next one like it.
  private func quoted(
    _ text: Substring.UnicodeScalarView, by quote: Unicode.Scalar, _ place: Place
  ) throws(ScenarioError) -> Substring.UnicodeScalarView {
    var index = text.index(after: text.startIndex)
    let begin = index
    while index < text.endIndex {
      if text[index] == quote { return text[begin..<index] }
      index = text.index(after: index)
      if quote == "\"" && text[text.index(before: index)] == "\\" && index < text.endIndex {
        index = text.index(after: index)
      }
    }
    throw ScenarioError(place: place, message: "the quote \(quote) is never closed on this line")
  }

  private func template(
    _ text: Substring.UnicodeScalarView, _ reading: Template.Reading, _ place: Place
  ) throws(ScenarioError) -> Template {
    do {
      return try Template(reading: text, as: reading)
    } catch {
      throw ScenarioError(place: place, message: error.message)
    }
  }
}
