/// Something that happens in a world. A run is a list of moves, so it can be replayed and shortened. A link is named by
/// its place in ``World/links``.
enum Move: Hashable, Sendable {
  case start(Int)
  case write(Int)
  /// A batch input ends.
  case endInput(Int)
  case commit(Int)
  case storeAcknowledgements(Int)
  case decide(Int, agrees: Bool)
  case dial(Int, Int)
  case join(Int)
  /// Bytes come to an end: the first frame, or that many bytes.
  case deliver(link: Int, to: Int, bytes: Int?)
  case deliverEnd(link: Int, to: Int)
  /// A cut link loses the bytes that it still had.
  case lose(link: Int, to: Int)
  /// The clock goes on to the next deadline.
  case time

  // Faults.

  /// A link is cut. Each end sees it as an end of stream, as a reset, or not at all.
  case cut(link: Int, [Link.Ending?])
  /// One direction ends, and the other goes on.
  case halfCut(link: Int, to: Int)
  /// A guest's way to its relay is gone, and the relay does not know.
  case leaveGhost(Int)
  case secondLink(Int, Int)
  case crash(Int)
  case takeOver(Int)
  case leave(Int)
  case backUp(Int)
  case restore(Int)
  case wipe(Int)
  case copy(Int)
  case copyBackup(Int)
  case setClockBack(Int)
  case fillDisk(Int)
  /// The newest message is taken back, or the store cannot keep that.
  case unsend(Int, fails: Bool)

  var isFault: Bool {
    switch self {
    case .start, .write, .endInput, .commit, .storeAcknowledgements, .decide, .dial, .join, .deliver, .deliverEnd,
      .lose, .time, .backUp:
      false
    case .cut, .halfCut, .leaveGhost, .secondLink, .crash, .takeOver, .leave, .restore, .wipe, .copy, .copyBackup,
      .setClockBack, .fillDisk, .unsend:
      true
    }
  }
}
