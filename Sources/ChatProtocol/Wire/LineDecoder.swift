import Basics

/// Plain text off a link, cut into messages: lines ended by LF, a CR before the LF dropped.
///
/// However the bytes are split on their way, the same lines come out. A line that outgrows
/// ``Limits/messageBytesMax`` is handed on in pieces, cut between characters where it has any, so that nothing is dropped
/// and nothing grows. The bytes themselves are not judged here: what is not UTF-8 is passed on as it came.
public struct LineDecoder: Sendable {
  /// The beginning of a line whose end has not come, at most a message and a CR long.
  private var partial: [UInt8] = []
  /// Whether earlier pieces of the line in ``partial`` were handed on.
  private var isContinued = false
  /// How many messages are complete. They are numbered in the order they came, from 1.
  public private(set) var count = 0

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Begins at the beginning of a line.
  public init() {}

  /// Whether the bytes so far end within a line.
  var isInsideLine: Bool { !partial.isEmpty || isContinued }

  /// Takes bytes off the link and adds the lines they complete to `batch`.
  public mutating func decode(_ chunk: ArraySlice<UInt8>, into batch: inout MessageBatch) {
    var lineStart = chunk.startIndex
    if isInsideLine {
      guard let end = ByteScan.firstIndex(of: LineDecoder.lineFeed, in: chunk, from: lineStart) else {
        partial.append(contentsOf: chunk)
        cutPieces(into: &batch)
        return
      }
      partial.append(contentsOf: chunk[..<end])
      finishPartial(into: &batch)
      lineStart = end + 1
    }
    lineStart = decodeWholeLines(chunk, from: lineStart, into: &batch)
    partial.append(contentsOf: chunk[lineStart...])
    cutPieces(into: &batch)
  }

  /// Adds the lines that begin and end in `chunk`. They are copied in runs as long as possible: a run ends only at a CR
  /// that is dropped and at an overlong line.
  /// - Returns: where the line begins that `chunk` does not end.
  private mutating func decodeWholeLines(
    _ chunk: ArraySlice<UInt8>, from start: Int, into batch: inout MessageBatch
  ) -> Int {
    var runStart = start
    var lineStart = start
    while let end = ByteScan.firstIndex(of: LineDecoder.lineFeed, in: chunk, from: lineStart) {
      let hasReturn = end > lineStart && chunk[end - 1] == LineDecoder.carriageReturn
      let textEnd = hasReturn ? end - 1 : end
      if textEnd - lineStart > Limits.messageBytesMax {
        batch.append(chunk[runStart..<lineStart])
        partial.append(contentsOf: chunk[lineStart..<end])
        finishPartial(into: &batch)
        runStart = end + 1
      } else {
        // Where the text will end once the run is copied.
        count += 1
        batch.close(at: batch.bytes.count + textEnd - runStart, number: UInt64(count), moreFollows: false)
        if hasReturn {
          batch.append(chunk[runStart..<textEnd])
          runStart = end
        }
      }
      lineStart = end + 1
    }
    batch.append(chunk[runStart..<lineStart])
    return lineStart
  }

  /// The link ended: a last line that no LF ended is a message too.
  public mutating func finish(into batch: inout MessageBatch) {
    if isInsideLine { finishPartial(into: &batch) }
  }

  /// The line in ``partial`` is complete.
  private mutating func finishPartial(into batch: inout MessageBatch) {
    if partial.last == LineDecoder.carriageReturn { partial.removeLast() }
    while partial.count > Limits.messageBytesMax { cutPiece(into: &batch) }
    count += 1
    batch.appendWhole(partial, number: UInt64(count))
    partial.removeAll(keepingCapacity: true)
    isContinued = false
  }

  /// Hands on what outgrew a message. One byte over may be the CR that is to be dropped, so it waits.
  private mutating func cutPieces(into batch: inout MessageBatch) {
    while partial.count > Limits.messageBytesMax + 1 { cutPiece(into: &batch) }
  }

  private mutating func cutPiece(into batch: inout MessageBatch) {
    let end = UTF8Text.boundary(in: partial[...], atMost: Limits.messageBytesMax)
    batch.append(partial[..<end])
    batch.close(at: batch.bytes.count, number: UInt64(count) + 1, moreFollows: true)
    partial.removeSubrange(..<end)
    isContinued = true
  }
}
