import Basics

@testable import ChatProtocol

/// One link: two ends, and the bytes on their way to each. Either direction can come apart on its own, so the two ends
/// can disagree about whether it lives.
struct Link: Hashable, Sendable {
  /// How far an end has come.
  enum Stage: Hashable, Sendable {
    /// It has greeted.
    case entering
    /// It has a session.
    case used
    /// Its program closed it, or is gone.
    case gone
  }

  struct End: Hashable, Sendable {
    let machine: Int
    let incarnation: Incarnation
    /// The number of the greeting that this end sent.
    let generation: UInt64
    var stage = Stage.entering
    /// When it is too late for the peer's greeting.
    var enterBy: Instant
    var decoder = FrameDecoder()
    /// Whether this end has sent its goodbye.
    var hasSentGoodbye = false
    /// The messages of this end that it had forgotten when it said where its incarnations start. Without a history even
    /// the incarnations are forgotten, so the peer is told of some of them only.
    var forgotten = MessageSet()
  }

  enum Ending: Hashable, Sendable { case close, reset }

  /// The bytes on their way to one end.
  struct Pipe: Equatable, Sendable {
    /// Whole frames, of the first one perhaps only the rest.
    var frames: [[UInt8]] = []
    /// The end that comes behind them; nil while the direction is open.
    var ending: Ending?
    /// Whether it takes no more bytes, and may lose those it has.
    var isCut = false

    var byteCount: Int { frames.reduce(0) { $0 + $1.count } }

    /// Takes bytes from the front: the first frame, or a number of bytes.
    mutating func take(_ count: Int?) -> [UInt8] {
      guard let count else { return frames.removeFirst() }
      var bytes: [UInt8] = []
      while bytes.count < count, let first = frames.first {
        let part = first.prefix(count - bytes.count)
        bytes += part
        if part.count == first.count { frames.removeFirst() } else { frames[0] = Array(first.dropFirst(part.count)) }
      }
      return bytes
    }
  }

  let id: Int
  var ends: [End]
  /// Towards the end of the same index.
  var pipes = [Pipe(), Pipe()]
  let isRelayed: Bool

  /// Whether both directions carry.
  var isWhole: Bool {
    pipes.allSatisfy { !$0.isCut && $0.ending == nil } && ends.allSatisfy { $0.stage != .gone }
  }
  /// Whether nothing will ever happen to it again.
  var isOver: Bool { ends.allSatisfy { $0.stage == .gone } }

  /// Sends frames to the other end.
  mutating func send(_ frames: [[UInt8]], from end: Int) {
    guard !pipes[1 - end].isCut, pipes[1 - end].ending == nil else { return }
    if ends[1 - end].stage == .gone { return }
    pipes[1 - end].frames += frames
  }

  /// Closes an end. Its frames may still arrive; those that were sent to it do not.
  mutating func close(_ end: Int, _ ending: Ending) {
    ends[end].stage = .gone
    ends[end].decoder = FrameDecoder()
    pipes[end] = Pipe(isCut: true)
    if pipes[1 - end].ending == nil, !pipes[1 - end].isCut { pipes[1 - end].ending = ending }
  }

  init(id: Int, ends: [End], isRelayed: Bool) {
    self.id = id
    self.ends = ends
    self.isRelayed = isRelayed
  }
}

extension Link.Pipe: Hashable {
  func hash(into hasher: inout Hasher) {
    hasher.combine(frames.count)
    for frame in frames { hasher.combine(bytesOf: frame[...]) }
    hasher.combine(ending)
    hasher.combine(isCut)
  }

  fileprivate init(isCut: Bool) { self.isCut = isCut }
}

/// The whole frames of some bytes.
func frames(of bytes: [UInt8]) -> [[UInt8]] {
  var result: [[UInt8]] = []
  var start = 0
  while start < bytes.count {
    let end = start + Frame.headerBytes + Int(UInt32(bigEndianBytes: bytes[start..<start + 4]))
    result.append(Array(bytes[start..<end]))
    start = end
  }
  return result
}
