import ChatProtocol
import RelayCore
import Sockets

/// A relay's report of itself. Nothing in it names a room or a guest.
struct MetricsPage {
  private var page = MetricsText()
  private let counters: [Counters]

  /// The page as things are now.
  init(of housekeeping: Housekeeping) {
    let (context, settings) = (housekeeping.context, housekeeping.settings)
    let isDraining = housekeeping.ending.isEnding
    counters = context.counters
    let (guests, waiting, networks) = context.admission.withLock { ($0.guests, $0.waiting, $0.networks) }
    // The ends first: a pair that opens and ends meanwhile is not to be counted as less than none.
    let ends = PairOutcome.allCases.map { outcome in (outcome, sum { $0.pairsEnded(outcome) }) }
    let opened = sum(\.pairsOpened)
    gauge("guests", "Guests here, refused ones left out.", guests)
    gauge("waiting", "Guests alone in a room.", waiting)
    gauge("pairs", "Joined pairs.", opened - ends.reduce(0) { $0 + $1.1 })
    gauge("lingering", "Refused guests that are not closed yet.", sum(\.refusedLingering))
    gauge("sources", "Networks remembered for the bounds on each.", networks)
    gauge("parked_bytes", "Bytes that wait for slow readers.", sum(\.parkedBytes))
    gauge("parked_memory_bytes", "Memory that these bytes take.", sum(\.parkedMemory))
    gauge("draining", "1 once it was asked to end.", isDraining ? 1 : 0)
    let paused = sum(\.notAccepting)
    gauge("not_accepting", "Threads that get no newcomers now.", paused)
    gauge("listening", "1 while every thread gets newcomers.", housekeeping.ending.isDraining || paused > 0 ? 0 : 1)
    counter("pairs_opened_total", "Pairs joined.", [.init(opened)])
    counter(
      "pairs_ended_total", "Pairs that ended, by how.",
      ends.map { .init("{how=\"\($0.label)\"}", $1) })
    addTraffic()
    addBounds(settings)
    addThreads()
    addReloads(housekeeping.reloads)
    addBuild(settings)
  }

  /// The page as it is sent.
  var text: String { page.text }

  private mutating func addTraffic() {
    counter(
      "arrivals_total", "Connections accepted, by port.",
      [.init("{port=\"relay\"}", sum(\.accepted)), .init("{port=\"plain\"}", sum(\.plainAccepted))])
    counter(
      "refusals_total", "Guests refused, by the protocol's word and the reason.",
      Refusal.allCases.map { refusal in
        .init("{word=\"\(refusal.word.rawValue)\",reason=\"\(refusal.label)\"}", sum { $0.refusals(refusal) })
      })
    counter("bytes_total", "Bytes carried, both directions.", [.init(sum(\.bytes))])
    counter("stalls_total", "How often a reader was slower than its writer.", [.init(sum(\.stalls))])
    counter(
      "rate_pauses_total", "How often a pair was read more slowly because of its rate.", [.init(sum(\.ratePauses))])
    counter(
      "accept_pauses_total", "How often accepting a newcomer failed, and was paused.", [.init(sum(\.acceptPauses))])
    page.histogram(
      "tincan_relay_waiting_seconds", "How long the first guest of a pair was alone in its room.",
      counters.map(\.waits))
    page.histogram("tincan_relay_pair_seconds", "How long pairs lasted that ended.", counters.map(\.lengths))
  }

  /// Each bound has a metric of its own, so that a rule can divide by it. One that is off is infinite.
  private mutating func addBounds(_ settings: RelaySettings) {
    func seconds(_ duration: Duration?) -> Int { Int(duration?.components.seconds ?? 0) }
    let (bounds, limits) = (settings.policy.bounds, settings.policy.pairLimits)
    for (name, help, value) in [
      ("guests_max", "Bound on guests at a time.", bounds.guests),
      ("waiting_max", "Bound on guests alone in a room.", bounds.waiting),
      ("source_guests_max", "Bound on guests of one source.", bounds.guestsPerSource),
      ("source_waiting_max", "Bound on guests of one source without a partner.", bounds.withoutPartnerPerSource),
      ("source_joins_per_minute_max", "Bound on connections of one source in a minute.", bounds.connectionsPerMinute),
      ("room_timeout_seconds", "How long a guest may be alone in its room.", seconds(settings.policy.times.room)),
      ("pair_rate_max_bytes", "Bound on a pair's bytes in a second.", limits.bytesPerSecond),
      ("pair_max_bytes", "Bound on a pair's bytes in all.", limits.bytes),
      ("pair_idle_max_seconds", "Bound on a pair's silence.", seconds(limits.idle)),
      ("pair_half_closed_max_seconds", "Bound on a half-closed pair's time.", seconds(limits.halfClosed)),
      ("pair_max_seconds", "Bound on a pair's time.", seconds(limits.length)),
    ] {
      page.gauge("tincan_relay_\(name)", "\(help) Infinite if there is none.", [.init(bound: value)])
    }
  }

  private mutating func addThreads() {
    func each(_ value: (Counters) -> Int) -> [MetricsText.Sample] {
      counters.enumerated().map { .init("{thread=\"\($0)\"}", value($1)) }
    }
    page.gauge("tincan_relay_thread_guests", "Guests of each thread.", each(\.guests.value))
    counter("thread_bytes_total", "Bytes carried by each thread.", each(\.bytes.value))
    counter(
      "thread_cpu_seconds_total", "Processor time of each thread.",
      counters.enumerated().map { .init("{thread=\"\($0)\"}", $1.processorTime) })
  }

  /// The names and meanings are those of Prometheus' own metrics about its configuration.
  private mutating func addReloads(_ reloads: ReloadCounts) {
    counter(
      "config_reloads_total", "How often the settings were read anew, by result.",
      [.init("{result=\"ok\"}", reloads.succeeded), .init("{result=\"broken\"}", reloads.failed)])
    gauge("config_last_reload_successful", "1 if the last reading could be used.", reloads.isLastGood ? 1 : 0)
    page.gauge(
      "tincan_relay_config_last_reload_success_timestamp_seconds", "When the settings were last read that hold now.",
      [.init(reloads.lastGood.sinceEpoch)])
  }

  private mutating func addBuild(_ settings: RelaySettings) {
    page.gauge(
      "tincan_relay_build_info", "1; the label is the version.", [.init("{version=\"\(settings.version)\"}", 1)])
    ProcessMetrics.add(to: &page)
  }

  private func sum(_ tally: (Counters) -> Tally) -> Int { counters.reduce(0) { $0 + tally($1).value } }

  private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    page.gauge("tincan_relay_\(name)", help, value)
  }

  private mutating func counter(_ name: String, _ help: String, _ samples: [MetricsText.Sample]) {
    page.counter("tincan_relay_\(name)", help, samples)
  }
}
