import Basics

extension WordList {
  /// Words are alike when at most one in so many letters differs.
  private static let lettersForEachEdit = 3
  /// The most words that are named as like another.
  private static let nearestMax = 3
  /// A longer word is like none: the longest of the list has ten letters.
  private static let lettersMax = 20

  /// Whether a word is in the list.
  static func contains(_ word: String) -> Bool {
    let index = firstIndex(notBefore: word)
    return index < words.count && words[index] == word
  }

  /// The words that begin like this, sorted. Upper and lower case are the same.
  static func completions(of start: some StringProtocol) -> [String] {
    let start = start.lowercased()
    return Array(words[firstIndex(notBefore: start)...].prefix { $0.hasPrefix(start) })
  }

  /// The words of the list that are most like another, the first of the list first. It may be one of theirs that is not
  /// finished.
  static func nearest(to word: String) -> [String] {
    guard (2...lettersMax).contains(word.utf8.count) else { return [] }
    let begun = completions(of: word)
    if !begun.isEmpty { return Array(begun.prefix(nearestMax)) }
    let editsMax = max(1, word.utf8.count / lettersForEachEdit)
    let candidates = words.filter { abs($0.utf8.count - word.utf8.count) <= editsMax }
    let distances = candidates.map { editDistance(word.utf8, $0.utf8) }
    guard let least = distances.min(), least <= editsMax else { return [] }
    return Array(zip(candidates, distances).lazy.filter { $0.1 == least }.map(\.0).prefix(nearestMax))
  }

  /// The first place in the list whose word does not come before this one. Words of the list are ASCII, so their order
  /// is that of their bytes.
  private static func firstIndex(notBefore word: String) -> Int {
    var range = 0..<words.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if words[middle].utf8.lexicographicallyPrecedes(word.utf8) {
        range = (middle + 1)..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return range.lowerBound
  }
}
