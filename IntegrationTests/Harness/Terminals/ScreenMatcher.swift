/// A text as it can be found on a screen: rows are parted by newlines and end in blanks.
///
/// Blanks at the ends of rows cannot be told from cells nobody wrote to, so they do not count, save for those the text
/// itself ends with: `"> "` is not found in `>x`, and is found where a row ends in `>`.
struct ScreenMatcher {
  let matcher: Matcher
  /// How many blanks the text ends with.
  private let blanks: Int

  init(_ text: Matcher) {
    blanks = text.alternatives.map(\.blanksAtEnd).max() ?? 0
    // Each row is given that many blanks at its end, and so is each line of the text.
    let blanks = blanks
    matcher = Matcher(anyOf: text.alternatives.map { $0.withBlanksAtLineEnds(blanks) })
  }

  /// How many newlines are in whatever it matches.
  var newlines: Int { matcher.newlines }

  /// Rows as the one text in which it is looked for.
  func text(_ rows: some Sequence<[UInt8]>) -> [UInt8] {
    var text: [UInt8] = []
    let end = Array(repeating: UInt8(0x20), count: blanks) + [0x0A]
    for row in rows { text += row + end }
    // The last row has no newline after it.
    return text.dropLast()
  }

  func isFound(in rows: some Sequence<[UInt8]>) -> Bool { matcher.isFound(in: text(rows)[...]) }

  /// The index of the row in which the text first begins.
  func firstRow(in rows: ArraySlice<[UInt8]>) -> Int? {
    let text = text(rows)
    return matcher.firstRange(in: text[...]).map { range in
      rows.startIndex + text[..<range.lowerBound].count { $0 == 0x0A }
    }
  }

  /// The places where it is found, from the first to the last; in each row the bytes of the row that belong to it.
  func places(in rows: [[UInt8]]) -> [ScreenPlace] {
    let text = text(rows)
    var places: [ScreenPlace] = []
    var start = 0
    while let range = matcher.firstRange(in: text[...], from: start) {
      places.append(place(of: range, in: rows, captures: matcher.captures(in: text[...], at: range)))
      start = range.lowerBound + 1
    }
    return places
  }

  private func place(of range: Range<Int>, in rows: [[UInt8]], captures: [Capture]) -> ScreenPlace {
    var parts: [(row: Int, bytes: Range<Int>)] = []
    var begin = 0
    for (row, bytes) in rows.enumerated() {
      let part = range.clamped(to: begin..<begin + bytes.count)
      if !part.isEmpty { parts.append((row, part.lowerBound - begin..<part.upperBound - begin)) }
      begin += bytes.count + blanks + 1
    }
    return ScreenPlace(parts: parts, captures: captures)
  }
}

/// One place on a screen where a text is found.
struct ScreenPlace {
  /// In each row, which of its bytes.
  let parts: [(row: Int, bytes: Range<Int>)]
  /// The parts of it that are kept.
  let captures: [Capture]
}
