import Basics
import ChatProtocol

/// The rooms of a relay (or of one thread of it), and who is in them.
///
/// A guest is a small number its owner chose, free to be used again once the guest has left.
///
/// ```
///   arrive ──▶ preamble ──join──▶ waiting ──▶ paired ──▶ (gone)
///                 │      └─────────│────────────▲ │
///                 └───── refused ──┴──▶ parting   └──partner left──▶ surviving
/// ```
///
/// - **preamble**: has not said its whole first line. Until ``Times/preamble`` is over.
/// - **waiting**: alone in a room. Is told so at once and at every beat, until ``Times/room`` is over. There is one room
///   without a name, where plain guests are joined in the order they arrive; they are told nothing.
/// - **paired**: two in a room. They have no deadline: how long people talk is their affair.
/// - **surviving**: its partner is gone. It is looked at again and again, for as long as its owner finds that it still takes what it
///   was sent.
/// - **parting**: was told to go, and has some time to take that. Their number is bounded: one too many, and the one who took longest
///   is closed.
///
/// Two are never joined but by the same room, and a room never holds three: a third is refused for as long as both are there. When one
/// of a pair leaves, the room is free and the other is surviving.
///
/// Once draining, whoever is not paired is told to go, and so is everybody who comes; the pairs go on.
///
/// Invariants: a guest that waits is in the table under its room, and nobody else is; a paired guest's partner is paired with
/// it; everybody but the paired has a deadline. Whoever adds a standing also edits the simulation's checks.
public struct Rooms: Sendable {
  public typealias Guest = Int

  /// What an operator decides.
  public struct Times: Equatable, Sendable {
    /// From arrival to a whole JOIN.
    public var preamble: Duration
    /// Alone in a room; nil for as long as it likes.
    public var room: Duration?

    public init(preamble: Duration = RelayLimits.preambleTime, room: Duration? = RelayLimits.roomTime) {
      self.preamble = preamble
      self.room = room
    }
  }

  public enum Standing: Equatable, Sendable {
    case absent, preamble, waiting
    case paired(with: Guest)
    case surviving, parting
  }

  /// What the owner of the links is to do, in this order.
  public enum Action: Equatable, Sendable {
    case tell(Guest, RelayReply)
    /// From now on what one sends goes to the other.
    case pair(first: Guest, second: Guest)
    /// Tell why, announce the end, and throw away what still comes, until it closes or ``close(_:)`` is due.
    /// - standing: where it stood before.
    case turnAway(Guest, Refusal, from: Standing)
    /// Its time is over: let go of its link and tell ``Rooms/leave(_:now:)``.
    case close(Guest)
    /// Look whether a survivor still takes what it was sent: ``Rooms/lookAgain(_:now:)`` if so, else let go of it.
    case look(Guest)
  }

  private enum Place: Sendable {
    case absent
    case preamble(JoinDecoder)
    /// - until: when nobody will have come; nil is never.
    case waiting(RoomName?, until: Int64?)
    case paired(with: Int32, RoomName?)
    case surviving
    case parting
  }

  /// Who is in a room with a name.
  private enum Occupants: Sendable {
    case one(Int32)
    case two
  }

  private let times: Times
  private let partingsMax: Int
  private var places: [Place] = []
  private var rooms: [RoomName: Occupants] = [:]
  /// Who waits in the room without a name.
  private var plainWaiting: Guest?
  private var deadlines = DeadlineHeap()
  /// Of those who are parting: the nearest is the one who took longest, as all have as long.
  private var partings = DeadlineHeap()
  public private(set) var isDraining = false

  public init(times: Times = Times(), partingsMax: Int = RelayLimits.partingsMax) {
    self.times = times
    self.partingsMax = partingsMax
  }

  // MARK: What the owner asks

  /// When ``expire(now:)`` is due.
  public var deadline: Instant? {
    guard let one = deadlines.first?.due else { return partings.first?.due }
    guard let other = partings.first?.due else { return one }
    return min(one, other)
  }

