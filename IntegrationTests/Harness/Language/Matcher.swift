/// A text to look for, or one of several.
struct Matcher {
  /// At least one.
  let alternatives: [Pattern]

  init(parts: [Pattern.Part]) { alternatives = [Pattern(parts: parts)] }

  init(anyOf alternatives: [Pattern]) {
    precondition(!alternatives.isEmpty, "nothing to look for")
    self.alternatives = alternatives
  }

  // MARK: Queries

  /// The first place where one of them begins to be found, from an index on.
  func firstRange(in bytes: ArraySlice<UInt8>, from start: Int? = nil) -> Range<Int>? {
    alternatives.compactMap { $0.firstRange(in: bytes, from: start) }.min { $0.lowerBound < $1.lowerBound }
  }

  func isFound(in bytes: ArraySlice<UInt8>) -> Bool { firstRange(in: bytes) != nil }

  /// Whether all of the bytes are one of them.
  func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool { alternatives.contains { $0.isWhole(bytes) } }

  /// How many of the bytes, from the first on, are as one of them has it.
  func agreement(with bytes: ArraySlice<UInt8>) -> Int { alternatives.map { $0.agreement(with: bytes) }.max() ?? 0 }

  /// The parts that are kept of a place where it was found.
  func captures(in bytes: ArraySlice<UInt8>, at range: Range<Int>) -> [Capture] {
    alternatives.lazy.compactMap { $0.captures(in: bytes, at: range) }.first ?? []
  }

  /// How many bytes it matches, when that is certain.
  var length: Int? { alternatives.count == 1 ? alternatives[0].length : nil }

  /// How many newlines are in whatever it matches, at most.
  var newlines: Int { alternatives.map(\.newlines).max() ?? 0 }
}

/// A part of what was found, kept under a name.
struct Capture {
  let name: String
  let range: Range<Int>
}
