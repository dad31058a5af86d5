import Basics
import ChatProtocol
import TestSupport

/// Two ends and some relays on a virtual clock. Each end makes its way with ``RelayChoice``; the relays and the network
/// are as simple as that allows. One seed decides everything.
struct MeetingWorld {
  /// A message of a relay to an end.
  private enum Reachability {
    /// All, each byte after this time.
    case up(delay: Duration)
    case refusing(delay: Duration)
    /// An error, as a relay sends it that is full or is being stopped.
    case unwilling(delay: Duration)
    /// Nothing at all.
    case silent
  }

  private struct End {
    var choice: RelayChoice?
    /// The links that are joining, waiting or paired, by relay. A link has a number that no other has.
    var links: [Int: Int] = [:]
    /// The pair that this end took.
    var pair: Int?
    var beginsAt: Instant?
    /// The longest pause before it begins anew.
    var pauseMax = Duration.milliseconds(100)
  }

  private struct Guest: Equatable {
    let end: Int
    let link: Int
  }

  private enum Event {
    case joined(Guest, relay: Int)
    case left(Guest, relay: Int)
    case received(Message, link: Int, end: Int, relay: Int)
  }

  private enum Message: Equatable {
    case wait
    case paired(Int)
    case failure
    case end
  }

  private var dice: Dice
  private var reach: [[Reachability]]
  private var ends = [End(), End()]
  private var waiting: [Int: Guest] = [:]
  /// The guests of each pair, by its number.
  private var pairs: [Int: (guests: [Guest], relay: Int)] = [:]
  private var events: [(at: Instant, order: Int, event: Event)] = []
  private var now = Instant(sinceOrigin: .zero)
  private var count = 0
  /// How often an end lost a pair that it had taken, because the other had taken another one.
  private(set) var crossings = 0
  /// The pair whose relay has died.
  private var deadPair: Int?

  /// - Parameter agrees: whether both ends reach the same relays.
  init(seed: UInt64, agrees: Bool = false) {
    dice = Dice(seed: seed)
    let relays = Int.random(in: 1...8, using: &dice)
    reach = []
    for end in 0...1 {
      let drawn = (0..<relays).map { _ in MeetingWorld.drawReachability(&dice) }
      reach.append(end == 1 && agrees ? reach[0] : drawn)
    }
    for end in 0...1 { ends[end].beginsAt = at(.milliseconds(Int.random(in: 0...20_000, using: &dice))) }
    // Two who begin almost together are the hardest case.
    if Bool.random(using: &dice) {
      ends[1].beginsAt = ends[0].beginsAt! + .milliseconds(Int.random(in: 0...400, using: &dice))
    }
  }

  private static func drawReachability(_ dice: inout Dice) -> Reachability {
    let delay = Duration.milliseconds([1, 5, 20, 60, 150].randomElement(using: &dice)!)
    switch Int.random(in: 0..<8, using: &dice) {
    case 0...3: return .up(delay: delay)
    case 4: return .refusing(delay: delay)
    case 5: return .unwilling(delay: delay)
    default: return .silent
    }
  }

  private func at(_ time: Duration) -> Instant { Instant(sinceOrigin: time) }

  private func isUp(_ end: Int, _ relay: Int) -> Bool { if case .up = reach[end][relay] { true } else { false } }

  /// Whether both ends reach one relay.
  var canMeet: Bool { reach[0].indices.contains { isUp(0, $0) && isUp(1, $0) } }

  /// How many relays are silent for one end.
  var silentCount: Int {
    reach.map { relays in relays.count { if case .silent = $0 { true } else { false } } }.max() ?? 0
  }

  /// Runs until both ends have taken the same pair.
  /// - Returns: the time from the instant at which both had begun; nil if they do not meet within ten minutes.
  mutating func run() -> Duration? {
    let begin = max(ends[0].beginsAt ?? now, ends[1].beginsAt ?? now)
    let limit = begin + .seconds(600)
    while now < limit {
      for end in 0...1 { choose(end) }
      if let pair = ends[0].pair, pair == ends[1].pair, pairs[pair] != nil { return now - begin }
      let next = nearest(
        events.map(\.at).min(), ends[0].beginsAt, ends[1].beginsAt, ends[0].choice?.deadline, ends[1].choice?.deadline)
      guard let next else { return nil }
      now = max(now, next)
      while let index = dueEvent() { apply(events.remove(at: index).event) }
    }
    return nil
  }

