import Basics
import ChatProtocol
import Sockets

/// Two ways at once to a peer that is known: an address, at which this end listens or which it dials, and the room at a
/// relay that only these two can derive. Nobody knows which of them the peer takes today.
///
/// A way that fails leaves the other, and the failure of the second is that of both. The first link on which the peer
/// is let in ends the tries of both; after it was lost, both are gone again.
@MainActor
struct TwoWays {
  /// That of the address, and that of the room.
  private var ways: [Reach]
  /// The failures of the ways that were given up.
  private var failures: [Failure?] = [nil, nil]
  /// Whether the way of the address must not fail.
  private let needsAddress: Bool
  private var events: [EndpointEvent] = []

  /// - Parameter needsAddress: whether the user asked for the address, so that its failure ends everything.
  init(_ address: Reach, _ room: RelayReach, needsAddress: Bool) {
    ways = [address, .relay(room)]
    self.needsAddress = needsAddress
  }

  /// The way of the address.
  var address: Reach { ways[0] }
  /// The way of the room.
  var room: Reach { ways[1] }

  /// When both ways are given up; nil without a limit.
  var giveUpAt: Instant? {
    let limits = ways.indices.filter { failures[$0] == nil }.map { ways[$0].giveUpAt }
    return limits.contains(nil) ? nil : limits.compactMap(\.self).max()
  }

  var deadline: Instant? { nearest(ways[0].deadline, ways[1].deadline) }

  func watch(in set: inout PollSet) { for way in ways { way.watch(in: &set) } }

  /// Takes the next step of both.
  mutating func step(_ set: borrowing PollSet, now: Instant) -> Reach.Outcome {
    for index in ways.indices where failures[index] == nil {
      switch ways[index].step(set, now: now) {
      case .nothing: break
      case .candidate(let candidate): return .candidate(candidate)
      case .failed(let failure): guard goesOn(without: index, after: failure) else { return .failed(failure) }
      }
    }
    return .nothing
  }

  /// Tries again after a link that was made on one of the ways failed before the peer had let this end in.
  /// - Returns: false if neither way is left, or the failure does not pass.
  mutating func tryAgain(after failure: Failure, atRelay: Bool, now: Instant) -> Bool {
    let index = atRelay ? 1 : 0
    if ways[index].tryAgain(after: failure, atRelay: atRelay, now: now) { return true }
    return failure.mayPass && goesOn(without: index, after: failure)
  }

  /// Gives one of the ways up.
  /// - Returns: whether the other is left.
  private mutating func goesOn(without index: Int, after failure: Failure) -> Bool {
    failures[index] = failure
    guard failures[1 - index] == nil, index == 1 || !needsAddress else { return false }
    events.append(TwoWays.note(failure, ofRelay: index == 1))
    return true
  }

  /// The sentence about a way that was given up.
  static func note(_ failure: Failure, ofRelay isRelay: Bool) -> EndpointEvent {
    .note("\(failure.report.problem); going on \(isRelay ? "without" : "at") the relay")
  }

  mutating func again(wasUseful: Bool, now: Instant) {
    failures = [nil, nil]
    for index in ways.indices { ways[index].again(wasUseful: wasUseful, now: now) }
  }

  mutating func reconnect(wasUseful: Bool, now: Instant) {
    failures = [nil, nil]
    for index in ways.indices { ways[index].reconnect(wasUseful: wasUseful, now: now) }
  }

  mutating func stop() { for index in ways.indices { ways[index].stop() } }

  mutating func networkChanged(now: Instant) { for index in ways.indices { ways[index].networkChanged(now: now) } }

  mutating func takeEvents() -> [EndpointEvent] {
    ways[0].takeEvents() + ways[1].takeEvents() + events.takeAll()
  }
}
