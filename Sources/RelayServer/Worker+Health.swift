import Basics
import RelayCore
import Sockets

// Finding guests whose machine has vanished, while bytes are on their way to it or its window is closed.
//
// The kernel's keepalive covers a link that is idle. One with bytes in flight it gives up after a quarter of an hour
// (tcp(7), tcp_retries2), and one with a closed window never, as long as probes are answered. The counts of
// the kernel tell a vanished machine from one that merely does not read. It reports none of them, so it is asked.
extension Worker {
  /// Whether a guest's machine has answered nothing for too long.
  func hasVanished(_ slot: Int) -> Bool {
    guard slot < guests.count, let guest = guests[slot], !guest.isReleased else { return false }
    return guest.link.socket.health?.isVanished(after: RelayLimits.vanishedTime) ?? false
  }

  /// Asks about some of the guests, so that all have their turn within ``RelayLimits/healthCheckRounds`` calls.
  func checkHealthOfSome() {
    healthCheckAt = hasGuests ? now + RelayLimits.healthCheckInterval : nil
    healthCheckRound = (healthCheckRound + 1) % RelayLimits.healthCheckRounds
    for slot in stride(from: healthCheckRound, to: guests.count, by: RelayLimits.healthCheckRounds)
    where table.isPaired(slot) && hasVanished(slot) {
      record(.vanished(slot))
      withTable { $0.handle(.lost, of: slot, because: .vanished, now: now, &$1) }
    }
  }
}
