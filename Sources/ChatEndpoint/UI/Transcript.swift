import ChatProtocol
import Terminal

/// The conversation as a person reads it: who said what and when, and what happened meanwhile. A line announces each
/// new day, because the times have no date.
struct Transcript {
  /// A line of the conversation. Its texts are escaped.
  enum Entry: Equatable {
    /// A day has begun since the line before.
    case day(String)
    case message(from: String, String, isOwn: Bool)
    /// The next piece of an overlong message.
    case continuation(String)
    /// An action in the third person, with its actor.
    case action(String)
    /// Something that happened.
    case event(String)
  }

  private let style: Style
  private let clock: WallClock
  /// The day of the last line.
  private var day: WallTime.Day
  /// Whether the peer's next line goes on with a message that began in an earlier piece.
  private var isInsideMessage = false

  /// Begins today, which needs no line.
  init(style: Style, clock: WallClock) {
    self.style = style
    self.clock = clock
    day = clock.now.day
  }

  /// Adds messages of the peer.
  mutating func add(_ messages: ReceivedMessages, from peer: String) -> [Paragraph] {
    var entries: [Entry] = []
    let label = EscapedText.of(peer)
    for entry in messages.entries {
      let text = EscapedText.of(messages.text(entry), tabs: true)
      entries.append(isInsideMessage ? .continuation(text) : .message(from: label, text, isOwn: false))
      isInsideMessage = entry.moreFollows
    }
    return add(entries)
  }

  /// Adds lines.
  /// - Returns: the paragraphs to show.
  mutating func add(_ entries: [Entry]) -> [Paragraph] {
    let now = clock.now
    var entries = entries
    if now.day != day {
      day = now.day
      entries.insert(.day(now.date), at: 0)
    }
    return entries.map { style.paragraph($0, at: now) }
  }
}
