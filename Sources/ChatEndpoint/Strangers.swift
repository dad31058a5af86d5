import Basics
import ChatProtocol
import Sockets

/// Third parties who came during a conversation: each is told that we are busy and seen off, without the two noticing.
///
/// Whoever is told something and closed at once may never read it, because bytes of its own that nobody read turn the close into a reset
/// (RFC 2525 section 2.17). So each is heard out, unheeded, until it closes or its time is over.
@MainActor
final class Strangers {
  private final class Stranger {
    let socket: Socket
    let leaveBy: Instant
    var isGone = false
    init(_ socket: consuming Socket, leaveBy: Instant) {
      self.socket = socket
      self.leaveBy = leaveBy
    }
  }

  private var strangers: [Stranger] = []
  private var scrap = [UInt8](repeating: 0, count: 4096)

  /// When the next one's time is over.
  var deadline: Instant? { strangers.map(\.leaveBy).min() }

  /// Tells one that we are busy. Beyond ``Limits/turnedAwayMax`` at a time it is closed without a word.
  /// - Returns: whether it was told.
  func turnAway(_ socket: consuming Socket, now: Instant) -> Bool {
    guard strangers.count < Limits.turnedAwayMax else { return false }
    let stranger = Stranger(socket, leaveBy: now + Limits.turnAwayWait)
    let sentence = Array((PlainConversation.busyLine + "\n").utf8)
    // A fresh socket takes a line at once; one that does not is gone.
    guard case .moved? = try? stranger.socket.send(sentence[...]) else { return false }
    stranger.socket.halfClose()
    strangers.append(stranger)
    return true
  }

  func watch(in set: inout PollSet) {
    for stranger in strangers { set.watch(stranger.socket.number, for: .reading) }
  }

  /// Hears them out and lets go of those who closed or whose time is over.
  func step(_ set: borrowing PollSet, now: Instant) {
    for stranger in strangers {
      if stranger.leaveBy <= now { stranger.isGone = true }
      guard set.readiness(of: stranger.socket.number).contains(.readable) else { continue }
      switch try? stranger.socket.receive(into: &scrap) {
      case .moved, .wouldBlock: break
      case .endOfStream, nil: stranger.isGone = true
      }
    }
    strangers.removeAll(where: \.isGone)
  }
}
