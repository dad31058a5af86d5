import ChatProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatEndpoint
@testable import Terminal

// The C library reads the time zone from a file.
@Suite("The conversation as a person reads it", .opensDescriptors)
struct TranscriptTests {
  /// A clock that a test sets.
  final class Clock: Sendable {
    private let present = Mutex(WallTime.noon)
    var now: WallTime {
      get { present.withLock { $0 } }
      set { present.withLock { $0 = newValue } }
    }
  }

  private let clock = Clock()

  private func transcript(_ format: String, colors: Bool = false) throws -> Transcript {
    let clock = clock
    let style = Style(colors: colors, timestamps: try TimestampFormat(parsing: format))
    return Transcript(style: style, clock: WallClock { clock.now })
  }

  private func rows(_ paragraphs: [Paragraph], columns: Int = 80) -> String {
    paragraphs.map { $0.rows(columns: columns) }.joined().replacing("\r\n", with: "\n")
  }

  @Test("has the time before what people said and before what happened")
  func times() throws {
    var transcript = try transcript("%M:%S")
    let shown = transcript.add([
      .message(from: "bob", "hello", isOwn: false), .message(from: "alice", "hi", isOwn: true),
      .action("alice waves", isOwn: true),
      .event("bob left"),
    ])
    #expect(rows(shown) == "00:00 bob: hello\n00:00 alice: hi\n00:00 * alice waves\n00:00 -- bob left\n")
  }

  @Test("has no times when none are wanted, and marks the rows of a long line all the same")
  func noTimes() throws {
    var transcript = try transcript("none")
    let shown = transcript.add([.message(from: "bob", "hello alice, nice day", isOwn: false), .event("bob left")])
    #expect(rows(shown, columns: 20) == "bob: hello alice,\n  nice day\n-- bob left\n")
  }

  @Test("has a line for each new day, before what comes first on it")
  func newDay() throws {
    var transcript = try transcript("%M:%S")
    #expect(rows(transcript.add([.event("it is today")])) == "00:00 -- it is today\n")
    clock.now = .noonOfTheNextDay
    #expect(
      rows(transcript.add([.message(from: "bob", "up?", isOwn: false), .event("bob left")]))
        == "-- Friday, 27 November 2026\n00:00 bob: up?\n00:00 -- bob left\n")
    #expect(rows(transcript.add([.event("still")])) == "00:00 -- still\n")
  }

  @Test("has a line for the day before when the clock is set back")
  func clockSetBack() throws {
    var transcript = try transcript("%M:%S")
    clock.now = WallTime(seconds: WallTime.noon.seconds - 86_400)
    #expect(rows(transcript.add([.event("x")])) == "-- Wednesday, 25 November 2026\n00:00 -- x\n")
  }

  @Test("indents the rows of a message below its time")
  func indented() throws {
    var transcript = try transcript("%d %M:%S")
    let text = "one two three four five six seven eight"
    #expect(
      rows(transcript.add([.message(from: "bob", text, isOwn: false)]), columns: 40)
        == "26 00:00 bob: one two three four five\n         six seven eight\n")
  }

  @Test("has a line above what came first since the person looked elsewhere")
  func unread() throws {
    var transcript = try transcript("%M:%S")
    transcript.focusChanged(to: false)
    clock.now = WallTime(seconds: WallTime.noon.seconds + 61)
    #expect(rows(transcript.add([.message(from: "alice", "mine", isOwn: true)])) == "01:01 alice: mine\n")
    #expect(
      rows(transcript.add([.message(from: "bob", "a", isOwn: false)])) == "-- unread since 00:00\n01:01 bob: a\n")
    #expect(rows(transcript.add([.event("b")])) == "01:01 -- b\n")
    // The same report once more is no other look.
    transcript.focusChanged(to: false)
    #expect(rows(transcript.add([.event("b")])) == "01:01 -- b\n")
    transcript.focusChanged(to: true)
    transcript.focusChanged(to: false)
    transcript.focusChanged(to: true)
    #expect(rows(transcript.add([.event("c")])) == "01:01 -- c\n")
    transcript.focusChanged(to: false)
    clock.now = .noonOfTheNextDay
    #expect(
      rows(transcript.add([.event("d")])) == "-- unread since 01:01\n-- Friday, 27 November 2026\n00:00 -- d\n")
  }
}
