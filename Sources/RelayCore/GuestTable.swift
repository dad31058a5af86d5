import Basics
import ChatProtocol

/// Every guest of one thread of a relay: the one place that knows what state a guest is in, and what is owed to it.
///
/// The owner has sockets, and a number for each, its *slot*, which is free again once the guest was closed. It reports
/// what happens to a socket and performs the ``Action``s that are queued here, in their order. It decides nothing.
///
/// ```
///   arrive ──▶ preamble ──join──▶ waiting ──▶ paired ──both ended──▶ absent
///                 │      └─────────│────────────▲ │                    ▲
///                 │                │              └──link broke──▶ lingering: the partner of a dead guest
///                 └─── refused ────┴─────────────────────────────▶ lingering: a refused guest
///
///   arriveByProxy ──▶ header ──▶ arrive              preamble ──demandProof──▶ proving ──▶ preamble
/// ```
///
/// - **header**: came from a load balancer, whose PROXY header is not whole yet. Until
///   ``RelayLimits/proxyHeaderTime`` is over.
/// - **preamble**: has not sent its whole first line. Until ``Times/preamble`` is over.
/// - **proving**: was asked to prove that it has the relay's pass, and has not yet. Until the time of its preamble is
///   over.
/// - **waiting**: alone in a room, until ``Times/room`` is over. It is sent WAIT at once and at every
///   ``PreambleLimits/waitInterval``. One room has no name: plain guests are paired there in the order they arrive.
///   They are sent nothing.
/// - **paired**: two in a room, until their ``Splice`` ends, or they meet one of the operator's ``PairLimits``. Without
///   limits they have no deadline: how long people talk is their affair. If the first guest has no side, its kernel has
///   to acknowledge `PAIRED 1` before the second is told; or the second waits in its place.
/// - **lingering**: ``LingeringClose`` says how long. The number of refused guests is bounded: for one too many, the
///   oldest is closed.
///
/// Two are paired only in the same room, and a third is refused for as long as both are there. A guest that brings the
/// side of one that is there already takes its place: a waiting one is closed, and a pair is ended, so that its partner
/// joins again. While the table drains, every guest that is not paired is refused, and so is each that arrives; pairs
/// go on.
///
/// Each state is counted by an ``Admission``, which all threads share: it is passed to every call that can change a
/// state, so that the two never differ.
///
/// Invariants: a waiting guest is in the room table under its room, and no other guest is; the two of a pair name the
/// same pair; every guest but the paired has a deadline; the deadlines of a pair's limits end with the pair. A new
/// state needs an entry in the simulation's checks.
public struct GuestTable: Sendable {
  /// A guest's number, chosen by the owner of its socket.
  public typealias Slot = Int

  /// The times that an operator decides.
  public struct Times: Equatable, Sendable {
    /// From arrival to a whole JOIN.
    public var preamble: Duration
    /// Alone in a room; nil for no bound.
    public var room: Duration?

    /// Both times; the defaults are those of ``RelayLimits``.
    public init(preamble: Duration = RelayLimits.preambleTime, room: Duration? = RelayLimits.roomTime) {
      self.preamble = preamble
      self.room = room
    }
  }

  /// The facts about a guest that are known when it arrives.
  public struct Origin: Equatable, Sendable {
    /// The address it comes from. Nil if nothing is counted for one: a guest of a socket file has none, and a trusted
    /// one is not bounded.
    public var source: NetworkAddress?
    /// Whether the operator denies its address.
    public var isDenied: Bool
    /// Whether it came to the port without a preamble.
    public var isPlain: Bool
    /// Whether the guest's kernel acknowledges bytes that the guest has not read. True for TCP. On a socket file only
    /// the program itself takes bytes, and may rest for as long as it likes.
    public var acknowledges: Bool

    /// The defaults are those of a guest that came over TCP to the port for rooms, and is not denied.
    public init(source: NetworkAddress?, isDenied: Bool = false, isPlain: Bool = false, acknowledges: Bool = true) {
      self.source = source
      self.isDenied = isDenied
      self.isPlain = isPlain
      self.acknowledges = acknowledges
    }
  }

