/// One form a sentence can take, written the way the manual shows it: `PROGRAM types TEXT [and presses KEYS]`.
///
/// Words in capitals are placeholders, brackets enclose what may be left out, a bar parts alternatives; all else
/// stands for itself. The parser works from these forms, and the manual is checked against them.
struct Form {
  indirect enum Element {
    case word(String)
    case choice([String])
    case slot(Slot)
    case optional([Element])
  }

  /// The kind of name that a sentence of this form declares for those below it.
  enum Declaration {
    case program
    case link
    case port
    /// Something that was found and kept.
    case text
  }

  let pattern: String
  let declares: Declaration?
  /// Whether it finds a text, parts of which can be kept.
  let keeps: Bool
  let elements: [Element]
  let meaning: (Captures) throws(Mistake) -> Meaning

  init(
    _ pattern: String, declares: Declaration? = nil, keeps: Bool = false,
    meaning: @escaping (Captures) throws(Mistake) -> Meaning
  ) {
    self.pattern = pattern
    self.keeps = keeps
    self.declares = declares
    self.meaning = meaning
    var words = pattern.split(separator: " ")[...]
    elements = Self.elements(&words)
  }

  private static func elements(_ words: inout ArraySlice<Substring>) -> [Element] {
    var elements: [Element] = []
    while let word = words.popFirst() {
      if word.hasPrefix("[") {
        // A bracket group: put its first word back without the bracket, and read up to the word that closes it.
        words = [word.dropFirst()] + words
        let end = words.firstIndex { $0.hasSuffix("]") }!
        var inside = words[...end]
        inside[end] = inside[end].dropLast()
        words = words[(end + 1)...]
        elements.append(.optional(Self.elements(&inside)))
      } else if let slot = Slot(rawValue: String(word)) {
        elements.append(.slot(slot))
      } else if word.contains("|") {
        elements.append(.choice(word.split(separator: "|").map(String.init)))
      } else {
        elements.append(.word(String(word)))
      }
    }
    return elements
  }
}

/// Why a sentence means nothing although it has a form.
struct Mistake: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// The meaning of a sentence: its effect on the scenario.
enum Meaning {
  /// Changes how the whole scenario is run.
  case setting((inout Settings) -> Void)
  /// Does something at once.
  case act((Player) throws -> Void)
  /// Waits for something.
  case wait((Player) throws -> Condition)
  /// Holds now, or all the while another sentence waits.
  case always((Player) throws -> Invariant)
}

/// A sentence of a scenario, understood.
struct Sentence {
  let place: Place
  let text: String
  let meaning: Meaning
  /// How long it may take, when it says so.
  let within: Duration?
  /// The sentence during which it must hold.
  let whilst: [Sentence]
}

/// Settings that hold for a whole scenario.
struct Settings {
  var needed: [String] = []
  /// Long enough for a busy machine; a step that passes does not use it.
  var stepDeadline = Duration.seconds(10)
  var deadline = Duration.seconds(60)
  var seed: UInt64 = 1
  /// Why it is known to fail, if it is.
  var knownToFail: String?
}