  /// The relay dies at which the two have met, for both.
  /// - Returns: whether there was one.
  mutating func killTheRelayOfThePair() -> Bool {
    guard let pair = ends[0].pair, let (guests, relay) = pairs[pair] else { return false }
    pairs[pair] = nil
    deadPair = pair
    for guest in guests {
      send(.end, to: guest, relay)
      reach[guest.end][relay] = .refusing(delay: delay(guest.end, relay))
    }
    return true
  }

  private func dueEvent() -> Int? {
    events.indices.filter { events[$0].at <= now }.min {
      (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order)
    }
  }

  private mutating func schedule(_ event: Event, after delay: Duration) {
    count += 1
    events.append((now + delay, count, event))
  }

  private func delay(_ end: Int, _ relay: Int) -> Duration {
    switch reach[end][relay] {
    case .up(let delay), .refusing(let delay), .unwilling(let delay): delay
    case .silent: .seconds(15)
    }
  }

  // MARK: An end

  private mutating func choose(_ end: Int) {
    if let begin = ends[end].beginsAt, begin <= now {
      ends[end].beginsAt = nil
      ends[end].choice = RelayChoice(of: reach[end].count, now: now)
    }
    while let relay = ends[end].choice?.next(now: now, using: &dice) {
      count += 1
      let guest = Guest(end: end, link: count)
      ends[end].links[relay] = guest.link
      switch reach[end][relay] {
      // Three ways for the connection and the first line.
      case .up(let delay): schedule(.joined(guest, relay: relay), after: delay * 3)
      case .refusing(let delay): send(.failure, to: guest, relay, after: delay * 2)
      case .unwilling(let delay): send(.failure, to: guest, relay, after: delay * 4)
      case .silent: send(.failure, to: guest, relay, after: .seconds(15))
      }
    }
  }

  private mutating func close(_ end: Int, but kept: Int? = nil) {
    for (relay, link) in ends[end].links where relay != kept {
      // The end of a link comes after its first line.
      schedule(.left(Guest(end: end, link: link), relay: relay), after: delay(end, relay) * 3)
      ends[end].links[relay] = nil
    }
  }

  private mutating func beginAnew(_ end: Int) {
    close(end)
    let pause = Int64.random(in: 0...Int64(ends[end].pauseMax / .milliseconds(1)), using: &dice)
    ends[end].beginsAt = now + .milliseconds(pause)
    ends[end].pauseMax = min(ends[end].pauseMax * 2, .seconds(30))
    (ends[end].choice, ends[end].pair) = (nil, nil)
  }

  private mutating func received(_ message: Message, _ link: Int, end: Int, relay: Int) {
    guard ends[end].links[relay] == link else { return }
    switch message {
    case .wait: ends[end].choice?.waits(at: relay, now: now, using: &dice)
    case .paired(let pair):
      close(end, but: relay)
      (ends[end].choice, ends[end].pair) = (nil, pair)
    case .failure:
      ends[end].links[relay] = nil
      ends[end].choice?.failed(at: relay, mayPass: true, now: now, using: &dice)
      if ends[end].choice?.isOver == true { beginAnew(end) }
    case .end:
      if ends[end].pair != deadPair { crossings += 1 }
      ends[end].links[relay] = nil
      beginAnew(end)
    }
  }

  // MARK: A relay

  private mutating func apply(_ event: Event) {
    switch event {
    case .received(let message, let link, let end, let relay): received(message, link, end: end, relay: relay)
    case .joined(let guest, let relay):
      guard isUp(guest.end, relay) else { return send(.failure, to: guest, relay) }
      if let first = waiting[relay], first.end != guest.end {
        waiting[relay] = nil
        count += 1
        let pair = count
        pairs[pair] = ([first, guest], relay)
        for one in [first, guest] { send(.paired(pair), to: one, relay) }
      } else {
        // One with the same side takes the place of the earlier link.
        waiting[relay] = guest
        send(.wait, to: guest, relay)
      }
    case .left(let guest, let relay):
      if waiting[relay] == guest { waiting[relay] = nil }
      for (number, pair) in pairs where pair.guests.contains(guest) {
        pairs[number] = nil
        for one in pair.guests where one != guest { send(.end, to: one, relay) }
      }
    }
  }

  /// - Parameter time: nil for the time to that guest.
  private mutating func send(_ message: Message, to guest: Guest, _ relay: Int, after time: Duration? = nil) {
    schedule(
      .received(message, link: guest.link, end: guest.end, relay: relay), after: time ?? delay(guest.end, relay))
  }
}
