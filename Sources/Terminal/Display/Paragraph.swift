/// One line of the conversation, whatever its length, fit for a terminal.
///
/// It is broken into rows by us, at blanks, and every row but the first is indented. So no row of what a peer sent
/// can look like the beginning of a line of ours:
///
/// ```
///   12:04 bob: whatever bob writes, and however long, it goes
///         on below itself
/// ```
/// A word that fits in no row, most often an address of the web, begins a row and is left whole to the terminal's own
/// wrapping, so that it can be copied. Nothing follows it in its last row. A wide character is a word by itself, as
/// the scripts that have them use no blanks, and so is what looks like a blank without being one.
public struct Paragraph: Equatable, Sendable {
  private let lead: String
  private let text: String
  private let end: String
  private let indent: Int

  /// - Parameters:
  ///   - lead: what stands before the text, in one row; it may hold sequences that select graphic renditions.
  ///   - text: without control characters but tabs.
  ///   - end: what ends a rendition that the lead began.
  ///   - indent: the columns by which the rows below the first are indented.
  public init(lead: String, _ text: String, end: String = "", indent: Int) {
    self.lead = lead
    self.text = text
    self.end = end
    self.indent = indent
  }

  /// The same with what begins a rendition before it, and what ends that behind it.
  public func between(_ begin: String, _ end: String) -> Paragraph {
    Paragraph(lead: begin + lead, text, end: self.end + end, indent: indent)
  }

  /// The size of its text.
  var byteCount: Int { text.utf8.count }

  /// Its rows, each ended by CR LF, for a window so wide.
  public func rows(columns: Int) -> String {
    // Nearly every text is short and plain.
    if text.utf8.count < columns, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
      text.utf8.count + Rows.width(of: lead) <= columns
    {
      return lead + text + end + "\r\n"
    }
    var rows = Rows(columns: columns, indent: max(1, min(indent, columns / 4)), lead: lead)
    for character in text { rows.add(character) }
    return rows.finished + end + "\r\n"
  }
}

/// Rows being filled.
private struct Rows {
  private let columns: Int
  private let indent: Int
  private var filled: String
  private var width: Int
  /// Whether a word stands in the row already.
  private var hasWord = false

  /// Blanks behind the last word, not printed before the next is.
  private var blanks = ""
  private var blanksWidth = 0
  private var word: [Character] = []
  private var wordWidth = 0

  init(columns: Int, indent: Int, lead: String) {
    self.columns = columns
    self.indent = indent
    filled = lead
    width = Rows.width(of: lead)
  }

  mutating func add(_ character: Character) {
    let cells = CellWidth.of(character)
    guard character.isWhitespace else {
      let standsAlone = cells > 1 || character == "\u{2800}"
      if standsAlone { endWord() }
      word.append(character)
      wordWidth += cells
      if standsAlone { endWord() }
      return
    }
    endWord()
    if character == "\t" {
      let stop = 8 - (width + blanksWidth) % 8
      blanks += String(repeating: " ", count: stop)
      blanksWidth += stop
    } else {
      blanks.append(character)
      blanksWidth += cells
    }
  }

  var finished: String {
    mutating get {
      endWord()
      return filled
    }
  }

  private mutating func endWord() {
    guard !word.isEmpty else { return }
    if width + blanksWidth + wordWidth <= columns {
      put(blanks)
      put(word, wordWidth)
    } else if wordWidth <= columns - indent {
      breakRow()
      put(word, wordWidth)
    } else {
      if hasWord { breakRow() } else { put(blanks) }
      put(word, wordWidth)
      // The rest stands in a row of its own: the terminal decides where this one ends.
      width = columns
    }
    hasWord = true
    (blanks, blanksWidth, word, wordWidth) = ("", 0, [], 0)
  }

  private mutating func put(_ blanks: String) {
    filled += blanks
    width += blanksWidth
    (self.blanks, blanksWidth) = ("", 0)
  }

  private mutating func put(_ characters: [Character], _ width: Int) {
    filled += String(characters)
    self.width += width
  }

  private mutating func breakRow() {
    filled += "\r\n" + String(repeating: " ", count: indent)
    width = indent
    (blanks, blanksWidth) = ("", 0)
  }

  /// The columns of a lead: without its sequences.
  static func width(of lead: String) -> Int {
    var width = 0
    var isInSequence = false
    for character in lead {
      if character == "\u{1B}" { isInSequence = true }
      if !isInSequence { width += CellWidth.of(character) }
      if character == "m" { isInSequence = false }
    }
    return width
  }
}
