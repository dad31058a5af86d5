import PeerSecurity
import RelayCore

/// The settings that a thread looks up while it carries. Each thread has a copy, so that none waits for another, and
/// gets a new one when the settings are read anew.
struct RelayPolicy: Sendable {
  let access: AccessList
  let proxies: ProxyList
  let passes: [RelayPass]
  let times: GuestTable.Times
  let limits: PairLimits
  let verbosity: Int

  init(_ settings: RelaySettings) {
    access = settings.access
    proxies = settings.proxies
    passes = settings.passes
    times = settings.times
    limits = settings.pairLimits
    verbosity = settings.verbosity
  }
}
