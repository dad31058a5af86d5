/// Going from line to line in a text of several.
enum DraftLines {
  /// The place that is reached by going up (less than zero) or down a number of lines, in the same column as far as the
  /// line has it.
  /// - Returns: nil when there are not so many.
  static func offset(in text: [UInt8], from offset: Int, lines: Int) -> Int? {
    let lineFeed = UInt8(ascii: "\n")
    var starts = [0]
    for (index, byte) in text.enumerated() where byte == lineFeed { starts.append(index + 1) }
    let line = starts.lastIndex { $0 <= offset }!
    guard lines != 0, starts.indices.contains(line + lines) else { return nil }
    let column = characters(text[starts[line]..<offset]).count
    let start = starts[line + lines]
    let end = text[start...].firstIndex(of: lineFeed) ?? text.count
    return start + characters(text[start..<end]).prefix(column).reduce(0) { $0 + $1.utf8.count }
  }

  private static func characters(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
