import ChatProtocol
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("Requests for metrics")
struct MetricsRequestTests {
  private func answer(_ text: String, _ health: MetricsRequest.Health = .healthy) -> String? {
    MetricsRequest.answer(to: Array(text.utf8), health) { "page\n" }?.text
  }

  @Test("A request is answered once it is complete")
  func answers() throws {
    #expect(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n") == nil)
    #expect(answer("") == nil)
    let page = try #require(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(page.hasPrefix("HTTP/1.0 200 OK\r\n") && page.hasSuffix("Content-Length: 5\r\n\r\npage\n"))
    #expect(try #require(answer("HEAD /metrics HTTP/1.0\r\n\r\n")).hasSuffix("Content-Length: 5\r\n\r\n"))
  }

  @Test(
    "What is asked for decides the status",
    arguments: [
      ("GET /metrics?a=b HTTP/1.0\n\n", 200), ("GET /healthz HTTP/1.0\r\n\r\n", 200), ("GET / HTTP/1.0\r\n\r\n", 404),
      ("POST /metrics HTTP/1.0\r\n\r\n", 405), ("nonsense\r\n\r\n", 400), ("GET /metrics\n\n", 200),
      // A proxy's form of a target (RFC 9112 section 3.2.2).
      ("GET http://127.0.0.1:9463/metrics HTTP/1.0\r\n\r\n", 200), ("GET https://a HTTP/1.0\r\n\r\n", 404),
      ("GET http://a/healthz?b=http://c/ HTTP/1.1\r\nHost: a\r\n\r\n", 200), ("GET a:b/metrics HTTP/1.0\r\n\r\n", 404),
      // Empty lines before it (RFC 9112 section 2.2).
      ("\r\n\nGET /metrics HTTP/1.0\r\n\r\n", 200),
      // HTTP/1.1 needs a host (RFC 9112 section 3.2).
      ("GET /metrics HTTP/1.1\r\n\r\n", 400), ("GET /metrics HTTP/1.1\r\nhOST: a\r\n\r\n", 200),
      ("POST /release HTTP/1.0\r\n\r\n", 405),
    ])
  func statuses(request: String, status: Int) {
    #expect(answer(request)?.hasPrefix("HTTP/1.0 \(status) ") == true, "\(request)")
  }

  @Test("Only a relay that admits newcomers is healthy")
  func health() {
    for health in [MetricsRequest.Health.draining, .notAccepting] {
      #expect(answer("GET /healthz HTTP/1.0\r\n\r\n", health)?.hasPrefix("HTTP/1.0 503 ") == true)
      #expect(answer("GET /metrics HTTP/1.0\r\n\r\n", health)?.hasPrefix("HTTP/1.0 200 ") == true)
    }
  }

  @Test("Only a relay that drains leaves its address to another")
  func releases() {
    for health in [MetricsRequest.Health.healthy, .notAccepting, .draining] {
      let answer = MetricsRequest.answer(to: Array(MetricsRequest.release.utf8), health) { "" }
      #expect(answer?.releases == (health == .draining))
    }
  }

  @Test("A request that never ends is refused at its bound, empty lines too")
  func tooLong() {
    for text in ["x", "\n"] {
      let endless = String(repeating: text, count: RelayLimits.metricsRequestBytesMax)
      #expect(answer(endless)?.hasPrefix("HTTP/1.0 400 ") == true)
      #expect(answer(String(endless.dropLast())) == nil)
    }
  }
}
