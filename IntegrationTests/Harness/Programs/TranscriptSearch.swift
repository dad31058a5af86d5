/// Looks for a text in what a stream carried, as it comes: what was looked at is not looked at again, save for an end
/// with which the text may begin. A flood is searched once.
struct TranscriptSearch {
  enum Answer {
    /// It stands there, at these positions.
    case found(Range<Int>)
    case absent
    /// It is not in what is kept, and there is more that was neither looked at nor kept.
    case unknown
  }

  let matcher: Matcher
  /// Before this position it does not begin.
  private var position = 0
  private var hasMissedSome = false

  init(_ matcher: Matcher) { self.matcher = matcher }

  /// Looks at what came since the last time, from `start` on.
  mutating func search(in transcript: Transcript, from start: Int = 0) -> Answer {
    position = max(position, start)
    let rest = transcript.suffix(from: position)
    let begin = transcript.totalBytes - rest.count
    if begin > position { hasMissedSome = true }
    if let range = matcher.firstRange(in: rest) {
      let offset = begin - rest.startIndex
      return .found(range.lowerBound + offset..<range.upperBound + offset)
    }
    position = max(begin, begin + rest.count - overlap(rest))
    return hasMissedSome ? .unknown : .absent
  }

  /// How much of an end the text may begin with: all but its last byte, or, where it spans anything within a line, as
  /// many lines as it has.
  private func overlap(_ rest: ArraySlice<UInt8>) -> Int {
    if let length = matcher.length { return max(0, length - 1) }
    var newlines = matcher.newlines
    for index in rest.indices.reversed() where rest[index] == 0x0A {
      if newlines == 0 { return rest.endIndex - index - 1 }
      newlines -= 1
    }
    return rest.count
  }
}
