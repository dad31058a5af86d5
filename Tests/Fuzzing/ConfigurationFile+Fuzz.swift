import Basics

@testable import RelayCore

extension FuzzTarget {
  /// The file of a relay's settings.
  static let configurationFile = FuzzTarget(
    name: "configuration-file",
    words: ["max-guests", "trust", "quiet", "log-format", " = ", "yes", "json", "# ", "\n", "\r\n", "--", ", ", "\t"]
  ) { input in
    let file = ConfigurationFile(input, options: options)
    let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).count
    for line in file.entries.map(\.line) + file.problems.map(\.line) {
      try require((1...lines).contains(line), "line \(line) of \(lines)")
    }
    for problem in file.problems {
      try require(problem.text.unicodeScalars.allSatisfy { !$0.isUnseen }, "a problem has what cannot be seen")
    }
    for entry in file.entries { try check(entry) }
    // A setting can be written down, and is read as the same. Without blanks, behind which a comment may begin.
    let text = file.entries.map { "\($0.name)=\($0.values.joined(separator: ","))\n" }.joined()
    let again = ConfigurationFile(Array(text.utf8), options: options)
    try requireEqual(again.entries.map(\.values), file.entries.map(\.values), "written down")
    // A comment and a blank line change nothing but the numbers of lines.
    let shifted = ConfigurationFile(Array("# \n\n".utf8) + input, options: options)
    try requireEqual(shifted.entries.map(\.values), file.entries.map(\.values), "two lines lower")
    try requireEqual(shifted.problems.count, file.problems.count, "two lines lower")
  }

  private static let options: [String: ConfigurationFile.Kind] = [
    "max-guests": .value, "trust": .list, "quiet": .flag, "log-format": .choice(["text", "json"]),
  ]

  private static func check(_ entry: ConfigurationFile.Entry) throws {
    switch options[entry.name] {
    case .value: try require(entry.values.count == 1 && !entry.values[0].isEmpty, "no value")
    case .list: try require(entry.values.allSatisfy { !$0.isEmpty && !$0.contains(",") }, "a list of nothing")
    case .flag: try require([["yes"], ["no"]].contains(entry.values), "a flag that is \(entry.values)")
    case .choice(let words): try require(words.contains(entry.values[0]), "a word that is no choice")
    case nil: throw Breach(description: "an option that nobody knows: \(entry.name)")
    }
  }
}
