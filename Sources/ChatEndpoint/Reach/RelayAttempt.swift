import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The way into a room at one relay: dials it, joins the room, and waits to be paired there.
@MainActor
struct RelayAttempt {
  private enum State {
    case dialling(Connector)
    case joining(RelayLink)
  }

  private let room: RelayRoom
  private let side: RelaySide
  private let pass: RelayPass?
  private var state: State

  /// Begins to dial.
  /// - Parameters:
  ///   - room: a room at one relay.
  ///   - side: the side by which the relay knows this end again.
  ///   - pass: proved to a relay that asks for one; nil without one.
  ///   - timeout: the time until the relay accepts; nil for no limit.
  ///   - option: the option that sets it, for the sentence that reports it.
  init(
    at room: RelayRoom, side: RelaySide, pass: RelayPass?, timeout: Duration?, option: String?, now: Instant
  ) throws(Failure) {
    self.room = room
    (self.side, self.pass) = (side, pass)
    state = .dialling(try Connector(to: room.route, timeout: timeout, triesAgain: false, option: option, now: now))
  }

  /// Whether the relay lets this end wait.
  var isWaiting: Bool { if case .joining(let link) = state { link.isWaiting } else { false } }

  /// Whether the relay was reached.
  var isJoining: Bool { if case .joining = state { true } else { false } }

  /// Whether the relay lets this end wait and no earlier call returned that.
  func takeWaiting() -> Bool { if case .joining(let link) = state { link.takeWaiting() } else { false } }

  var deadline: Instant? {
    switch state {
    case .dialling(let connector): connector.deadline
    case .joining(let link): link.deadline
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .dialling(let connector): connector.watch(in: &set)
    case .joining(let link): link.watch(in: &set)
    }
  }

  /// Takes the next step.
  /// - Returns: the link, once it is paired.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> RelayLink? {
    switch state {
    case .dialling(var connector):
      guard let dialled = try connector.step(set, now: now) else {
        state = .dialling(connector)
        return nil
      }
      let address = dialled.address
      state = .joining(RelayLink(dialled.takeSocket(), to: address, room, side: side, pass: pass, now: now))
      return nil
    case .joining(let link): return try link.step(now: now) ? link : nil
    }
  }

  /// Notes that the network may have changed: a try gets little more time.
  mutating func networkChanged(now: Instant) {
    guard case .dialling(var connector) = state else { return }
    connector.networkChanged(now: now)
    state = .dialling(connector)
  }
}
