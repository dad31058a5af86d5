import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint
@testable import Terminal

// The C library reads the time zone from a file.
@Suite("The log of a conversation", .opensDescriptors)
struct ConversationLogTests {
  private let directory = TemporaryDirectory()

  private var transcript: Transcript {
    Transcript(style: Style(colors: true, timestamps: .none), clock: WallClock { .noon })
  }

  @Test("has what was said and done, with date and time, and no sequence for the screen")
  func lines() throws {
    var transcript = transcript
    transcript.log = try ConversationLog(path: directory.file("log"))
    transcript.focusChanged(to: false)
    _ = transcript.add([
      .message(from: "bob", "hi", isOwn: false), .continuation("there", isOwn: false),
      .action("alice waves", isOwn: true),
    ])
    _ = transcript.add([.event("bob left")])
    let stamp = WallTime.noon.text(by: "%Y-%m-%d %H:%M")
    let lines = ["bob: hi", "… there", "* alice waves", "-- bob left"].map { "\(stamp) \($0)\n" }
    #expect(TextFile.read(directory.file("log")) == lines.joined())
  }

  @Test("is not written through a link to another user's file", .enabled(if: geteuid() == 0))
  func foreignLink() throws {
    let foreign = directory.write(Array("theirs\n".utf8), to: "foreign")
    #expect(chown(foreign, 12345, 12345) == 0)
    #expect(symlink(foreign, directory.file("link")) == 0)
    #expect(throws: SystemError(call: "open", code: EPERM)) { try ConversationLog(path: directory.file("link")) }
    #expect(TextFile.read(foreign) == "theirs\n")
  }

  @Test("ends with a note when its disk is full, and everything is shown")
  func diskFull() throws {
    var transcript = transcript
    transcript.log = try ConversationLog(path: "/dev/full")
    let shown = transcript.add([.event("a")]) + transcript.add([.event("b")])
    #expect(shown.count == 3)
    #expect(shown[1].rows(columns: 99).contains("the log /dev/full has ended: no space left on the device"))
    #expect(transcript.log.map(\.path) == nil)
  }
}
