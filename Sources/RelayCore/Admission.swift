import Basics
import ChatProtocol

/// Where a guest comes from, for bounds on each: an IPv4 address, or the /64 network of an IPv6 address, which is what one
/// household gets (RFC 6177): a bound on single addresses there would bound nobody.
public struct Source: Hashable, Sendable {
  public let high: UInt64
  public let low: UInt64
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// Who may come in: counts the guests of a whole relay against its bounds.
///
/// Each guest moves through three standings, each counted here, in this order or out at any point:
///
/// ```
///   arrive ──▶ unpaired ──wait──▶ waiting ──pair──▶ paired ──▶ depart
///                 └───────────────────────pair──────▲
/// ```
///
/// The rate of a source is bounded by the generic cell rate algorithm (ITU-T I.371): each source has a time at which it
/// would have used up what it may; a minute's worth may come at once. A refused try does not count, so who keeps trying
/// is let in as soon as who waits.
///
/// A source that is not known, such as a socket file's, is not bounded.
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

  public enum Standing: Sendable { case unpaired, waiting, paired }

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
  /// Guests that are neither: some may be the partners of those who wait.
  private var unpaired = 0

  public init(_ bounds: Bounds) { self.bounds = bounds }

  /// Sources remembered.
  public var sources: Int { accounts.count }

  /// Somebody comes to the door.
  /// - Returns: nil when it is let in, and counted as ``Standing/unpaired``.
  public mutating func arrive(from source: Source?, now: Instant) -> Refusal? {
    if bounds.guests > 0, guests >= bounds.guests { return .tooManyGuests }
    if let source, bounds.joinsPerMinute > 0 || bounds.waitingPerSource > 0 {
      if accounts.count >= sweepAt { sweep(now) }
      var account = accounts[source] ?? Account(clearAt: now)
      if bounds.waitingPerSource > 0, account.unpaired >= bounds.waitingPerSource { return .tooManyFromSource }
      if bounds.joinsPerMinute > 0 {
        let share = Duration.seconds(60) / bounds.joinsPerMinute
        let clearAt = max(account.clearAt, now) + share
        // Sixty seconds divided are not always sixty when summed up again.
        guard clearAt - now <= .seconds(60) + .milliseconds(1) else { return .tooOftenFromSource }
        account.clearAt = clearAt
      }
      account.unpaired += 1
      accounts[source] = account
    }
    guests += 1
    unpaired += 1
    return nil
  }

  /// A guest wants to be the first of a room. Waiting is of use only where the partner is here already, or there is room for it.
  /// - Returns: nil when it may wait, and is counted as ``Standing/waiting``.
  public mutating func wait() -> Refusal? {
    if bounds.guests > 0, waiting + 1 > bounds.guests - guests + unpaired - 1 { return .tooManyWaiting }
    if bounds.waiting > 0, waiting >= bounds.waiting { return .tooManyWaiting }
    waiting += 1
    unpaired -= 1
    return nil
  }

  /// A waiting guest and one who just came are joined.
  public mutating func pair(_ first: Source?, _ second: Source?) {
    waiting -= 1
    unpaired -= 1
    settle(first)
    settle(second)
  }

  /// A guest leaves, or is told to.
  public mutating func depart(from source: Source?, as standing: Standing) {
    guests -= 1
    switch standing {
    case .unpaired: unpaired -= 1
    case .waiting: waiting -= 1
    case .paired: break
    }
    if standing != .paired { settle(source) }
    assert(unpaired >= 0 && waiting >= 0 && guests >= unpaired + waiting)
  }

  /// One of a source's guests is no longer without a partner.
  private mutating func settle(_ source: Source?) {
    guard let source, var account = accounts.removeValue(forKey: source) else { return }
    account.unpaired -= 1
    assert(account.unpaired >= 0)
    if account.unpaired > 0 || bounds.joinsPerMinute > 0 { accounts[source] = account }
  }

  /// Forgets the sources there is nothing to remember of; beyond the bound, also those with nothing but a rate.
  private mutating func sweep(_ now: Instant) {
    accounts = accounts.filter { $0.value.unpaired > 0 || $0.value.clearAt > now }
    if accounts.count >= RelayLimits.sourcesMax { accounts = accounts.filter { $0.value.unpaired > 0 } }
    sweepAt = min(max(1024, accounts.count * 2), max(RelayLimits.sourcesMax, accounts.count + 1024))
  }
}
