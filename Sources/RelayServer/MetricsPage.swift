import ChatProtocol
import RelayCore

/// A relay's report of itself, in Prometheus' text format 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats). Nothing in it names a room or a guest.
struct MetricsPage {
  private(set) var text = ""
  private let counters: [Counters]

  init(of context: RelayContext, isDraining: Bool) {
    counters = context.counters
    let (guests, waiting, networks) = context.admission.withLock { ($0.guests, $0.waiting, $0.networks) }
    // The ends first: a pair that opens and ends meanwhile is not to be counted as less than none.
    let (goodbye, broken) = (sum(\.pairsEndedByGoodbye), sum(\.pairsEndedByBreak))
    let opened = sum(\.pairsOpened)
    gauge("guests", "Guests here, refused ones left out.", guests)
    gauge("waiting", "Guests alone in a room.", waiting)
    gauge("pairs", "Joined pairs.", opened - goodbye - broken)
    gauge("lingering", "Refused guests that are not closed yet.", sum(\.refusedLingering))
    gauge("sources", "Networks remembered for the bounds on each.", networks)
    gauge("parked_bytes", "Bytes that wait for slow readers.", sum(\.parkedBytes))
    gauge("parked_memory_bytes", "Memory that these bytes take.", sum(\.parkedMemory))
    gauge("draining", "1 once it was asked to end.", isDraining ? 1 : 0)
    gauge("not_accepting", "Threads that get no newcomers now.", sum(\.notAccepting))
    counter("pairs_opened_total", "Pairs joined.", [("", opened)])
    counter(
      "pairs_ended_total", "Pairs that ended, by how.",
      [("{how=\"goodbye\"}", goodbye), ("{how=\"broken\"}", broken)])
    addTraffic()
  }

  private mutating func addTraffic() {
    counter(
      "arrivals_total", "Connections accepted, by port.",
      [("{port=\"relay\"}", sum(\.accepted)), ("{port=\"plain\"}", sum(\.plainAccepted))])
    counter(
      "refusals_total", "Guests refused, by the protocol's word and the reason.",
      Refusal.allCases.map { refusal in
        ("{word=\"\(refusal.word.rawValue)\",reason=\"\(refusal.label)\"}", sum { $0.refusals(refusal) })
      })
    counter("bytes_total", "Bytes carried, both directions.", [("", sum(\.bytes))])
    counter("stalls_total", "How often a reader was slower than its writer.", [("", sum(\.stalls))])
    counter(
      "accept_pauses_total", "How often accepting a newcomer failed, and was paused.", [("", sum(\.acceptPauses))])
  }

  private func sum(_ tally: (Counters) -> Tally) -> Int { counters.reduce(0) { $0 + tally($1).value } }

  private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    add(name, "gauge", help, [("", value)])
  }

  private mutating func counter(_ name: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
    add(name, "counter", help, samples)
  }

  private mutating func add(
    _ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int)]
  ) {
    text += "# HELP tincan_relay_\(name) \(help)\n# TYPE tincan_relay_\(name) \(kind)\n"
    for sample in samples { text += "tincan_relay_\(name)\(sample.labels) \(sample.value)\n" }
  }
}