  public func standing(of guest: Guest) -> Standing {
    guard guest < places.count else { return .absent }
    switch places[guest] {
    case .absent: return .absent
    case .preamble: return .preamble
    case .waiting: return .waiting
    case .paired(let partner, _): return .paired(with: Int(partner))
    case .surviving: return .surviving
    case .parting: return .parting
    }
  }

  /// Rooms with somebody in them, the one without a name left out.
  public var count: Int { rooms.count }

  // MARK: What the owner tells

  /// A guest came who will say which room it wants.
  public mutating func arrive(_ guest: Guest, now: Instant) -> [Action] {
    enter(guest)
    places[guest] = .preamble(JoinDecoder())
    if isDraining { return turnAway(guest, .draining, now: now) }
    deadlines.set(now + times.preamble, for: guest)
    return []
  }

  /// Bytes came from a guest who is not paired.
  /// - Returns: the room it wants, when they complete its first line: ``join(_:_:now:mayWait:)`` is next, here or
  ///   where that room is.
  public mutating func received(
    _ bytes: ArraySlice<UInt8>, from guest: Guest, now: Instant
  ) -> (room: RoomName?, actions: [Action]) {
    switch places[guest] {
    case .preamble(var decoder):
      // Out of the table while it changes, so that its bytes are not copied.
      places[guest] = .absent
      let step = decoder.take(bytes)
      places[guest] = .preamble(decoder)
      switch step {
      case .incomplete: return (nil, [])
      case .refused(let refusal): return (nil, turnAway(guest, refusal, now: now))
      case .join(let room): return (room, [])
      }
    case .waiting: return (nil, turnAway(guest, .spokeTooEarly, now: now))
    case .absent, .paired, .surviving, .parting: preconditionFailure("only who is not paired speaks to the relay")
    }
  }

  /// A guest in its preamble, or one that just came from elsewhere, enters a room.
  /// - Parameters:
  ///   - room: nil for the one without a name.
  ///   - mayWait: asked when it would be the first; a refusal turns it away.
  public mutating func join(
    _ guest: Guest, _ room: RoomName?, now: Instant, mayWait: () -> Refusal?
  ) -> [Action] {
    enter(guest)
    if case .absent = places[guest] { places[guest] = .preamble(JoinDecoder()) }
    guard case .preamble = places[guest] else { preconditionFailure("who joins is not in a room") }
    if isDraining { return turnAway(guest, .draining, now: now) }
    let first: Guest?
    if let room {
      switch rooms[room] {
      case .two: return turnAway(guest, .full, now: now)
      case .one(let waiting): first = Int(waiting)
      case nil: first = nil
      }
    } else {
      first = plainWaiting
    }
    guard let first else {
      if let refusal = mayWait() { return turnAway(guest, refusal, now: now) }
      return wait(guest, room, now)
    }
    if let room { rooms[room] = .two } else { plainWaiting = nil }
    places[first] = .paired(with: Int32(guest), room)
    places[guest] = .paired(with: Int32(first), room)
    deadlines.set(nil, for: first)
    deadlines.set(nil, for: guest)
    let told: [Action] = room == nil ? [] : [.tell(first, .paired(place: 1)), .tell(guest, .paired(place: 2))]
    return told + [.pair(first: first, second: guest)]
  }

  /// Refuses a guest: one who is here, or who just came to the door.
  public mutating func turnAway(_ guest: Guest, _ refusal: Refusal, now: Instant) -> [Action] {
    enter(guest)
    let before = standing(of: guest)
    vacate(guest)
    places[guest] = .parting
    partings.set(now + RelayLimits.partingTime, for: guest)
    let actions = [Action.turnAway(guest, refusal, from: before)]
    guard partings.count > partingsMax, let longest = partings.first?.owner else { return actions }
    partings.set(nil, for: longest)
    return actions + [.close(longest)]
  }

