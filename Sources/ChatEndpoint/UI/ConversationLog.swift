import Glibc
import Sockets

/// The conversation in a file, one line for each of its lines, with date and time: `2026-11-26 12:04 bob: hello`.
///
/// The texts are escaped, so the file can be shown on a terminal. It is private, and it is added to as the conversation
/// goes on.
struct ConversationLog {
  /// As the person typed it.
  let path: String
  private let file: AppendedFile

  /// Makes or opens the file.
  /// - Parameter path: `~/` at its beginning is the home directory.
  init(path: String) throws(SystemError) {
    self.path = path
    var place = path
    if path.hasPrefix("~/"), let home = getenv("HOME").map({ String(cString: $0) }) { place = home + path.dropFirst() }
    file = try AppendedFile(path: place)
  }

  /// Adds lines.
  func add(_ entries: [Transcript.Entry], at time: WallTime) throws(SystemError) {
    let lines = ConversationLog.lines(entries, at: time)
    if !lines.isEmpty { try file.append(lines) }
  }

  /// The lines of the file, each with its line feed.
  static func lines(_ entries: [Transcript.Entry], at time: WallTime) -> String {
    let stamp = time.text(by: "%Y-%m-%d %H:%M")
    return entries.compactMap(ConversationLog.text).map { "\(stamp) \($0)\n" }.joined()
  }

  /// The text of a line; nil for one that concerns the screen alone, as each line here has its date.
  private static func text(of entry: Transcript.Entry) -> String? {
    switch entry {
    case .message(let name, let text, _): "\(name): \(text)"
    case .continuation(let text, _): "… \(text)"
    case .action(let text, _): "* \(text)"
    case .event(let text): "-- \(text)"
    case .day, .unread: nil
    }
  }
}
