import Basics

/// A search: words that all stand in a message, in any order, and in any letter case.
///
/// A word is looked for as a part of others. Letters are compared one by one, after each is made lower case by itself,
/// so a letter with an accent is not found by the same letter and a combining accent.
struct SearchQuery {
  /// The words, in lower case.
  private let words: [[UInt8]]
  /// The question to the index; nil if no word has three characters, which the index knows no shorter than.
  let indexed: String?

  /// - Returns: nil if there is no word.
  init?(_ text: String) {
    let folded = String(decoding: SearchQuery.folded(Array(text.utf8)[...]), as: UTF8.self)
    let words = folded.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
    guard !words.isEmpty else { return nil }
    self.words = words.map { Array(String($0).utf8) }
    // A quotation mark stands in a string twice (https://www.sqlite.org/fts5.html, section 3.1).
    let strings = words.filter { $0.count >= 3 }.map { "\"\(String($0).replacing("\"", with: "\"\""))\"" }
    indexed = strings.isEmpty ? nil : strings.joined(separator: " AND ")
  }

  /// Whether all words stand in a text.
  func matches(_ text: ArraySlice<UInt8>) -> Bool {
    let folded = SearchQuery.folded(text)[...]
    return words.allSatisfy { SearchQuery.contains($0, in: folded) }
  }

  /// The text in lower case, letter by letter. Bytes that are no UTF-8 become U+FFFD; the index ends a text at NUL, so
  /// that becomes a space.
  static func folded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    if ByteScan.isPlainASCII(text) {
      return text.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }
    }
    var folded: [UInt8] = []
    folded.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar.value {
      case 0: folded.append(UInt8(ascii: " "))
      case 0x41...0x5A: folded.append(UInt8(scalar.value) | 0x20)
      case ..<0x80: folded.append(UInt8(scalar.value))
      default: folded.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
    }
    return folded
  }

  private static func contains(_ word: [UInt8], in text: ArraySlice<UInt8>) -> Bool {
    var start = text.startIndex
    while let found = ByteScan.firstIndex(of: word[0], in: text, from: start) {
      guard text.endIndex - found >= word.count else { return false }
      if text[found..<found + word.count].elementsEqual(word) { return true }
      start = found + 1
    }
    return false
  }
}