  /// The owner's task for a guest.
  public enum Action: Equatable, Sendable {
    /// Send these bytes, after what waits already.
    case send(Slot, [UInt8])
    /// Pass on to one guest what the other sends.
    case carry(from: Slot, to: Slot)
    /// Do not read this guest any more.
    case stopCarrying(from: Slot)
    /// Announce the end of our direction: nothing waits for this guest.
    case announceEnd(to: Slot)
    /// Ask the kernel what this guest has not taken, and report it with
    /// ``GuestTable/counted(_:unsent:unacknowledged:now:_:)``.
    case countUnacknowledged(Slot)
    /// Close the link; its slot is free.
    case close(Slot, Ending)
    /// For the journal and the metrics: a guest is told no.
    case refused(Slot, Refusal)
    /// For the journal: a guest's machine does not answer any more.
    case vanished(Slot)
    /// - waited: how long the first guest was alone in the room.
    case pairOpened(PairFacts, waited: Duration)
    /// The owner knows how much was carried.
    case pairEnded(PairFacts, PairOutcome, after: Duration)
    /// Report what a pair has carried so far with ``GuestTable/carried(_:by:now:_:)``.
    case countCarried(PairFacts)
    /// Go on with both guests of a pair that was paused.
    case resume(PairFacts)
  }

  /// How a guest sees its link end.
  public enum Ending: Equatable, Sendable {
    /// It still gets the bytes that were sent to it, and then an end.
    case orderly
    /// A reset, so that nobody takes a break for a goodbye.
    case reset
  }

  /// A pair, for those who report it.
  public struct PairFacts: Equatable, Sendable {
    /// Of the guest that was there first.
    public let first: Slot
    /// Of its partner.
    public let second: Slot
  }

  /// The meaning of a guest's bytes for its owner.
  public enum Reading: Equatable, Sendable {
    /// They are not read: there is no guest, or nobody wants them now.
    case nothing
    /// They are not read, and the end of them is a reason to leave, whatever was sent before.
    case end
    /// They are for ``GuestTable/receivedHeader(_:from:now:_:)``, and no more than so many are read at a time: what
    /// follows is not the header's.
    case header(atMost: Int)
    /// They are for ``GuestTable/receivedProof(_:from:now:_:)``, one line and a byte at most.
    case proof
    /// They are for ``GuestTable/received(_:from:now:_:)``, one line and a byte at most.
    case line
    /// They are passed on as the last ``Action/carry(from:to:)`` said.
    case carried
    /// They are read, reported with ``GuestTable/discarded(_:from:now:_:)`` and forgotten.
    case discarded
  }

  // MARK: Storage

  enum State: Sendable {
    case absent
    indirect case header(ProxyHeaderDecoder)
    case preamble(JoinDecoder)
    indirect case proving(Proving)
    indirect case waiting(Waiting)
    case paired(PairIndex, PairPosition)
    indirect case lingering(Lingering)
  }

  struct Waiting: Sendable {
    /// nil for the room without a name.
    var request: JoinRequest?
    var since: Instant
    /// The time at which nobody will have come; nil is never.
    var until: Instant?
  }

  struct Lingering: Sendable {
    var close: LingeringClose
    var ending: Ending
    /// A refused guest is no longer counted.
    var isRefused: Bool
    /// Whether our end was announced to it before.
    var wasAnnouncedEnd = false
  }

  typealias PairIndex = Int32

  struct Pair: Sendable {
    var splice = Splice()
    let room: RoomName?
    let first: Int32
    let second: Int32
    let firstSide: RelaySide?
    let secondSide: RelaySide?
    let opened: Instant

    func slot(_ position: PairPosition) -> Slot { Int(position == .first ? first : second) }
    /// The one of the two that has this side.
    func position(of side: RelaySide) -> PairPosition? {
      if firstSide == side { return .first }
      return secondSide == side ? .second : nil
    }
    var facts: PairFacts { PairFacts(first: Int(first), second: Int(second)) }
  }

  /// The wait of a pair whose first guest cannot be known again.
  struct Confirmation: Sendable {
    /// The time at which the first guest is dropped.
    let by: Instant
    /// How long the first guest was alone in the room.
    let waited: Duration
    /// How long until its kernel is asked again.
    var delay: Duration
  }

  /// The guests in a room with a name.
  enum Occupants: Sendable {
    case one(Int32)
    case two(PairIndex)
  }

  private struct Entry: Sendable {
    var state: State
    var origin: Origin
  }

