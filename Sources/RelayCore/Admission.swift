import Basics
import ChatProtocol

/// The admission of guests: it counts the guests of a whole relay against its bounds.
///
/// Each guest is counted in one of three stages, from ``admit(from:now:)`` to its end or refusal:
///
/// ```
///   admit ──▶ preamble ──▶ waiting ──▶ paired ──▶ (not counted)
///                └─────────────────────▲
/// ```
///
/// The rate of a source is bounded by the generic cell rate algorithm (ITU-T I.371): each source has a time at which it
/// would have used up what it may; a minute's worth may come at once. A refused try does not count, so a source that
/// keeps trying is admitted as soon as one that waits.
///
/// Every bound on a source holds for each of its ``NetworkAddress/networks``. A guest without a source, such as one of
/// a socket file, is not bounded by source.
public struct Admission: Sendable {
  /// The bounds; 0 means that there is none.
  public struct Bounds: Equatable, Sendable {
    /// Guests at a time, paired or not.
    public var guests: Int
    /// Guests alone in a room at a time.
    public var waiting: Int
    /// Connections that one source may make in a minute.
    public var connectionsPerMinute: Int
    /// Guests of one source without a partner.
    public var withoutPartnerPerSource: Int
    /// Guests of one source, paired or not.
    public var guestsPerSource: Int

    /// All bounds; 0 means that there is none.
    public init(
      guests: Int, waiting: Int, connectionsPerMinute: Int, withoutPartnerPerSource: Int, guestsPerSource: Int
    ) {
      self.guests = guests
      self.waiting = waiting
      self.connectionsPerMinute = connectionsPerMinute
      self.withoutPartnerPerSource = withoutPartnerPerSource
      self.guestsPerSource = guestsPerSource
    }
  }

  /// The count in which a guest is.
  public enum Stage: Sendable { case preamble, waiting, paired }

  private struct Account {
    /// The time at which what was used is forgotten again.
    var clearAt: Instant
    /// Guests, and those of them without a partner.
    var guests = 0
    var withoutPartner = 0
  }

  /// The bounds; a change disturbs nobody who is there.
  public var bounds: Bounds
  private var accounts: [AddressRange: Account] = [:]
  /// How many accounts there may be before the idle ones are looked for.
  private var sweepAt = 1024

  /// Guests that are counted.
  public private(set) var guests = 0
  /// Those of them that wait.
  public private(set) var waiting = 0
  /// Guests that are neither waiting nor paired: some may be the partners of those that wait.
  private var inPreamble = 0

  /// Nobody is admitted yet.
  public init(_ bounds: Bounds) { self.bounds = bounds }

  /// The number of networks that are remembered.
  public var networks: Int { accounts.count }

  /// Judges a guest that arrived, and charges its source for it.
  /// - Returns: nil when it is admitted; ``move(_:from:to:)`` counts it then.
  public mutating func admit(from source: NetworkAddress?, now: Instant) -> Refusal? {
    if bounds.guests > 0, guests >= bounds.guests { return .tooManyGuests }
    let networks = source?.networks ?? []
    for (network, share) in networks {
      guard let account = accounts[network] else { continue }
      if bounds.guestsPerSource > 0, account.guests >= bounds.guestsPerSource * share {
        return .tooManyGuestsFromSource
      }
      if bounds.withoutPartnerPerSource > 0, account.withoutPartner >= bounds.withoutPartnerPerSource * share {
        return .tooManyWithoutPartnerFromSource
      }
    }
    guard bounds.connectionsPerMinute > 0, !networks.isEmpty else { return nil }
    if accounts.count >= sweepAt { sweep(now) }
    let charged = networks.map { charge(accounts[$0.network] ?? Account(clearAt: now), $0.share, now) }
    // Sixty seconds divided are not always sixty when summed up again.
    guard charged.allSatisfy({ $0.clearAt - now <= .seconds(60) + .milliseconds(1) }) else {
      return .tooOftenFromSource
    }
    for ((network, _), account) in zip(networks, charged) { accounts[network] = account }
    return nil
  }

  private func charge(_ account: Account, _ share: Int, _ now: Instant) -> Account {
    var account = account
    account.clearAt = max(account.clearAt, now) + Duration.seconds(60) / (bounds.connectionsPerMinute * share)
    return account
  }

  /// The reason why a guest in its preamble may not be the first of a room; nil when it may. Waiting is of use only if
  /// the partner is here already, or there is room for it.
  var refusalToWait: Refusal? {
    if bounds.guests > 0, waiting + 1 > bounds.guests - guests + inPreamble - 1 { return .tooManyWaiting }
    if bounds.waiting > 0, waiting >= bounds.waiting { return .tooManyWaiting }
    return nil
  }

  /// Counts a guest as `new` that was counted as `old`; nil is not counted.
  public mutating func move(_ source: NetworkAddress?, from old: Stage?, to new: Stage?) {
    guard old != new else { return }
    count(old, -1)
    count(new, 1)
    assert(inPreamble >= 0 && waiting >= 0 && guests >= inPreamble + waiting)
    // Also while neither is bounded by source: a bound that is set later has to know who is there.
    for (network, _) in source?.networks ?? [] {
      var account = accounts[network] ?? Account(clearAt: Instant(sinceOrigin: .zero))
      account.guests += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
      account.withoutPartner += (new.isWithoutPartner ? 1 : 0) - (old.isWithoutPartner ? 1 : 0)
      assert(account.guests >= account.withoutPartner && account.withoutPartner >= 0)
      accounts[network] = account.guests > 0 || bounds.connectionsPerMinute > 0 ? account : nil
    }
  }

  private mutating func count(_ stage: Stage?, _ change: Int) {
    guard let stage else { return }
    guests += change
    switch stage {
    case .preamble: inPreamble += change
    case .waiting: waiting += change
    case .paired: break
    }
  }

  /// Forgets the networks there is nothing to remember of; beyond the bound, also those with nothing but a rate.
  private mutating func sweep(_ now: Instant) {
    accounts = accounts.filter { $0.value.guests > 0 || $0.value.clearAt > now }
    if accounts.count >= RelayLimits.networksMax { accounts = accounts.filter { $0.value.guests > 0 } }
    sweepAt = min(max(1024, accounts.count * 2), max(RelayLimits.networksMax, accounts.count + 1024))
  }
}

extension Admission.Stage? {
  /// Whether a guest is without a partner.
  fileprivate var isWithoutPartner: Bool { self == .preamble || self == .waiting }
}
