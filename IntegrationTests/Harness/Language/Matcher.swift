import CHarness

/// A text to look for: literal bytes, with places where a digit or anything within a line may stand.
///
/// What stands between two `{*}` is a segment of known length. Looking for them one after the other, each at the first
/// place where it can be, finds what there is to be found: since `{*}` stays within a line, the line in which a segment
/// has to begin depends only on the line in which the text begins, and an earlier place there is never worse. So a text
/// that fails from one place fails from all others of that line, and nothing is looked at again and again.
struct Matcher {
  enum Part: Equatable {
    case literal([UInt8])
    case digit
    case anything
  }

  let parts: [Part]
  private let segments: [Segment]

  init(parts: [Part]) {
    self.parts = parts
    segments = parts.split(separator: .anything, omittingEmptySubsequences: false).map { Segment(parts: Array($0)) }
  }

  // MARK: Queries

  /// The first place where the text begins to be found, from an index on.
  func firstRange(in bytes: ArraySlice<UInt8>, from start: Int? = nil) -> Range<Int>? {
    var index = start ?? bytes.startIndex
    while index <= bytes.endIndex {
      guard let begin = segments[0].first(in: bytes[index...]) else { return nil }
      if let end = end(in: bytes, after: begin + segments[0].length) { return begin..<end }
      guard let newline = bytes[begin...].firstIndex(of: 0x0A) else { return nil }
      index = newline + 1
    }
    return nil
  }

  func isFound(in bytes: ArraySlice<UInt8>) -> Bool { firstRange(in: bytes) != nil }

  /// Whether all of the bytes are the text.
  func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard segments[0].fits(bytes, at: bytes.startIndex) else { return false }
    let begin = bytes.startIndex + segments[0].length
    guard segments.count > 1, let last = segments.last else { return begin == bytes.endIndex }
    let place = bytes.endIndex - last.length
    guard let end = end(in: bytes, after: begin, segments.dropFirst().dropLast()), end <= place else { return false }
    return last.fits(bytes, at: place) && !bytes[end..<place].contains(0x0A)
  }

  /// How many of the bytes, from the first on, are as the text has them.
  func agreement(with bytes: ArraySlice<UInt8>) -> Int {
    let same = segments[0].agreement(with: bytes)
    guard same == segments[0].length else { return same }
    var end = bytes.startIndex + same
    for segment in segments.dropFirst() {
      guard let next = Self.end(of: segment, in: bytes, after: end) else {
        // It goes on as far as the best of the places where the segment might have begun.
        let newline = bytes[end...].firstIndex(of: 0x0A) ?? bytes.endIndex
        let begins = (end...newline).map { (place: $0, same: segment.agreement(with: bytes[$0...])) }
        return (begins.filter { $0.same > 0 }.map { $0.place + $0.same }.max() ?? end) - bytes.startIndex
      }
      end = next
    }
    return end - bytes.startIndex
  }

  /// How many bytes it matches, when that is certain.
  var length: Int? { segments.count == 1 ? segments[0].length : nil }

  /// How many newlines are in whatever it matches.
  var newlines: Int {
    parts.reduce(0) { sum, part in
      if case .literal(let bytes) = part { sum + bytes.count { $0 == 0x0A } } else { sum }
    }
  }

  /// The same without blanks at the ends of lines, which a screen does not tell from cells nobody wrote to.
  var withoutBlanksAtEnds: Matcher {
    var parts = self.parts
    for (index, part) in parts.enumerated() {
      guard case .literal(let bytes) = part else { continue }
      let isLast = index == parts.count - 1
      var kept: [UInt8] = []
      for byte in bytes {
        if byte == 0x0A { kept.removeLast(kept.reversed().prefix { $0 == 0x20 }.count) }
        kept.append(byte)
      }
      if isLast { kept.removeLast(kept.reversed().prefix { $0 == 0x20 }.count) }
      parts[index] = .literal(kept)
    }
    return Matcher(parts: parts)
  }

  // MARK: Segments

  /// Where the segments after the first end, when that one ends at `index`.
  private func end(in bytes: ArraySlice<UInt8>, after index: Int, _ segments: ArraySlice<Segment>? = nil) -> Int? {
    var end = index
    for segment in segments ?? self.segments.dropFirst() {
      guard let next = Self.end(of: segment, in: bytes, after: end) else { return nil }
      end = next
    }
    return end
  }

  /// Where a segment ends that begins in what is left of the line.
  private static func end(of segment: Segment, in bytes: ArraySlice<UInt8>, after index: Int) -> Int? {
    let newline = bytes[index...].firstIndex(of: 0x0A) ?? bytes.endIndex
    let reach = min(bytes.endIndex, newline + segment.length)
    return segment.first(in: bytes[index..<reach]).map { $0 + segment.length }
  }
}

/// Literal bytes and digits: a piece of text whose length is known.
private struct Segment {
  private let parts: [Matcher.Part]
  let length: Int

  init(parts: [Matcher.Part]) {
    self.parts = parts
    length = parts.reduce(0) { if case .literal(let bytes) = $1 { $0 + bytes.count } else { $0 + 1 } }
  }

  /// The first place where it stands.
  func first(in bytes: ArraySlice<UInt8>) -> Int? {
    guard length > 0 else { return bytes.startIndex }
    var index = bytes.startIndex
    while index + length <= bytes.endIndex {
      if case .literal(let literal)? = parts.first, !literal.isEmpty {
        guard let next = Self.find(literal, in: bytes[index...]) else { return nil }
        index = next
      }
      if fits(bytes, at: index) { return index }
      index += 1
    }
    return nil
  }

  func fits(_ bytes: ArraySlice<UInt8>, at index: Int) -> Bool {
    index >= bytes.startIndex && index + length <= bytes.endIndex && agreement(with: bytes[index...]) == length
  }

  /// How many of the bytes, from the first on, are as it has them.
  func agreement(with bytes: ArraySlice<UInt8>) -> Int {
    var rest = bytes
    for part in parts {
      switch part {
      case .literal(let literal):
        let same = zip(rest, literal).prefix { $0 == $1 }.count
        rest = rest.dropFirst(same)
        if same < literal.count { return rest.startIndex - bytes.startIndex }
      case .digit:
        guard let first = rest.first, (0x30...0x39).contains(first) else { return rest.startIndex - bytes.startIndex }
        rest = rest.dropFirst()
      case .anything: preconditionFailure("a segment holds none")
      }
    }
    return rest.startIndex - bytes.startIndex
  }

  /// By the C library: floods of megabytes are searched.
  private static func find(_ literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    let offset = bytes.withUnsafeBytes { bytes in
      literal.withUnsafeBytes { harness_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
    }
    return offset < 0 ? nil : bytes.startIndex + offset
  }
}
