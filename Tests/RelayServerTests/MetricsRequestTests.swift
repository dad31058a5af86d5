import ChatProtocol
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("Requests for metrics")
struct MetricsRequestTests {
  private func answer(_ text: String, isDraining: Bool = false) -> String? {
    MetricsRequest.answer(to: Array(text.utf8), isDraining: isDraining) { "page\n" }
  }

  @Test("A request is answered once it is complete")
  func answers() throws {
    #expect(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n") == nil)
    #expect(answer("") == nil)
    let page = try #require(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(page.hasPrefix("HTTP/1.0 200 OK\r\n") && page.hasSuffix("Content-Length: 5\r\n\r\npage\n"))
    #expect(try #require(answer("HEAD /metrics HTTP/1.0\r\n\r\n")).hasSuffix("Content-Length: 5\r\n\r\n"))
    #expect(answer("GET /metrics?a=b HTTP/1.0\n\n")?.hasPrefix("HTTP/1.0 200 ") == true)
    #expect(answer("GET /healthz HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 200 ") == true)
    #expect(answer("GET /healthz HTTP/1.0\r\n\r\n", isDraining: true)?.hasPrefix("HTTP/1.0 503 ") == true)
    #expect(answer("GET / HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 404 ") == true)
    #expect(answer("POST /metrics HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 405 ") == true)
    #expect(answer("\r\n\r\n")?.hasPrefix("HTTP/1.0 400 ") == true)
    #expect(
      answer(String(repeating: "x", count: RelayLimits.metricsRequestBytesMax))?.hasPrefix("HTTP/1.0 400 ") == true)
  }
}
