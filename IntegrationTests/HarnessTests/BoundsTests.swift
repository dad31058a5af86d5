import Glibc
import TestSupport
import Testing

@testable import Harness

/// A program that floods must not make the harness grow.
@Suite(.opensDescriptors)
struct BoundsTests {
  @Test func `A transcript keeps the end and counts the rest`() {
    var transcript = Transcript()
    let piece = Array(repeating: UInt8(ascii: "x"), count: 1 << 18)
    for _ in 0..<20 { transcript.append(piece) }
    transcript.append([UInt8(ascii: "y")])
    #expect(transcript.totalBytes == 20 << 18 | 1)
    #expect(transcript.bytes.count <= 2 * Transcript.keptBytes)
    #expect(transcript.bytes.last == UInt8(ascii: "y"))
    #expect(transcript.suffix(from: transcript.totalBytes - 1) == [UInt8(ascii: "y")])
    #expect(transcript.suffix(from: 0).count == transcript.bytes.count)
  }

  @Test(arguments: ["need{#}e", "n{*}1e", "x\nneed{*}1"])
  func `A text is looked for as a flood comes, and what was missed is not called absent`(pattern: String) throws {
    let template = try Template(reading: pattern.unicodeScalars[...], as: .escaped)
    let matcher = Matcher(anyOf: [template.pattern { _, _ in nil }])
    var attentive = TranscriptSearch(matcher)
    var transcript = Transcript()
    let piece = Array(String(repeating: "xxxxxxx\n", count: 1 << 15).utf8)
    func isAbsent(_ finding: TranscriptSearch.Answer) -> Bool { if case .absent = finding { true } else { false } }
    for _ in 0..<20 {
      transcript.append(piece)
      #expect(isAbsent(attentive.search(in: transcript)))
    }
    var late = TranscriptSearch(matcher)
    guard case .unknown = late.search(in: transcript) else {
      Issue.record("what was dropped is called looked at")
      return
    }
    // Cut in two by a read.
    transcript.append(Array("nee".utf8))
    #expect(isAbsent(attentive.search(in: transcript)))
    transcript.append(Array("d1e\n".utf8) + Array("need le".utf8))
    guard case .found = attentive.search(in: transcript) else {
      Issue.record("it is there")
      return
    }
  }

  @Test func `A timeline keeps its beginning and its end`() {
    let timeline = Timeline()
    for number in 0..<1000 { timeline.note("\(number)", about: "x") }
    let (beginning, dropped, end) = timeline.kept
    #expect(beginning.count == Timeline.keptAtBeginning)
    #expect(end.count == Timeline.keptAtEnd)
    #expect(beginning.count + dropped + end.count == 1000)
    guard case .note("999")? = end.last?.event else {
      Issue.record("the last entry is lost")
      return
    }
  }

  @Test func `Bursts with nothing between them are one entry, and only its beginning is kept`() {
    let timeline = Timeline()
    for _ in 0..<100 { timeline.saw(Array("0123456789".utf8), from: "x", on: .output) }
    timeline.saw([1], from: "x", on: .errors)
    timeline.sent(Array(repeating: 1, count: 500), to: "x")
    let entries = timeline.kept.beginning
    #expect(entries.count == 3)
    guard case .sent(let sent, 500) = entries[2].event else {
      Issue.record("not all that was sent is counted")
      return
    }
    #expect(sent.count == Timeline.keptBytesOfOne)
    guard case .seen(let bytes, .output, let total) = entries[0].event else {
      Issue.record("not an output")
      return
    }
    #expect(bytes.count == Timeline.keptBytesOfOne && total == 1000)
  }

  @Test func `Screens remember a bounded number of rows`() {
    let screen = Screen(TerminalSize(columns: 10, rows: 3))
    for number in 0..<10_000 { screen.draw(Array("\(number)\r\n".utf8)) }
    #expect(screen.scrolledOff.count <= 2 * Screen.rememberedRows)
    #expect(screen.text() == Array("9998\n9999\n".utf8))
  }

  @Test func `A pipe without a writer and a directory are not read`() throws {
    let directory = try FileTree.makeUniqueDirectory("/tmp/harness")
    defer { FileTree.remove(directory) }
    #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
    #expect(FileTree.read("\(directory)/pipe") == nil)
    #expect(FileTree.read(directory) == nil)
    #expect(throws: SystemFailure.self) { try FileTree.write([1], to: "\(directory)/pipe") }
  }

  @Test func `What a screen shows is the same however often it is asked for`() {
    let screen = Screen(TerminalSize(columns: 500, rows: 500))
    screen.draw(Array("one  \r\n\r\n  two".utf8))
    let text = screen.text()
    #expect(text == Array(("one\n\n  two" + String(repeating: "\n", count: 497)).utf8))
    #expect(screen.text() == text)
    screen.draw(Array("!".utf8))
    #expect(screen.lines()[2] == Array("  two!".utf8))
    screen.resize(to: TerminalSize(columns: 2, rows: 3))
    #expect(screen.lines().count == 3)
    screen.draw(Array("\u{1F44B}\u{1F44B}".utf8))
  }

  @Test func `Playing leaves no descriptor open`() throws {
    _ = try PlayedScenarios.play("Passing", "signals")
    // Other tests open descriptors at the same time; what a leak adds to is the pipes of many playings.
    let before = ProcessTable.descriptors(getpid()).count
    for _ in 0..<20 {
      PlayedScenarios.removeKept(by: try PlayedScenarios.play("Failing", "file-does-not-exist"))
    }
    #expect(ProcessTable.descriptors(getpid()).count < before + 30)
  }
}
