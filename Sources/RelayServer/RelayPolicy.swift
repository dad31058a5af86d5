import PeerSecurity
import RelayCore

/// The settings that may change while a relay runs: what SIGHUP reads anew.
///
/// Each thread that carries has a copy, so that none waits for another, and gets a new one with each change.
public struct RelayPolicy: Sendable {
  /// How many guests it admits.
  public var bounds: Admission.Bounds
  /// The addresses that it trusts and those that it denies.
  public var access: AccessList
  /// The connections that have to begin with a PROXY header.
  public var proxies: ProxyList
  /// The passes of which a guest has to prove one; none if it need not.
  public var passes: [RelayPass]
  /// How long guests may take.
  public var times: GuestTable.Times
  /// The limits of a pair.
  public var pairLimits: PairLimits
  /// How the journal is written.
  public var journal: JournalStyle
  /// How long newcomers are still let in once it was asked to end, while the health check says no; nil for so long
  /// that a load balancer notices, and not at all where nobody can ask.
  public var drainDelay: Duration?
  /// How long pairs may go on after that.
  public var drainTime: Duration
  /// -1: only what went wrong; 0: a line for each pair; 1: also when one is joined, and refusals.
  public var verbosity: Int

  /// A value that is not given has its default of ``RelayLimits``, or is not wanted.
  public init(
    bounds: Admission.Bounds, access: AccessList = AccessList(), proxies: ProxyList = ProxyList(),
    passes: [RelayPass] = [], times: GuestTable.Times = GuestTable.Times(), pairLimits: PairLimits = PairLimits(),
    journal: JournalStyle = JournalStyle(), drainDelay: Duration? = nil, drainTime: Duration = RelayLimits.drainTime,
    verbosity: Int = 0
  ) {
    self.bounds = bounds
    self.access = access
    self.proxies = proxies
    self.passes = passes
    self.times = times
    self.pairLimits = pairLimits
    self.journal = journal
    self.drainDelay = drainDelay
    self.drainTime = drainTime
    self.verbosity = verbosity
  }
}
