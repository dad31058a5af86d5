import RelayCore

/// Reads a request for metrics and answers it: as much of HTTP/1.0 (RFC 1945) and HTTP/1.1 (RFC 9112) as a scraper and
/// a health check need.
enum MetricsRequest {
  /// How the relay is.
  enum Health: Equatable {
    /// Newcomers are admitted.
    case healthy
    case draining
    /// It was asked to end, and will drain soon.
    case announced
    /// The kernel gives it no newcomers.
    case notAccepting
  }

  struct Answer: Equatable {
    /// The whole response, after which the connection is closed.
    var text: String
    /// Whether a successor may listen here from now on.
    var releases = false
  }

  /// The request of a relay to one that drains on the address that it wants for its own metrics.
  static let release = "POST /release HTTP/1.0\r\n\r\n"

  /// - Parameter page: makes the page of metrics.
  /// - Returns: nil while the request is not complete.
  static func answer(to bytes: [UInt8], _ health: Health, page: () -> String) -> Answer? {
    guard let head = Head(bytes) else {
      let isTooLong = bytes.count >= RelayLimits.metricsRequestBytesMax
      return isTooLong ? response(400, "Bad Request", "request too long\n") : nil
    }
    guard head.isSound else { return response(400, "Bad Request", "not a request\n") }
    if head.method == "POST", head.path == "/release", health == .draining {
      return Answer(text: response(200, "OK", "released\n").text, releases: true)
    }
    guard head.method == "GET" || head.method == "HEAD" else {
      return response(405, "Method Not Allowed", "only GET\n", more: "Allow: GET, HEAD\r\n")
    }
    let isHead = head.method == "HEAD"
    switch head.path {
    case "/metrics": return response(200, "OK", page(), isHead: isHead, kind: "text/plain; version=0.0.4")
    case "/healthz":
      switch health {
      case .healthy: return response(200, "OK", "ok\n", isHead: isHead)
      case .draining, .announced: return response(503, "Service Unavailable", "draining\n", isHead: isHead)
      case .notAccepting: return response(503, "Service Unavailable", "not accepting\n", isHead: isHead)
      }
    default: return response(404, "Not Found", "here are /metrics and /healthz\n", isHead: isHead)
    }
  }

  private static func response(
    _ code: Int, _ reason: String, _ body: String, isHead: Bool = false, kind: String = "text/plain",
    more: String = ""
  ) -> Answer {
    let head =
      "HTTP/1.0 \(code) \(reason)\r\nContent-Type: \(kind)\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n"
    return Answer(text: head + (isHead ? "" : body))
  }
}

extension MetricsRequest {
  /// The head of a request.
  private struct Head {
    var method: Substring
    /// Without a query.
    var path: Substring
    var isSound: Bool

    /// - Returns: nil while no empty line ends it.
    init?(_ bytes: [UInt8]) {
      guard let lines = Head.lines(bytes) else { return nil }
      let words = (lines.first ?? "").split(separator: " ")
      guard words.count >= 2 else {
        (method, path, isSound) = ("", "", false)
        return
      }
      method = words[0]
      path = Head.path(words[1])
      // A request of HTTP/1.1 names its host (RFC 9112 section 3.2); a scraper that does not is no scraper.
      let isNewer = words.count > 2 && words[2] == "HTTP/1.1"
      isSound = !isNewer || lines.dropFirst().contains { $0.lowercased().hasPrefix("host:") }
    }

    /// The lines before the empty one. A line feed alone ends a line too (RFC 1945 appendix B), and empty lines may
    /// precede a request (RFC 9112 section 2.2).
    private static func lines(_ bytes: [UInt8]) -> [Substring]? {
      let text = String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      let request = text.drop { $0 == "\n" }
      let lines = request.split(separator: "\n", omittingEmptySubsequences: false)
      // The last piece has no line feed.
      guard !request.isEmpty, let end = lines.dropLast().firstIndex(of: "") else { return nil }
      return Array(lines[..<end])
    }

    /// The path of a target, which may be a whole URI (RFC 9112 section 3.2.2).
    private static func path(_ target: Substring) -> Substring {
      var path = target
      if let scheme = target.firstIndex(of: ":"), target[scheme...].hasPrefix("://") {
        path = target[scheme...].dropFirst(3).drop { $0 != "/" }
        if path.isEmpty { path = "/" }
      }
      return path.prefix { $0 != "?" }
    }
  }
}