  /// A change holds for guests that arrive or wait from now on.
  public var times: Times
  /// A change holds for pairs that are joined from now on.
  public var limits: PairLimits
  let refusedMax: Int
  private var entries: [Entry] = []
  var rooms: [RoomName: Occupants] = [:]
  /// The guest that waits in the room without a name.
  var plainWaiting: Slot?
  var pairs: [Pair?] = []
  var freePairs: [PairIndex] = []
  /// Of pairs whose first guest has yet to acknowledge `PAIRED 1`.
  var confirmations: [PairIndex: Confirmation] = [:]
  /// Of pairs whose time is limited.
  var watches: [PairIndex: PairWatch] = [:]
  var deadlines = DeadlineHeap()
  /// Of refused guests: the nearest is the one that was refused first, as all have as long.
  var refusedDeadlines = DeadlineHeap()
  private var actions: [Action] = []
  private var actionsTaken = 0
  /// Whether every guest is refused that is not paired.
  public internal(set) var isDraining = false

  /// - Parameter refusedMax: how many refused guests may linger at a time.
  public init(
    times: Times = Times(), limits: PairLimits = PairLimits(), refusedMax: Int = RelayLimits.refusedMax
  ) {
    self.times = times
    self.limits = limits
    self.refusedMax = refusedMax
  }

  // MARK: What the owner asks

  /// The next thing to do; nil when all is done.
  public mutating func nextAction() -> Action? {
    guard actionsTaken < actions.count else {
      actions.removeAll(keepingCapacity: true)
      actionsTaken = 0
      return nil
    }
    defer { actionsTaken += 1 }
    return actions[actionsTaken]
  }

  /// The time at which ``expire(now:_:)`` is due.
  public var deadline: Instant? { nearest(deadlines.first?.due, refusedDeadlines.first?.due) }

  /// The use of a guest's bytes.
  public func reading(of slot: Slot) -> Reading {
    switch state(of: slot) {
    case .absent: .nothing
    case .header(let decoder): .header(atMost: decoder.bytesWanted)
    case .preamble: .line
    case .proving: .proof
    // A plain guest may send before its partner is there; its bytes are read when it is.
    case .waiting(let waiting): waiting.request == nil ? .end : .line
    case .paired(let index, let position):
      if confirmations[index] == nil { .carried } else { position == .first ? .nothing : .line }
    case .lingering(let lingering): lingering.close.discardsReceived ? .discarded : .nothing
    }
  }

  /// Whether a guest lingers. Its unsent bytes are to be reported after each change of its readiness then.
  public func isLingering(_ slot: Slot) -> Bool { if case .lingering = state(of: slot) { true } else { false } }

  /// Whether a guest came to the port without a preamble.
  public func isPlain(_ slot: Slot) -> Bool { origin(of: slot).isPlain }

  /// Whether a guest is one of a pair.
  public func isPaired(_ slot: Slot) -> Bool { if case .paired = state(of: slot) { true } else { false } }

  /// How a guest is to see its link end if the relay ends now.
  public func ending(of slot: Slot) -> Ending {
    switch state(of: slot) {
    case .absent, .header, .preamble, .proving, .waiting: .orderly
    case .paired: .reset
    case .lingering(let lingering): lingering.ending
    }
  }

  /// Refused guests that linger.
  public var refusedCount: Int { refusedDeadlines.count }

  // MARK: What all topics use

  func state(of slot: Slot) -> State { slot < entries.count ? entries[slot].state : .absent }

  func origin(of slot: Slot) -> Origin { entries[slot].origin }

  /// Changes a guest's state, and what it is counted as: the one place where either changes.
  mutating func set(_ slot: Slot, to state: State, _ admission: inout Admission) {
    admission.move(entries[slot].origin.source, from: entries[slot].state.stage, to: state.stage)
    entries[slot].state = state
  }

  /// Changes a guest's state where what it is counted as stays, or is another thread's affair.
  mutating func setUncounted(_ slot: Slot, to state: State) { entries[slot].state = state }

  /// Stores a new guest under its slot.
  mutating func enter(_ slot: Slot, _ origin: Origin) {
    precondition(slot >= 0 && slot < Int(Int32.max))
    while entries.count <= slot { entries.append(Entry(state: .absent, origin: Origin(source: nil))) }
    entries[slot].origin = origin
  }

  /// Queues an action for the owner.
  mutating func order(_ action: Action) { actions.append(action) }

  var slots: Range<Slot> { 0..<entries.count }
}

extension GuestTable.State {
  /// The count in which a guest in this state is; nil when it is in none.
  var stage: Admission.Stage? {
    switch self {
    case .absent: nil
    case .header, .preamble, .proving: .preamble
    case .waiting: .waiting
    case .paired: .paired
    case .lingering(let lingering): lingering.isRefused ? nil : .paired
    }
  }
}
