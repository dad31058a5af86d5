import MessageStore
import Terminal

/// The history, shown within the conversation.
extension TerminalInterface {
  /// How many messages a search shows.
  static let foundCount = 20

  /// Shows messages of the history, faint, oldest first, with a line for each day but today.
  func showPast(_ messages: [HistoryEntry], _ lines: HistoryLines) {
    var days = DayLines(today: WallClock.system.now)
    var paragraphs: [Paragraph] = []
    for message in messages {
      let time = WallTime(seconds: message.time)
      paragraphs += days.adding(to: lines.entries(of: message), at: time).map { style.past($0, at: time) }
    }
    editor.show(paragraphs)
  }
}
