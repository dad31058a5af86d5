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
    metric(
      "accept_pauses_total", "counter", "How often no descriptor was left for a newcomer.",
      [("", sum(\.acceptPauses))])
    return page
  }
}

/// Reads a request for metrics and answers it: as much of HTTP/1.0 (RFC 1945) as a scraper and a health check need.
enum MetricsRequest {
  /// - Parameter page: makes the page of metrics.
  /// - Returns: the whole answer, after which the connection is closed; nil while the request is not complete.
  static func answer(to bytes: [UInt8], isDraining: Bool, page: () -> String) -> String? {
    guard isComplete(bytes) else {
      return bytes.count < RelayLimits.metricsRequestBytesMax ? nil : response(400, "Bad Request", "request too long\n")
    }
    let words = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }.split(separator: " ")
    guard words.count >= 2 else { return response(400, "Bad Request", "not a request\n") }
    guard words[0] == "GET" || words[0] == "HEAD" else {
      return response(405, "Method Not Allowed", "only GET\n", more: "Allow: GET, HEAD\r\n")
    }
    let isHead = words[0] == "HEAD"
    switch words[1].prefix(while: { $0 != "?" }) {
    case "/metrics": return response(200, "OK", page(), isHead: isHead, kind: "text/plain; version=0.0.4")
    case "/healthz" where isDraining: return response(503, "Service Unavailable", "draining\n", isHead: isHead)
    case "/healthz": return response(200, "OK", "ok\n", isHead: isHead)
    default: return response(404, "Not Found", "here are /metrics and /healthz\n", isHead: isHead)
    }
  }

  /// Whether an empty line ends it. A line feed alone ends a line too (RFC 1945 appendix B).
  private static func isComplete(_ bytes: [UInt8]) -> Bool {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var isAtStart = false
    for byte in bytes {
      if byte == lineFeed {
        if isAtStart { return true }
        isAtStart = true
      } else if byte != carriageReturn {
        isAtStart = false
      }
    }
    return false
  }

  private static func response(
    _ code: Int, _ reason: String, _ body: String, isHead: Bool = false, kind: String = "text/plain",
    more: String = ""
  ) -> String {
    let length = body.utf8.count
    return "HTTP/1.0 \(code) \(reason)\r\nContent-Type: \(kind)\r\nContent-Length: \(length)\r\n\(more)\r\n"
      + (isHead ? "" : body)
  }
}
