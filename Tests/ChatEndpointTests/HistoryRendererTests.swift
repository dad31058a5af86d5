import ChatProtocol
import MessageStore
import TestSupport
import Testing

@testable import ChatEndpoint

// A store is a file.
@Suite("The history, rendered", .opensDescriptors)
struct HistoryRendererTests {
  private let directory = TemporaryDirectory()
  private let bob = Array(repeating: 0, count: 32) as [UInt8]
  private let noon = WallTime.noon.seconds

  private func lines(_ texts: [String]) -> ArraySlice<UInt8> {
    Array(texts.map { $0.replacing("\n", with: "\0") + "\n" }.joined().utf8)[...]
  }

  private func emptyStore() throws -> MessageStore {
    try MessageStore(path: directory.write(try MessageStore.emptyFile(), to: "store.sqlite"))
  }

  private func history(_ store: borrowing MessageStore) throws -> [HistoryEntry] {
    var cursor = try store.history(of: bob)
    var entries: [HistoryEntry] = []
    while let entry = try cursor.next(store) { entries.append(entry) }
    return entries
  }

  /// The messages of noon, and a day later.
  private func entries() throws -> [HistoryEntry] {
    let store = try emptyStore()
    let (own, peer) = (Incarnation(0xC0FFEE), Incarnation(.max))
    var first = ConversationChanges(now: noon)
    first.received = [
      MessageBatch(first: MessageName(peer, 1), count: 1, writtenAt: 0, lines: lines(["hello\tyou \u{1B}[31m"])),
      MessageBatch(first: MessageName(peer, 2), count: 1, writtenAt: noon - 61, lines: lines(["late"])),
      MessageBatch(first: MessageName(peer, 3), count: 1, writtenAt: noon - 86_400, lines: lines(["later"])),
    ]
    first.accepted = [
      MessageBatch(first: MessageName(own, 1), count: 2, writtenAt: noon, lines: lines(["one\ntwo", "take me back"]))
    ]
    try store.commit(first, of: bob, keepsHistory: true)
    var second = ConversationChanges(now: noon + 86_400)
    second.acknowledged = [own: 1]
    second.withdrawn = [MessageName(own, 2)]
    second.accepted = [MessageBatch(first: MessageName(own, 3), count: 1, writtenAt: 0, lines: lines(["not there"]))]
    try store.commit(second, of: bob, keepsHistory: true)
    var third = ConversationChanges(now: noon + 86_400)
    third.received = [MessageBatch(first: MessageName(peer, 4), count: 1, writtenAt: 0, lines: [0xFF, 10])]
    try store.commit(third, of: bob, keepsHistory: true)
    return try history(store)
  }

  private func rendered(_ form: HistoryRenderer.Form, today: WallTime = .noon, namesReceivers: Bool = false) throws
    -> String
  {
    let known = KnownPeer(
      name: try #require(PeerName("bob")), fingerprint: bob, metAt: noon, met: .directly, lastMetAt: noon,
      meetingSecret: bob)
    let lines = HistoryLines(own: "al\u{7}ice", peers: [known], namesReceivers: namesReceivers)
    var renderer = HistoryRenderer(form, lines, today: today)
    return try entries().map { renderer.text(of: $0) }.joined()
  }

  /// A time of day in the user's time zone.
  private func clock(_ offset: Int, _ format: String = "%H:%M") -> String {
    WallTime(seconds: noon + offset).text(by: format)
  }

