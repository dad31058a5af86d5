import Basics
import ChatProtocol
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("The metrics of a relay", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct MetricsPageTests {
  private static let project =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  private func page(of relay: RunningRelay) throws -> [Substring] {
    let client = try TestGuest(to: relay.metricsAddress)
    try client.send("GET /metrics HTTP/1.0\r\n\r\n")
    let answer = try client.rest()
    return Array(answer.split(whereSeparator: \.isNewline).drop { !$0.hasPrefix("#") })
  }

  @Test("Each metric has its help, its type and its values, in this order and once")
  func form() throws {
    let lines = try page(of: try RunningRelay(threads: 2))
    var names: Set<Substring> = []
    var name: Substring = ""
    for line in lines {
      let words = line.split(separator: " ")
      if line.hasPrefix("# HELP ") {
        name = words[2]
        #expect(names.insert(name).inserted, "\(name) stands twice")
        #expect(words.last!.hasSuffix("."), "\(line)")
      } else if line.hasPrefix("# TYPE ") {
        #expect(words[2] == name && ["gauge", "counter", "histogram"].contains(words[3]))
        #expect((words[3] == "counter") == name.hasSuffix("_total"), "\(line)")
      } else {
        #expect(line.hasPrefix(name), "\(line) behind \(name)")
        #expect(words.count == 2 && (Double(words[1]) != nil || words[1] == "+Inf"), "\(line)")
      }
    }
    #expect(names.count > 40)
  }

  @Test("Every metric that the alerts and the manual name is on the page")
  func named() throws {
    let lines = try page(of: try RunningRelay())
    let names = Set(lines.filter { !$0.hasPrefix("#") }.map { String($0.prefix { !" {".contains($0) }) })
    for path in ["tools/relay-alerts.yml", "tools/relay-alerts-tests.yml", "docs/METRICS.md"] {
      let text = String(decoding: try #require(TextFile.bytes("\(MetricsPageTests.project)/\(path)")), as: UTF8.self)
      let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      let metrics = words.filter { $0.hasPrefix("tincan_relay_") && $0 != "tincan_relay_" || $0.hasPrefix("process_") }
      #expect(!metrics.isEmpty)
      for metric in Set(metrics) { #expect(names.contains(metric), "\(path) names \(metric)") }
    }
  }

  @Test("Every metric of the page is in the manual")
  func described() throws {
    let lines = try page(of: try RunningRelay())
    let manual = String(
      decoding: try #require(TextFile.bytes("\(MetricsPageTests.project)/docs/METRICS.md")), as: UTF8.self)
    for line in lines where line.hasPrefix("# TYPE ") {
      let name = String(line.split(separator: " ")[2])
      let short = name.hasPrefix("tincan_relay_") ? String(name.dropFirst("tincan_relay_".count)) : name
      #expect(manual.contains("`\(short)`") || manual.contains("`\(short){"), "\(name)")
    }
  }

  @Test("A histogram has its buckets summed up, over all threads")
  func histogram() {
    let (one, other) = (Histogram(bounds: [1, 10]), Histogram(bounds: [1, 10]))
    for duration in [Duration.milliseconds(500), .seconds(1), .seconds(2)] { one.add(duration) }
    other.add(.seconds(10) + .milliseconds(1))
    var page = MetricsText()
    page.histogram("x", "How long.", [one, other])
    #expect(
      page.text == """
        # HELP x How long.
        # TYPE x histogram
        x_bucket{le="1"} 2
        x_bucket{le="10"} 3
        x_bucket{le="+Inf"} 4
        x_sum 13.501
        x_count 4

        """)
  }

  @Test("Bounds that are off are infinite, so that a share of them is nothing")
  func bounds() throws {
    let off = try page(of: try RunningRelay())
    #expect(off.contains("tincan_relay_guests_max +Inf") && off.contains("tincan_relay_pair_max_bytes +Inf"))
    let on = try page(
      of: try RunningRelay(
        bounds: .init(guests: 7, waiting: 3, connectionsPerMinute: 9, withoutPartnerPerSource: 4, guestsPerSource: 5),
        limits: PairLimits(bytesPerSecond: 1, bytes: 2, idle: .seconds(3), halfClosed: .seconds(4), length: .seconds(5))
      ))
    for line in [
      "guests_max 7.0", "waiting_max 3.0", "source_joins_per_minute_max 9.0", "source_waiting_max 4.0",
      "source_guests_max 5.0", "pair_rate_max_bytes 1.0", "pair_max_bytes 2.0", "pair_idle_max_seconds 3.0",
      "pair_half_closed_max_seconds 4.0", "pair_max_seconds 5.0", "room_timeout_seconds 86400.0", "listening 1",
    ] {
      #expect(on.contains("tincan_relay_\(line)"), "\(line)")
    }
  }
}
