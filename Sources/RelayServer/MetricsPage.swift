import ChatProtocol
import RelayCore

/// What a relay reports of itself, in Prometheus' text format 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats). Nothing in it names a room or a guest.
enum MetricsPage {
  static func text(of context: RelayContext, isDraining: Bool) -> String {
    let (guests, waiting, sources) = context.admission.withLock { ($0.guests, $0.waiting, $0.sources) }
    let all = context.counters
    func sum(_ tally: (Counters) -> Tally) -> Int { all.reduce(0) { $0 + tally($1).value } }
    // The ends first: a pair that opens and ends meanwhile is not to be counted as less than none.
    let (goodbye, broken) = (sum(\.pairsEndedByGoodbye), sum(\.pairsEndedByBreak))
    let opened = sum(\.pairsOpened)

    var page = ""
    func metric(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
      page += "# HELP tincan_relay_\(name) \(help)\n# TYPE tincan_relay_\(name) \(kind)\n"
      for sample in samples { page += "tincan_relay_\(name)\(sample.labels) \(sample.value)\n" }
    }
    metric("guests", "gauge", "Guests here, refused ones left out.", [("", guests)])
    metric("waiting", "gauge", "Guests alone in a room.", [("", waiting)])
    metric("pairs", "gauge", "Joined pairs.", [("", opened - goodbye - broken)])
    metric("lingering", "gauge", "Refused guests that are not closed yet.", [("", sum(\.lingering))])
    metric("sources", "gauge", "Source addresses remembered for the bounds on each.", [("", sources)])
    metric("parked_bytes", "gauge", "Bytes that wait for slow readers.", [("", sum(\.parkedBytes))])
    metric(
      "parked_memory_bytes", "gauge", "Memory that these bytes take.", [("", sum(\.parkedMemory))])
    metric("draining", "gauge", "1 once it was asked to end.", [("", isDraining ? 1 : 0)])
    metric(
      "arrivals_total", "counter", "Connections accepted, by port.",
      [("{port=\"relay\"}", sum(\.arrivals)), ("{port=\"plain\"}", sum(\.plainArrivals))])
    metric("pairs_opened_total", "counter", "Pairs joined.", [("", opened)])
    metric(
      "pairs_ended_total", "counter", "Pairs that ended, by how.",
      [("{how=\"goodbye\"}", goodbye), ("{how=\"broken\"}", broken)])
    metric(
      "refusals_total", "counter", "Guests refused, by the protocol's word and the reason.",
      Refusal.allCases.map { refusal in
        ("{word=\"\(refusal.word)\",reason=\"\(refusal.label)\"}", sum { $0.refusals(refusal) })
      })
    metric("bytes_total", "counter", "Bytes carried, both directions.", [("", sum(\.bytes))])
    metric("stalls_total", "counter", "How often a reader was slower than its writer.", [("", sum(\.stalls))])
    metric("not_accepting", "gauge", "Threads that get no newcomers now.", [("", sum(\.notAccepting))])
    metric(
      "accept_pauses_total", "counter", "How often accepting a newcomer failed, and was paused.",
      [("", sum(\.acceptPauses))])
    return page
  }
}