  /// A survivor still takes what it was sent: it is to be looked at again in a while.
  public mutating func lookAgain(_ guest: Guest, now: Instant) {
    guard case .surviving = places[guest] else { preconditionFailure("only survivors are looked at") }
    deadlines.set(now + RelayLimits.survivorLook, for: guest)
  }

  /// A guest's link is gone, or its owner lets go of it. Its partner, if it had one, is surviving now.
  public mutating func leave(_ guest: Guest, now: Instant) {
    let before = standing(of: guest)
    vacate(guest)
    guard case .paired(let partner) = before else { return }
    places[partner] = .surviving
    deadlines.set(now + RelayLimits.survivorLook, for: partner)
  }

  /// The time of ``deadline`` has come.
  public mutating func expire(now: Instant) -> [Action] {
    var actions: [Action] = []
    while let (due, guest) = deadlines.first, due <= now {
      switch places[guest] {
      case .preamble: actions += turnAway(guest, .silent, now: now)
      case .waiting(let room, let until):
        if let until, until <= now.milliseconds {
          actions += turnAway(guest, .nobodyCame, now: now)
        } else {
          setBeat(guest, until: until, now)
          if room != nil { actions.append(.tell(guest, .wait)) }
        }
      case .surviving:
        deadlines.set(nil, for: guest)
        actions.append(.look(guest))
      case .absent, .paired, .parting: preconditionFailure("they have no deadline here")
      }
    }
    while let (due, guest) = partings.first, due <= now {
      partings.set(nil, for: guest)
      actions.append(.close(guest))
    }
    return actions
  }

  /// From now on nobody is let into a room, and who waits is told to go.
  public mutating func drain(now: Instant) -> [Action] {
    isDraining = true
    var actions: [Action] = []
    for guest in places.indices {
      switch places[guest] {
      case .preamble, .waiting: actions += turnAway(guest, .draining, now: now)
      case .absent, .paired, .surviving, .parting: break
      }
    }
    return actions
  }

  // MARK: Moves

  private mutating func enter(_ guest: Guest) {
    precondition(guest >= 0 && guest < Int(Int32.max))
    while places.count <= guest { places.append(.absent) }
  }

  private mutating func wait(_ guest: Guest, _ room: RoomName?, _ now: Instant) -> [Action] {
    let until = times.room.map { (now + $0).milliseconds }
    places[guest] = .waiting(room, until: until)
    if let room { rooms[room] = .one(Int32(guest)) } else { plainWaiting = guest }
    setBeat(guest, until: until, now)
    return room == nil ? [] : [.tell(guest, .wait)]
  }

  private mutating func setBeat(_ guest: Guest, until: Int64?, _ now: Instant) {
    let beat = now + PreambleLimits.waitInterval
    deadlines.set(until.map { min(beat, Instant(milliseconds: $0)) } ?? beat, for: guest)
  }

  /// Takes a guest out of wherever it is.
  private mutating func vacate(_ guest: Guest) {
    switch places[guest] {
    case .absent: break
    case .preamble: deadlines.set(nil, for: guest)
    case .waiting(let room, _):
      deadlines.set(nil, for: guest)
      if let room { rooms[room] = nil } else { plainWaiting = nil }
    case .paired(_, let room):
      // Whoever of the two goes first frees the room; the other is surviving and has none.
      if let room { rooms[room] = nil }
    case .surviving: deadlines.set(nil, for: guest)
    case .parting: partings.set(nil, for: guest)
    }
    places[guest] = .absent
  }
}

extension Instant {
  // A table of thousands keeps times in eight bytes rather than sixteen.
  fileprivate var milliseconds: Int64 {
    let (seconds, attoseconds) = sinceOrigin.components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
  fileprivate init(milliseconds: Int64) { self.init(sinceOrigin: .milliseconds(milliseconds)) }
}
