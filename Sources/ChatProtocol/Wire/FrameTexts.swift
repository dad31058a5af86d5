import Basics

/// Questions about the texts of a frame: whole messages, each ended by a line feed.
enum FrameTexts {
  /// Whether they are UTF-8 as a whole.
  static func areUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    var checker = UTF8Text.Checker()
    for byte in bytes where !checker.accept(byte) { return false }
    return !checker.isInsideCharacter
  }

  /// Whether a message is longer than any may be.
  static func haveTooLongLine(_ texts: ArraySlice<UInt8>) -> Bool {
    guard texts.count > Limits.messageBytesMax else { return false }
    var start = texts.startIndex
    while let feed = ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: texts, from: start) {
      if feed - start > Limits.messageBytesMax { return true }
      start = feed + 1
    }
    return false
  }

  /// The texts behind the first `count` ones, or behind all if there are not so many; and how many were left out.
  static func withoutFirst(
    _ count: UInt64, _ texts: ArraySlice<UInt8>
  ) -> (rest: ArraySlice<UInt8>, dropped: UInt64) {
    var start = texts.startIndex
    var dropped: UInt64 = 0
    while dropped < count, let feed = ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: texts, from: start) {
      start = feed + 1
      dropped += 1
    }
    return (texts[start...], dropped)
  }
}
