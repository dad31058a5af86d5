import ChatProtocol
import Sockets
import Terminal

/// The conversation as a person reads it: who said what and when, and what happened meanwhile. A line announces each
/// new day, because the times have no date.
struct Transcript {
  /// A line of the conversation. Its texts are escaped.
  enum Entry: Equatable {
    /// A day has begun since the line before.
    case day(String)
    /// The lines below came while the person looked elsewhere.
    case unread(since: WallTime)
    case message(from: String, String, isOwn: Bool)
    /// The next line of a message, or the next piece of an overlong one.
    case continuation(String, isOwn: Bool)
    /// An action in the third person, with its actor.
    case action(String, isOwn: Bool)
    /// Something that happened.
    case event(String)

    /// Whether the person of this end made it.
    var isOwn: Bool {
      switch self {
      case .message(_, _, let isOwn), .continuation(_, let isOwn), .action(_, let isOwn): isOwn
      case .day, .unread, .event: false
      }
    }
  }

  private let style: Style
  private let clock: WallClock
  private var days: DayLines
  /// Whether the peer's next line goes on with a message that began in an earlier piece.
  private var isInsideMessage = false
  private var hasFocus = true
  /// When the person looked last, until something comes after that; nil while the person looks.
  private var unseenSince: WallTime?

  /// The log to which the conversation is written, too; nil for none.
  var log: ConversationLog?

  /// Begins today, which needs no line.
  init(style: Style, clock: WallClock) {
    self.style = style
    self.clock = clock
    days = DayLines(today: clock.now)
  }

  /// Adds messages of the peer.
  /// - Parameters:
  ///   - peer: what the peer is called here.
  ///   - nameInGreeting: the name that it gave itself; nil if it gave none. A message that begins with `* ` and this
  ///     name is an action.
  mutating func add(_ messages: ReceivedMessages, from peer: String, nameInGreeting: String? = nil) -> [Paragraph] {
    var entries: [Entry] = []
    let label = EscapedText.of(peer)
    var noted = ""
    for (entry, time) in zip(messages.entries, messages.timesWritten) {
      let written = timeWritten(time)
      if written != noted, !written.isEmpty { entries.append(.event("\(label) wrote this \(written):")) }
      noted = written
      if let action = nameInGreeting.flatMap({ Action.text(of: messages.text(entry), by: $0) }), !isInsideMessage,
        !entry.moreFollows
      {
        entries.append(.action("\(label) \(EscapedText.of(action, tabs: true))", isOwn: false))
        continue
      }
      // A message can have several lines. They keep together, below one time.
      for line in messages.text(entry).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let text = EscapedText.of(line, tabs: true)
        entries.append(
          isInsideMessage ? .continuation(text, isOwn: false) : .message(from: label, text, isOwn: false))
        isInsideMessage = true
      }
      isInsideMessage = entry.moreFollows
    }
    return add(entries)
  }

  /// When a message was written that has waited, for people; empty for one that was not late by a minute.
  private func timeWritten(_ seconds: Int) -> String {
    let (now, time) = (clock.now, WallTime(seconds: seconds))
    guard seconds != 0, abs(now.seconds - seconds) >= 60 else { return "" }
    return time.day == now.day ? "at \(time.hoursAndMinutes)" : "on \(time.date), at \(time.hoursAndMinutes)"
  }

  /// Adds messages of this end.
  /// - Parameter name: its name, escaped.
  mutating func add(own messages: ArraySlice<String>, from name: String) -> [Paragraph] {
    let entries = messages.flatMap { message in
      message.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
        let text = EscapedText.of(String($0.element), tabs: true)
        return $0.offset > 0 ? Entry.continuation(text, isOwn: true) : .message(from: name, text, isOwn: true)
      }
    }
    return add(entries)
  }

  /// The person looks at it from now on, or elsewhere.
  mutating func focusChanged(to hasFocus: Bool) {
    // A terminal may report the same twice.
    guard hasFocus != self.hasFocus else { return }
    self.hasFocus = hasFocus
    unseenSince = hasFocus ? nil : clock.now
  }

  /// Adds lines.
  /// - Returns: the paragraphs to show.
  mutating func add(_ entries: [Entry]) -> [Paragraph] {
    let now = clock.now
    var entries = entries
    if let log {
      do throws(SystemError) { try log.add(entries, at: now) } catch {
        // The conversation matters more than its log.
        self.log = nil
        entries.append(.event(EscapedText.of("the log \(log.path) has ended: \(error)")))
      }
    }
    entries = days.adding(to: entries, at: now)
    if let since = unseenSince, !entries.allSatisfy(\.isOwn) {
      unseenSince = nil
      entries.insert(.unread(since: since), at: 0)
    }
    return entries.map { style.paragraph($0, at: now) }
  }
}
