import Basics
import ChatProtocol

/// What guests are counted under: an IPv4 address, or the /64 network of an IPv6 address. One household gets a /64 at
/// least (RFC 6177), so a bound on single addresses would bound nobody.
public struct Source: Hashable, Sendable {
  public let high: UInt64
  public let low: UInt64
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// Which guests are admitted: counts the guests of a whole relay against its bounds.
///
/// Each guest is counted in one of three stages, from ``admit(from:now:)`` to its end or refusal:
///
/// ```
///   admit ──▶ unpaired ──▶ waiting ──▶ paired ──▶ (not counted)
///                └─────────────────────▲
/// ```
///
/// The rate of a source is bounded by the generic cell rate algorithm (ITU-T I.371): each source has a time at which it
/// would have used up what it may; a minute's worth may come at once. A refused try does not count, so a source that
/// keeps trying is admitted as soon as one that waits.
///
/// A guest without a source, such as one of a socket file, is not bounded by source.
public struct Admission: Sendable {
  /// The bounds; 0 means that there is none.
  public struct Bounds: Equatable, Sendable {
    public var guests: Int
    public var waiting: Int
    public var joinsPerMinute: Int
    public var waitingPerSource: Int

    public init(guests: Int, waiting: Int, joinsPerMinute: Int, waitingPerSource: Int) {
      self.guests = guests
      self.waiting = waiting
      self.joinsPerMinute = joinsPerMinute
      self.waitingPerSource = waitingPerSource
    }
  }

  /// What a guest is counted as.
  public enum Stage: Sendable { case unpaired, waiting, paired }

  private struct Account {
    /// When what was used is forgotten again.
    var clearAt: Instant
    /// Guests without a partner.
    var unpaired = 0
  }

  private let bounds: Bounds
  private var accounts: [Source: Account] = [:]
  /// How many accounts there may be before the idle ones are looked for.
  private var sweepAt = 1024

  public private(set) var guests = 0
  public private(set) var waiting = 0
  /// Guests that are neither waiting nor paired: some may be the partners of those that wait.
  private var unpaired = 0

  public init(_ bounds: Bounds) { self.bounds = bounds }

  /// Sources remembered.
  public var sources: Int { accounts.count }

  /// Judges a guest that arrived, and charges its source for it.
  /// - Returns: nil when it is admitted; ``move(_:from:to:)`` counts it then.
  public mutating func admit(from source: Source?, now: Instant) -> Refusal? {
    if bounds.guests > 0, guests >= bounds.guests { return .tooManyGuests }
    guard let source else { return nil }
    if bounds.waitingPerSource > 0, accounts[source]?.unpaired ?? 0 >= bounds.waitingPerSource {
      return .tooManyFromSource
    }
    guard bounds.joinsPerMinute > 0 else { return nil }
    if accounts.count >= sweepAt { sweep(now) }
    var account = accounts[source] ?? Account(clearAt: now)
    let clearAt = max(account.clearAt, now) + Duration.seconds(60) / bounds.joinsPerMinute
    // Sixty seconds divided are not always sixty when summed up again.
    guard clearAt - now <= .seconds(60) + .milliseconds(1) else { return .tooOftenFromSource }
    account.clearAt = clearAt
    accounts[source] = account
    return nil
  }

  /// Why an unpaired guest may not be the first of a room; nil when it may. Waiting is of use only where the partner is
  /// here already, or there is room for it.
  public var refusalToWait: Refusal? {
    if bounds.guests > 0, waiting + 1 > bounds.guests - guests + unpaired - 1 { return .tooManyWaiting }
    if bounds.waiting > 0, waiting >= bounds.waiting { return .tooManyWaiting }
    return nil
  }

  /// Counts a guest as `new` that was counted as `old`; nil is not counted.
  public mutating func move(_ source: Source?, from old: Stage?, to new: Stage?) {
    guard old != new else { return }
    count(old, -1)
    count(new, 1)
    assert(unpaired >= 0 && waiting >= 0 && guests >= unpaired + waiting)
    guard let source else { return }
    let change = (new.isAlone ? 1 : 0) - (old.isAlone ? 1 : 0)
    guard change != 0, bounds.waitingPerSource > 0 else { return }
    var account = accounts[source] ?? Account(clearAt: Instant(sinceOrigin: .zero))
    account.unpaired += change
    assert(account.unpaired >= 0)
    accounts[source] = account.unpaired > 0 || bounds.joinsPerMinute > 0 ? account : nil
  }

  private mutating func count(_ stage: Stage?, _ change: Int) {
    guard let stage else { return }
    guests += change
    switch stage {
    case .unpaired: unpaired += change
    case .waiting: waiting += change
    case .paired: break
    }
  }

  /// Forgets the sources there is nothing to remember of; beyond the bound, also those with nothing but a rate.
  private mutating func sweep(_ now: Instant) {
    accounts = accounts.filter { $0.value.unpaired > 0 || $0.value.clearAt > now }
    if accounts.count >= RelayLimits.sourcesMax { accounts = accounts.filter { $0.value.unpaired > 0 } }
    sweepAt = min(max(1024, accounts.count * 2), max(RelayLimits.sourcesMax, accounts.count + 1024))
  }
}

extension Admission.Stage? {
  /// Whether a guest is without a partner.
  fileprivate var isAlone: Bool { self == .unpaired || self == .waiting }
}
