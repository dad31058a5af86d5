import Basics

/// A file of settings, one a line: `option = value`, with the long names of the options.
///
/// ```
///   # A comment. It may also stand behind a blank at the end of a line.
///   max-guests = 4000
///   trust = 192.0.2.0/24, 2001:db8::/32    a list; it may go on in another line with the same name
///   quiet = yes                            a flag
/// ```
///
/// Bytes in, entries and problems out. A problem names its line and, where a word is not known, the nearest one that
/// is. The caller judges what a value means.
public struct ConfigurationFile: Equatable, Sendable {
  /// The form of the words behind an option's name.
  public enum Kind: Equatable, Sendable {
    /// Anything, to the end of the line.
    case value
    /// One of these words.
    case choice([String])
    /// `yes` or `no`.
    case flag
    /// Words that are separated by blanks or commas; the option may be given again.
    case list
  }

  /// The setting of one line.
  public struct Entry: Equatable, Sendable {
    /// The option's name.
    public let name: String
    /// One value, or those of a list.
    public let values: [String]
    /// From 1.
    public let line: Int
  }

  /// A line that cannot be used.
  public struct Problem: Equatable, Sendable {
    /// From 1.
    public let line: Int
    /// The mistake, and what to write instead, without a full stop.
    public let text: String

    /// A problem that only the caller can see.
    public init(line: Int, text: String) {
      self.line = line
      self.text = text
    }
  }

  /// More than anybody writes by hand; a list of refused networks may be long.
  public static let bytesMax = 1 << 20
  /// Problems that are listed. One mistake often makes more of them.
  public static let problemsMax = 20

  /// The settings, in the order of the lines.
  public private(set) var entries: [Entry] = []
  /// The first ``problemsMax`` problems. If there is one, the settings are not to be used.
  public private(set) var problems: [Problem] = []
  private let options: [String: Kind]
  private var lines: [String: Int] = [:]

  /// Reads a file.
  /// - Parameter options: the options it may set.
  public init(_ bytes: [UInt8], options: [String: Kind]) {
    self.options = options
    guard bytes.count <= ConfigurationFile.bytesMax else {
      note(1, "the file is too large: at most \(ConfigurationFile.bytesMax) bytes are read")
      return
    }
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      read(line, index + 1)
    }
  }

  private mutating func note(_ line: Int, _ text: String) {
    if problems.count < ConfigurationFile.problemsMax { problems.append(Problem(line: line, text: text)) }
  }

  // MARK: Lines

  private mutating func read(_ bytes: ArraySlice<UInt8>, _ line: Int) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return note(line, "the line is not UTF-8") }
    let content = ConfigurationFile.withoutComment(text)
    guard !content.isEmpty else { return }
    if content.unicodeScalars.contains(where: { $0.isUnseen && $0 != "\t" }) {
      return note(line, "the line has characters that cannot be seen")
    }
    guard let equals = content.firstIndex(of: "=") else {
      let name = content.prefix { !ConfigurationFile.isBlank($0) }
      return note(line, "\(ConfigurationFile.quoted(name)): '=' and a value are missing; write option = value")
    }
    let name = String(ConfigurationFile.trimmed(content[..<equals]))
    let value = ConfigurationFile.trimmed(content[content.index(after: equals)...])
    guard let kind = options[name] else { return note(line, unknown(name)) }
    if kind != .list, let first = lines[name] { return note(line, "\(name): it is set in line \(first) already") }
    lines[name] = line
    if let values = read(String(value), kind, of: name, line) {
      entries.append(Entry(name: name, values: values, line: line))
    }
  }

  private mutating func read(_ value: String, _ kind: Kind, of name: String, _ line: Int) -> [String]? {
    let words: [String]
    switch kind {
    case .list: return value.split { $0 == "," || ConfigurationFile.isBlank($0) }.map(String.init)
    case .value where value.isEmpty:
      note(line, "\(name): there is no value")
      return nil
    case .value: return [value]
    case .choice(let choices): words = choices
    case .flag: words = ["yes", "no"]
    }
    if words.contains(value) { return [value] }
    let hint = ConfigurationFile.nearest(to: value, among: words).map { "; did you mean '\($0)'?" } ?? ""
    let known = words.map { "'\($0)'" }.joined(separator: ", ")
    note(line, "\(name): \(ConfigurationFile.quoted(value[...])) is none of \(known)\(hint)")
    return nil
  }

  private func unknown(_ name: String) -> String {
    let bare = String(name.drop { $0 == "-" })
    let text = "no option is called \(ConfigurationFile.quoted(name[...]))"
    if options[bare] != nil { return "\(text); write '\(bare)', without dashes" }
    guard let nearest = ConfigurationFile.nearest(to: bare, among: options.keys.sorted()) else { return text }
    return "\(text); did you mean '\(nearest)'?"
  }

  // MARK: Words

  /// The line up to its comment, without blanks at its ends. A comment begins at the start or behind a blank, so that a
  /// path may contain `#`.
  private static func withoutComment(_ line: String) -> Substring {
    var isAfterBlank = true
    for index in line.indices {
      if line[index] == "#", isAfterBlank { return trimmed(line[..<index]) }
      isAfterBlank = isBlank(line[index])
    }
    return trimmed(line[...])
  }

  private static func isBlank(_ character: Character) -> Bool { [" ", "\t", "\r"].contains(character) }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }

  /// The beginning of a text, as problems show it. A blank stands for a tab, which cannot be seen.
  private static func quoted(_ text: Substring) -> String {
    let shown = text.unicodeScalars.prefix(60).map { $0 == "\t" ? " " : $0 }
    return "'\(String(String.UnicodeScalarView(shown)))'"
  }

  /// The word that a mistyped one most likely stands for; nil when every one differs by more than half of it.
  public static func nearest(to word: String, among words: [String]) -> String? {
    guard !word.isEmpty, word.utf8.count <= 64 else { return nil }
    let distances = words.map { (word: $0, distance: editDistance(word.utf8, $0.utf8)) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return nearest.distance * 2 <= max(word.utf8.count, nearest.word.utf8.count) ? nearest.word : nil
  }
}
