/// The kind of thing that a placeholder of a sentence's form stands for.
enum Slot: String, CaseIterable {
  case program = "PROGRAM"
  case link = "LINK"
  case name = "NAME"
  case text = "TEXT"
  case block = "BLOCK"
  case keys = "KEYS"
  case number = "NUMBER"
  case duration = "DURATION"
  case size = "SIZE"
  case signal = "SIGNAL"
  case file = "FILE"
  case style = "STYLE"
  case command = "COMMAND"
  case options = "OPTIONS"
  case address = "ADDRESS"
  case sentence = "SENTENCE"

  /// The words for what is expected when it is missing.
  var expectation: String {
    switch self {
    case .program: "the name of a program"
    case .link: "the name of a link"
    case .name: "a name"
    case .text: "a text in quotes"
    case .block: "lines below that begin with |"
    case .keys: "a key such as Enter, Ctrl-D or Alt-b"
    case .number: "a number"
    case .duration: "a duration such as 2 s or 150 ms"
    case .size: "a size such as 80x24"
    case .signal: "a signal such as SIGTERM"
    case .file: "a file's name"
    case .style: "a style such as bold, red or plain"
    case .command: "a command"
    case .options: "options"
    case .address: "an address such as localhost:{host.port} or unix:socket"
    case .sentence: "a sentence"
    }
  }
}

/// A text a scenario gives: as written, so many times over, generated, from a file, or one of two.
indirect enum TextSource {
  case written(Template)
  case repeated(TextSource, Int)
  case numberedLines(Int)
  case contents(of: Template)
  case either(TextSource, TextSource)
}

/// The options after a command: where its streams lead and what surrounds it.
struct ProgramOptions {
  var environment: [(name: String, value: Template?)] = []
  var directory: Template?
  var input: StreamOption?
  var output: StreamOption?
  var errors: StreamOption?

  enum StreamOption {
    case pipe
    case file(Template)
  }
}

/// The values of a form's placeholders, in the order they stand.
struct Captures {
  enum Value {
    case name(String)
    case text(TextSource)
    case block([Template])
    case keys([Key])
    case number(Int)
    case duration(Duration)
    case size(TerminalSize)
    case signal(Int32)
    case template(Template)
    case style(Style)
    case command([Template])
    case options(ProgramOptions)
    case sentence(Sentence)
    /// A word of the language that stood where there was a choice or an option.
    case word(String)
  }

  private(set) var values: [Value] = []

  mutating func append(_ value: Value) { values.append(value) }

  /// The one word that names the sentence's subject.
  var name: String { first { if case .name(let name) = $0 { name } else { nil } }! }
  var text: TextSource { first { if case .text(let text) = $0 { text } else { nil } }! }
  var block: [Template] { first { if case .block(let block) = $0 { block } else { nil } }! }
  var keys: [Key]? { first { if case .keys(let keys) = $0 { keys } else { nil } } }
  var number: Int { numbers[0] }
  var numbers: [Int] { all { if case .number(let number) = $0 { number } else { nil } } }
  var durations: [Duration] { all { if case .duration(let duration) = $0 { duration } else { nil } } }
  var size: TerminalSize { first { if case .size(let size) = $0 { size } else { nil } }! }
  var signal: Int32 { first { if case .signal(let signal) = $0 { signal } else { nil } }! }
  var file: Template { templates[0] }
  var templates: [Template] { all { if case .template(let template) = $0 { template } else { nil } } }
  var style: Style? { first { if case .style(let style) = $0 { style } else { nil } } }
  var command: [Template] { first { if case .command(let command) = $0 { command } else { nil } }! }
  var options: ProgramOptions { first { if case .options(let options) = $0 { options } else { nil } }! }
  var sentence: Sentence? { first { if case .sentence(let sentence) = $0 { sentence } else { nil } } }

  /// Whether a text is one of several.
  var hasChoice: Bool {
    values.contains { if case .text(.either) = $0 { true } else { false } }
  }

  func has(_ word: String) -> Bool {
    values.contains { if case .word(word) = $0 { true } else { false } }
  }

  private func all<Wanted>(_ pick: (Value) -> Wanted?) -> [Wanted] { values.compactMap(pick) }
  private func first<Wanted>(_ pick: (Value) -> Wanted?) -> Wanted? { all(pick).first }
}
