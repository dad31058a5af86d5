import Basics

/// Whether the peer of a framed session still lives, and when this end is to show that it does.
///
/// An end that has sent nothing for ``Limits/pingInterval`` sends a ping. A peer that was silent for
/// ``Limits/silenceBeforeProbe`` is probed, and is lost if nothing comes within ``Limits/probeGrace``: this process may
/// have been stopped meanwhile, and its bytes then wait unread.
struct Liveness: Hashable, Sendable {
  /// A step that is due.
  enum Due: Equatable, Sendable { case ping, probe, lost }

  private var sentAt: Instant
  private(set) var receivedAt: Instant
  /// Until when a reply to the probe is waited for; nil while none is.
  private var probedUntil: Instant?

  init(now: Instant) { (sentAt, receivedAt) = (now, now) }

  /// Bytes were handed to the link.
  mutating func sent(now: Instant) { sentAt = now }
  /// Bytes of the peer came, or wait to be read.
  mutating func received(now: Instant) { (receivedAt, probedUntil) = (now, nil) }

  private var pingAt: Instant { sentAt + Limits.pingInterval }

  /// The instant at which ``due(now:)`` has something.
  var deadline: Instant? { nearest(pingAt, probedUntil ?? receivedAt + Limits.silenceBeforeProbe) }

  /// Notes that a probe is sent now, because the link may be gone. The peer has ``Limits/probeGrace`` for its reply.
  mutating func probe(now: Instant) {
    if probedUntil == nil { probedUntil = now + Limits.probeGrace }
    sentAt = now
  }

  /// The step that is due now; nil when none is. A ping or a probe counts as sent.
  mutating func due(now: Instant) -> Due? {
    if let probedUntil {
      if probedUntil <= now { return .lost }
    } else if receivedAt + Limits.silenceBeforeProbe <= now {
      probedUntil = now + Limits.probeGrace
      sentAt = now
      return .probe
    }
    guard pingAt <= now else { return nil }
    sentAt = now
    return .ping
  }
}
