import Basics

/// Cuts the plain text of a link into messages: lines ended by LF, with a CR before the LF dropped.
///
/// The same lines come out however the bytes are split on their way. A line longer than ``Limits/messageBytesMax`` is
/// passed on in pieces, so that no byte is dropped and memory stays bounded. It is cut between characters where it has
/// any. The bytes are not checked here: bytes that are not UTF-8 are passed on as they came.
struct LineDecoder: Sendable {
  /// The beginning of an unfinished line, at most a message and a CR long.
  private var partial: [UInt8] = []
  /// Whether earlier pieces of the line in ``partial`` were passed on.
  private var isContinued = false
  /// The number of complete messages. They are numbered from 1 in the order they came.
  private(set) var count = 0

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// A decoder at the start of a line.
  init() {}

  /// Whether the bytes so far end within a line.
  var isInsideLine: Bool { !partial.isEmpty || isContinued }

  /// Takes bytes of the link, and adds the lines they complete to `messages`.
  mutating func decode(_ chunk: ArraySlice<UInt8>, into messages: inout ReceivedMessages) {
    var lineStart = chunk.startIndex
    if isInsideLine {
      guard let end = ByteScan.firstIndex(of: LineDecoder.lineFeed, in: chunk, from: lineStart) else {
        partial.append(contentsOf: chunk)
        cutPieces(into: &messages)
        return
      }
      partial.append(contentsOf: chunk[..<end])
      finishPartial(into: &messages)
      lineStart = end + 1
    }
    lineStart = decodeWholeLines(chunk, from: lineStart, into: &messages)
    partial.append(contentsOf: chunk[lineStart...])
    cutPieces(into: &messages)
  }

  /// Adds the lines that begin and end in `chunk`. They are copied in runs as long as possible, because that is fast. A
  /// run ends only at a dropped CR and at an overlong line.
  /// - Returns: the start of the line that `chunk` does not end.
  private mutating func decodeWholeLines(
    _ chunk: ArraySlice<UInt8>, from start: Int, into messages: inout ReceivedMessages
  ) -> Int {
    var runStart = start
    var lineStart = start
    while let end = ByteScan.firstIndex(of: LineDecoder.lineFeed, in: chunk, from: lineStart) {
      let hasReturn = end > lineStart && chunk[end - 1] == LineDecoder.carriageReturn
      let textEnd = hasReturn ? end - 1 : end
      if textEnd - lineStart > Limits.messageBytesMax {
        messages.append(chunk[runStart..<lineStart])
        partial.append(contentsOf: chunk[lineStart..<end])
        finishPartial(into: &messages)
        runStart = end + 1
      } else {
        // The text ends there once the run is copied.
        count += 1
        messages.close(at: messages.bytes.count + textEnd - runStart, number: UInt64(count), moreFollows: false)
        if hasReturn {
          messages.append(chunk[runStart..<textEnd])
          runStart = end
        }
      }
      lineStart = end + 1
    }
    messages.append(chunk[runStart..<lineStart])
    return lineStart
  }

  /// Ends the text with the link. A last line without its LF is a message too.
  mutating func finish(into messages: inout ReceivedMessages) {
    if isInsideLine { finishPartial(into: &messages) }
  }

  /// Adds the line in ``partial``, which is complete.
  private mutating func finishPartial(into messages: inout ReceivedMessages) {
    if partial.last == LineDecoder.carriageReturn { partial.removeLast() }
    while partial.count > Limits.messageBytesMax { cutPiece(into: &messages) }
    count += 1
    messages.appendWhole(partial, number: UInt64(count))
    partial.removeAll(keepingCapacity: true)
    isContinued = false
  }

  /// Passes on the pieces of a line that is longer than a message. One byte more may be a CR that is to be dropped, so
  /// it waits.
  private mutating func cutPieces(into messages: inout ReceivedMessages) {
    while partial.count > Limits.messageBytesMax + 1 { cutPiece(into: &messages) }
  }

  private mutating func cutPiece(into messages: inout ReceivedMessages) {
    let end = UTF8Text.boundary(in: partial[...], atMost: Limits.messageBytesMax)
    messages.append(partial[..<end])
    messages.close(at: messages.bytes.count, number: UInt64(count) + 1, moreFollows: true)
    partial.removeSubrange(..<end)
    isContinued = true
  }
}
