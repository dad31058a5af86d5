/// Literal bytes, with places where digits or anything within a line may stand.
///
/// The text between two `{*}` is a segment. Segments are looked for one after the other, each at the first place
/// where it can be. That finds what there is: `{*}` stays within a line, so the line in which a segment has to begin
/// depends only on the line in which the text begins, and an earlier place there is never worse. A text that fails from
/// one place fails from all others of that line, and nothing is searched twice.
struct Pattern {
  enum Part: Equatable {
    case literal([UInt8])
    case digit
    /// One or more; it takes all there are.
    case digits
    case anything
  }

  let parts: [Part]
  /// The names under which parts are kept, by index. Anything with a name is at least one byte; at the end of the text
  /// it is the rest of the line.
  let names: [Int: String]
  private let segments: [Segment]
  /// The names of what stands between the segments.
  private let gaps: [String?]

  init(parts: [Part], names: [Int: String] = [:]) {
    self.parts = parts
    self.names = names
    var segments = [Segment()]
    var gaps: [String?] = []
    for (index, part) in parts.enumerated() {
      if part == .anything {
        gaps.append(names[index])
        segments.append(Segment())
      } else {
        segments[segments.count - 1].append(part, name: names[index])
      }
    }
    self.segments = segments
    self.gaps = gaps
  }

  // MARK: Queries

  /// The first place where the text begins to be found, from an index on.
  func firstRange(in bytes: ArraySlice<UInt8>, from start: Int? = nil) -> Range<Int>? {
    var index = start ?? bytes.startIndex
    while index <= bytes.endIndex {
      guard let first = segments[0].first(in: bytes[index...]) else { return nil }
      if let end = end(in: bytes, after: first.upperBound) { return first.lowerBound..<end }
      guard let newline = bytes[first.lowerBound...].firstIndex(of: 0x0A) else { return nil }
      index = newline + 1
    }
    return nil
  }

  /// Whether all of the bytes are the text.
  func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let begin = segments[0].end(in: bytes, at: bytes.startIndex) else { return false }
    guard segments.count > 1, let last = segments.last else { return begin == bytes.endIndex }
    guard let end = end(in: bytes, after: begin, upTo: segments.count - 1) else { return false }
    let earliest = end + (gaps[gaps.count - 1] == nil ? 0 : 1)
    let newline = bytes[end...].firstIndex(of: 0x0A) ?? bytes.endIndex
    guard earliest <= newline else { return false }
    if let length = last.length {
      let place = bytes.endIndex - length
      return (earliest...newline).contains(place) && last.end(in: bytes, at: place) != nil
    }
    return (earliest...newline).contains { last.end(in: bytes, at: $0) == bytes.endIndex }
  }

  /// How many of the bytes, from the first on, are as the text has them.
  func agreement(with bytes: ArraySlice<UInt8>) -> Int {
    guard var end = segments[0].end(in: bytes, at: bytes.startIndex) else { return segments[0].agreement(with: bytes) }
    for index in segments.indices.dropFirst() {
      guard let next = place(of: index, in: bytes, after: end) else {
        // It goes on as far as the best of the places where the segment might have begun.
        let newline = bytes[end...].firstIndex(of: 0x0A) ?? bytes.endIndex
        let begins = (end...newline).map { (place: $0, same: segments[index].agreement(with: bytes[$0...])) }
        return (begins.filter { $0.same > 0 }.map { $0.place + $0.same }.max() ?? end) - bytes.startIndex
      }
      end = next.upperBound
    }
    return end - bytes.startIndex
  }

  /// The parts that are kept of a place where it was found; nil when it is not found just there.
  func captures(in bytes: ArraySlice<UInt8>, at range: Range<Int>) -> [Capture]? {
    var captures: [Capture] = []
    guard var end = segments[0].end(in: bytes, at: range.lowerBound, into: &captures) else { return nil }
    for index in segments.indices.dropFirst() {
      guard let next = place(of: index, in: bytes, after: end) else { return nil }
      if let name = gaps[index - 1] { captures.append(Capture(name: name, range: end..<next.lowerBound)) }
      guard let after = segments[index].end(in: bytes, at: next.lowerBound, into: &captures) else { return nil }
      end = after
    }
    return end == range.upperBound ? captures : nil
  }

  /// How many bytes it matches, when that is certain.
  var length: Int? { segments.count == 1 ? segments[0].length : nil }

  /// How many newlines are in whatever it matches.
  var newlines: Int {
    parts.reduce(0) { sum, part in
      if case .literal(let bytes) = part { sum + bytes.count { $0 == 0x0A } } else { sum }
    }
  }

  // MARK: Segments

  /// The end of the segments after the first, when that one ends at `index`.
  private func end(in bytes: ArraySlice<UInt8>, after index: Int, upTo count: Int? = nil) -> Int? {
    var end = index
    for segment in 1..<max(1, count ?? segments.count) {
      guard let next = place(of: segment, in: bytes, after: end) else { return nil }
      end = next.upperBound
    }
    return end
  }

  /// The place of a segment that begins in what is left of the line after the one before it.
  private func place(of index: Int, in bytes: ArraySlice<UInt8>, after end: Int) -> Range<Int>? {
    let newline = bytes[end...].firstIndex(of: 0x0A) ?? bytes.endIndex
    let earliest = end + (gaps[index - 1] == nil ? 0 : 1)
    guard earliest <= newline else { return nil }
    let segment = segments[index]
    if segment.isEmpty {
      // At the end of a text the rest of the line is kept.
      let place = gaps[index - 1] != nil && index == segments.count - 1 ? newline : earliest
      return place..<place
    }
    let reach = segment.length.map { min(bytes.endIndex, newline + $0) } ?? bytes.endIndex
    return segment.first(in: bytes[earliest..<reach]).flatMap { $0.lowerBound <= newline ? $0 : nil }
  }
}

// MARK: Lines of a screen

extension Pattern {
  /// How many blanks it ends with.
  var blanksAtEnd: Int {
    guard case .literal(let bytes)? = parts.last else { return 0 }
    return bytes.reversed().prefix { $0 == 0x20 }.count
  }

  /// The same with so many blanks at the end of each line but the last.
  func withBlanksAtLineEnds(_ count: Int) -> Pattern {
    mapLiterals { bytes, _ in
      var kept: [UInt8] = []
      for byte in bytes {
        if byte == 0x0A {
          kept.dropBlanksAtEnd()
          kept += Array(repeating: 0x20, count: count)
        }
        kept.append(byte)
      }
      return kept
    }
  }

  /// The same without blanks at the ends of lines, the last one too.
  var withoutBlanksAtEnds: Pattern {
    withBlanksAtLineEnds(0).mapLiterals { bytes, isLast in
      var kept = bytes
      if isLast { kept.dropBlanksAtEnd() }
      return kept
    }
  }

  private func mapLiterals(_ change: ([UInt8], _ isLast: Bool) -> [UInt8]) -> Pattern {
    let changed = parts.enumerated().map { index, part in
      if case .literal(let bytes) = part { Part.literal(change(bytes, index == parts.count - 1)) } else { part }
    }
    return Pattern(parts: changed, names: names)
  }
}

extension [UInt8] {
  mutating func dropBlanksAtEnd() {
    while last == 0x20 { removeLast() }
  }
}
