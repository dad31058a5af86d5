import Testing

@testable import Harness

/// The forms results are handed on in.
struct ReportFormTests {
  @Test func `Results become JUnit XML`() {
    let results = [
      ScenarioResult(file: "a.scenario", name: "a", status: .passed, duration: .milliseconds(1250), text: ""),
      ScenarioResult(
        file: "b.scenario", name: "b", status: .failed, duration: .milliseconds(2),
        text: "b.scenario:1: <x> & \"y\"\n\u{1B}"),
      ScenarioResult(file: "c.scenario", name: "c", status: .skipped, duration: .zero, text: "there is no nc here\n"),
    ]
    #expect(
      JUnit.xml(results) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites>
          <testsuite name="scenarios" tests="3" failures="1" errors="0" skipped="1" time="1.252">
            <testcase classname="scenarios" name="a" file="a.scenario" time="1.250"/>
            <testcase classname="scenarios" name="b" file="b.scenario" time="0.002">
              <failure message="b.scenario:1: &lt;x&gt; &amp; &quot;y&quot;">b.scenario:1: &lt;x&gt; &amp; &quot;y&quot;
        \u{FFFD}</failure>
            </testcase>
            <testcase classname="scenarios" name="c" file="c.scenario" time="0.000">
              <skipped message="there is no nc here"/>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func `A recording is an asciicast`() {
    let recording = Recording(size: TerminalSize(columns: 80, rows: 24), title: "say \"hi\"")
    recording.received([0x61, 0xC3])
    recording.received([0xA9, 0x1B, 0x0A])
    recording.sent([0x0D])
    recording.resized(to: TerminalSize(columns: 40, rows: 10))
    let lines = recording.asciicast().replacing(#/\d+\.\d{6}/#, with: "T").split(separator: "\n")
    #expect(lines[0].hasPrefix(#"{"version": 2, "width": 80, "height": 24, "timestamp": "#))
    #expect(lines[0].hasSuffix(#""title": "say \"hi\"", "env": {"TERM": "xterm-256color"}}"#))
    #expect(
      lines.dropFirst() == [
        #"[T, "o", "a"]"#, #"[T, "o", "é\u001b\u000a"]"#, #"[T, "i", "\u000d"]"#, #"[T, "r", "40x10"]"#,
      ])
  }
}
