import CHarness
import Glibc

/// The clock everything here goes by.
public typealias Instant = ContinuousClock.Instant

/// A wish to be called when a descriptor is ready.
struct Interest {
  let descriptor: Int32
  let events: Int16
  let whenReady: (_ events: Int16) -> Void
}

/// Something the pump serves: a terminal, a pipe, a link, the end of a process.
///
/// Participants state their wishes anew each turn, so there is nothing to keep in step. A descriptor nobody wishes
/// for is not polled: a stream that is held back fills up in the kernel, and its writer notices.
protocol Participant: AnyObject {
  /// The descriptors to watch in the turn that begins now.
  func interests(now: Instant) -> [Interest]
  /// When to call `advance` at the latest, if nothing happens before.
  var nextMoment: Instant? { get }
  /// Does what is due.
  func advance(to now: Instant)
}

extension Participant {
  var nextMoment: Instant? { nil }
  func advance(to now: Instant) {}
}

/// The one loop of a scenario: everything that can happen is served by its turns, on one thread.
///
/// A turn has a fixed order: gather the wishes, wait for the first of them or the nearest moment, call who is
/// ready, then let time pass for everyone. Nothing in the harness waits anywhere else.
public final class Pump {
  private var participants: [any Participant] = []

  /// A loop that serves nobody yet.
  public init() {}

  func add(_ participant: any Participant) {
    participants.append(participant)
  }

  func remove(_ participant: any Participant) {
    participants.removeAll { $0 === participant }
  }

  /// Serves what is ready, after waiting for it until `limit` at the latest.
  func turn(until limit: Instant) {
    let before = ContinuousClock.now
    let interests = participants.flatMap { $0.interests(now: before) }
    var polled = interests.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    let wake = participants.compactMap(\.nextMoment).min().map { min($0, limit) } ?? limit
    let ready = harness_poll(&polled, polled.count, max(.zero, wake - before).nanoseconds)
    if ready > 0 {
      for (interest, result) in zip(interests, polled) where result.revents != 0 {
        interest.whenReady(result.revents)
      }
    }
    let after = ContinuousClock.now
    for participant in participants { participant.advance(to: after) }
  }
}

extension Duration {
  /// The whole of it in nanoseconds; a scenario never lasts the 292 years that would not fit.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
