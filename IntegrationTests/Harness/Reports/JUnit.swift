/// Results in the form that CI systems read: JUnit XML as Jenkins, GitLab and others take it.
public enum JUnit {
  /// The file's content.
  public static func xml(_ results: [ScenarioResult]) -> String {
    let failed = results.count { $0.status == .failed }
    let errors = results.count { $0.status == .couldNotRun }
    let skipped = results.count { $0.status == .skipped || $0.status == .failedAsKnown }
    let time = Words.seconds(results.reduce(.zero) { $0 + $1.duration })
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="scenarios" tests="\(results.count)" failures="\(failed)" errors="\(errors)" \
      skipped="\(skipped)" time="\(time)">

      """ + results.map(testCase).joined() + "  </testsuite>\n</testsuites>\n"
  }

  private static func testCase(_ result: ScenarioResult) -> String {
    let head =
      "    <testcase classname=\"scenarios\" name=\"\(escaped(result.name))\" file=\"\(escaped(result.file))\""
      + " time=\"\(Words.seconds(result.duration))\""
    let message = escaped(result.text.split(separator: "\n").first.map(String.init) ?? "")
    let inside: String
    switch result.status {
    case .passed: return head + "/>\n"
    case .skipped: inside = "<skipped message=\"\(message)\"/>"
    case .failedAsKnown: inside = "<skipped message=\"known to fail: \(message)\"/>"
    case .failed: inside = "<failure message=\"\(message)\">\(escaped(result.text))</failure>"
    case .couldNotRun: inside = "<error message=\"\(message)\">\(escaped(result.text))</error>"
    }
    return "\(head)>\n      \(inside)\n    </testcase>\n"
  }

  /// Text that is safe in an element and in an attribute. XML 1.0 has no way to write most control characters.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
