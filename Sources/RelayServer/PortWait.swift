import Glibc
import RelayCore
import Sockets

/// Waits for a port that another program has: a relay that was asked to end leaves its own within its drain delay.
///
/// Two relays never listen on one port at once, as the guests of a room would come to the one or the other by chance.
/// So a successor tries until the port is left. It cannot know who has it; a port that is not left in time is taken.
struct PortWait {
  private let until: Duration
  private let seconds: Int64
  /// Whether nothing is to be reported, or it was.
  private var isQuiet: Bool

  /// The predecessor's drain delay is taken to be as long as this relay's own.
  init(_ settings: RelaySettings) {
    isQuiet = settings.policy.verbosity < 0
    let time = settings.announceTime + RelayLimits.portWait
    seconds = time.components.seconds
    until = MonotonicClock.now() + time
  }

  /// Listens, and tries again for as long as the port is taken.
  /// - Throws: the last failure, or one of the kind ``RelayStartFailure/Kind/askedToEnd`` when a signal asks the relay
  ///   to end meanwhile.
  mutating func listen(
    _ signals: borrowing SignalSource, _ listen: () throws(RelayStartFailure) -> Listener
  ) throws(RelayStartFailure) -> Listener {
    while true {
      do throws(RelayStartFailure) { return try listen() } catch {
        guard error.isAddressTaken, MonotonicClock.now() < until else { throw error }
        if !isQuiet {
          // There is no journal yet.
          StandardError.write(
            "tincan relay: another program has the port; waiting up to \(seconds) s for it to leave\n")
          isQuiet = true
        }
      }
      try pause(signals)
    }
  }

  private func pause(_ signals: borrowing SignalSource) throws(RelayStartFailure) {
    let hadTerminal = ControllingTerminal.isThere
    var set = PollSet()
    set.watch(signals.number, for: .reading)
    do throws(SystemError) { try set.wait(atMost: RelayLimits.portTryInterval) } catch {
      throw Relay.cannotStart(error)
    }
    while let signal = signals.next() {
      if Housekeeping.request(of: signal, hadTerminal) != nil {
        throw RelayStartFailure(.askedToEnd, "asked to end while another program had the port")
      }
    }
  }
}