  @Test("looks on a terminal as the conversation did, with a line for each new day")
  func terminal() throws {
    let shown = try rendered(.terminal(colors: false, columns: 30))
    #expect(
      shown == """
        \(clock(0)) bob: hello        you
              ^[[31m
        \(clock(0)) bob (written \(clock(-61))):\u{20}
              late
        \(clock(0)) bob (written \(clock(-86_400, "%F %H:%M"))):\u{20}
              later
        \(clock(0)) al^Gice: one
            … two
        \(clock(0)) -- al^Gice took a
               message back
        -- Friday, 27 November 2026
        \(clock(0)) al^Gice (waiting): not
              there
        \(clock(0)) bob: \u{FFFD}

        """)
  }

  @Test("has a line for its first day unless that is today")
  func firstDay() throws {
    let later = WallTime(seconds: noon + 86_400)
    #expect(try rendered(.terminal(colors: false, columns: 80), today: later).hasPrefix("-- Thursday, 26 November"))
  }

  @Test("is text with a date in each line, harmless to a terminal")
  func text() throws {
    let day = clock(0, "%F %H:%M")
    let lines = try rendered(.text, namesReceivers: true).split(separator: "\n")
    #expect(
      lines.prefix(6) == [
        "\(day) bob: hello\tyou ^[[31m", "\(day) bob (written \(clock(-61))): late",
        "\(day) bob (written \(clock(-86_400, "%F %H:%M"))): later", "\(day) al^Gice to bob: one", "\(day) … two",
        "\(day) -- al^Gice took a message to bob back",
      ])
    #expect(lines.count == 8)
  }

  @Test("is an object a line for programs, as the events are")
  func json() throws {
    let lines = try rendered(.json).split(separator: "\n").map(String.init)
    let noon = #"{"event":"message","time":"2026-11-26T12:00:00.000Z","#
    let nextNoon = #"{"event":"message","time":"2026-11-27T12:00:00.000Z","#
    let first: [String] = [
      #""from":"bob","text":"hello\tyou \u001b[31m","name":"ffffffffffffffff-1"}"#,
      #""from":"bob","text":"late","name":"ffffffffffffffff-2","written":"2026-11-26T11:58:59.000Z"}"#,
      #""from":"bob","text":"later","name":"ffffffffffffffff-3","written":"2026-11-25T12:00:00.000Z"}"#,
      #""to":"bob","text":"one\ntwo","name":"0000000000c0ffee-1"}"#,
      #""to":"bob","text":"","name":"0000000000c0ffee-2","waiting":true,"withdrawn":true}"#,
    ]
    let second: [String] = [
      #""to":"bob","text":"not there","name":"0000000000c0ffee-3","waiting":true}"#,
      #""from":"bob","text":"\#u{FFFD}","repaired":true,"name":"ffffffffffffffff-4"}"#,
    ]
    #expect(lines == first.map { noon + $0 } + second.map { nextNoon + $0 })
  }

  /// Actions of both, and what is none: another name, several lines, nothing done.
  private func actions() throws -> [HistoryEntry] {
    let store = try emptyStore()
    var changes = ConversationChanges(now: noon)
    let (own, peer) = (Incarnation(1), Incarnation(2))
    let received = ["* bob waves\u{7}", "* bobby waves", "* bob waves\nand more", "* bob ", "* Bob Smith waves"]
    changes.received = [
      MessageBatch(first: MessageName(peer, 1), count: 5, writtenAt: 0, lines: lines(received)),
      MessageBatch(first: MessageName(peer, 6), count: 1, writtenAt: noon - 61, lines: lines(["* bob sleeps"])),
    ]
    changes.accepted = [
      MessageBatch(first: MessageName(own, 1), count: 2, writtenAt: 0, lines: lines(["* alice nods", "* bob nods"]))
    ]
    try store.commit(changes, of: bob, keepsHistory: true)
    return try history(store)
  }

  @Test("shows an action as the conversation did, as long as its writer has the name of then")
  func actionsOfBoth() throws {
    let actions = try actions()
    let here = HistoryLines(own: "alice", namesReceivers: false, nameInGreeting: "Bob Smith") { _ in "bob" }
    let late = clock(-61)
    let shown: [Transcript.Entry] = [
      .action("bob waves^G", isOwn: false), .message(from: "bob", "* bobby waves", isOwn: false),
      .message(from: "bob", "* bob waves", isOwn: false), .continuation("and more", isOwn: false),
      .message(from: "bob", "* bob ", isOwn: false), .action("bob waves", isOwn: false),
      .action("bob (written \(late)) sleeps", isOwn: false), .action("alice (waiting) nods", isOwn: true),
      .message(from: "alice (waiting)", "* bob nods", isOwn: true),
    ]
    #expect(actions.flatMap(here.entries) == shown)
    let elsewhere = HistoryLines(own: "alice", namesReceivers: true) { _ in "robert" }
    let renamed = actions.flatMap(elsewhere.entries)
    #expect(renamed.first == .message(from: "robert", "* bob waves^G", isOwn: false))
    #expect(renamed.contains(.action("alice (to robert, waiting) nods", isOwn: true)))
  }

  @Test("has an action in each form for people as the log has it, and for programs as it was sent")
  func formsOfAnAction() throws {
    let action = try #require(try actions().last { $0.isOwn && $0.text.starts(with: "* alice".utf8) })
    let lines = HistoryLines(own: "alice", namesReceivers: false) { _ in "bob" }
    func text(_ form: HistoryRenderer.Form) -> String {
      var renderer = HistoryRenderer(form, lines, today: .noon)
      return renderer.text(of: action)
    }
    #expect(text(.terminal(colors: false, columns: 80)) == "\(clock(0)) * alice (waiting) nods\n")
    #expect(text(.text) == "\(clock(0, "%F %H:%M")) * alice (waiting) nods\n")
    #expect(text(.json).contains(#""text":"* alice nods""#))
  }
}
