import CSystem
import Glibc

/// Whether the other side of a TCP link still answers, as far as the kernel knows (`TCP_INFO`, tcp(7)).
///
/// A vanished peer, whose machine or network is gone without an end of the link, must not be confused with a living
/// one that merely does not read. `TCP_USER_TIMEOUT` cannot do that: on Linux it also ends the link to a peer that
/// answers each probe with "no room".
///
/// | state | what the kernel sends | a living peer |
/// |---|---|---|
/// | ``State/idle`` | keepalive probes, after a time of silence | answers |
/// | ``State/inFlight`` | the bytes again, each time after twice the time | acknowledges |
/// | ``State/windowClosed`` | window probes, each time after twice the time | answers that it has no room |
///
/// Retransmissions and probes are counted since the last answer. So a count above zero means that nothing came back.
public struct LinkHealth: Equatable, Sendable {
  /// The three states of a link, each with its own way to notice a vanished peer.
  public enum State: Sendable {
    /// All that was sent is acknowledged.
    case idle
    /// Sent bytes wait for their acknowledgement.
    case inFlight
    /// Bytes wait to be sent because the peer's kernel has no room for them: the peer does not read.
    case windowClosed
  }

  /// Segments sent and not acknowledged.
  var segmentsInFlight: Int
  /// Bytes that were never sent.
  var bytesUnsent: Int
  /// How often the first unacknowledged segment was sent again.
  var retransmissions: Int
  /// Keepalive or window probes without an answer.
  var probes: Int
  /// How long the kernel waits now until it sends again, and how often it doubled that time.
  var retransmissionTimeout: Duration
  var doublings: Int
  /// Since the peer's kernel acknowledged anything.
  var sinceAcknowledgement: Duration
  /// Since the last segment with bytes went out, for the first time or again.
  var sinceSent: Duration

  /// The state the link is in now.
  public var state: State {
    if segmentsInFlight > 0 { return .inFlight }
    return bytesUnsent > 0 ? .windowClosed : .idle
  }

  /// Probes that stay unanswered before a peer counts as vanished. One or two are lost on any bad line, and the
  /// kernel of a living peer limits how often it answers (`tcp_invalid_ratelimit`, half a second).
  static let probesMax = 3

  /// Whether the peer owes an answer and has been silent for at least `limit`. Never true for a peer whose kernel
  /// answers.
  ///
  /// With bytes in flight or an idle link, and 15 s between keepalive probes, a limit of a minute is met within some
  /// ten seconds. With a closed window the kernel probes ever less often, up to every two minutes; then it takes a
  /// few of these.
  public func isVanished(after limit: Duration) -> Bool {
    switch state {
    case .inFlight: retransmissions > 0 && min(sinceAcknowledgement, sinceFirstTimeout) >= limit
    case .idle, .windowClosed: probes >= LinkHealth.probesMax && sinceAcknowledgement >= limit
    }
  }

  /// How long the oldest segment has been sent in vain, at least. Each timeout is twice the one before (RFC 6298
  /// section 5.5), so those that have passed add up to the present one less the first.
  private var sinceFirstTimeout: Duration {
    retransmissionTimeout - retransmissionTimeout / (1 << min(doublings, 30)) + sinceSent
  }
}

extension Socket {
  /// How the link of this socket is; nil for a Unix-domain socket, and for one that is not connected.
  public var health: LinkHealth? {
    var info = csystem_link_info()
    guard csystem_get_link_info(number, &info) == 0, info.is_connected != 0 else { return nil }
    return LinkHealth(
      segmentsInFlight: Int(info.segments_in_flight), bytesUnsent: Int(info.bytes_unsent),
      retransmissions: Int(info.retransmissions), probes: Int(info.probes),
      retransmissionTimeout: .microseconds(Int(info.timeout_microseconds)), doublings: Int(info.doublings),
      sinceAcknowledgement: .milliseconds(Int(info.milliseconds_since_acknowledgement)),
      sinceSent: .milliseconds(Int(info.milliseconds_since_sent)))
  }
}
