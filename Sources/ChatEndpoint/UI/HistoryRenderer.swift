import Basics
import ChatProtocol
import MessageStore
import PeerSecurity
import Terminal

/// The history, in the forms in which `tincan history` prints it.
public struct HistoryRenderer {
  /// The form of what is printed.
  public enum Form: Equatable, Sendable {
    /// As the conversation on a terminal.
    /// - columns: the width of the window.
    case terminal(colors: Bool, columns: Int)
    /// As in the file of `/log`: lines of text, each with its date.
    case text
    /// An object a line, as the `message` events.
    case json
  }

  private let form: Form
  private let lines: HistoryLines
  private var days: DayLines

  /// - Parameters:
  ///   - form: the form of what is printed.
  ///   - own: the name of this end.
  ///   - peers: the known peers.
  ///   - namesReceivers: whether it is to be seen to whom the messages of this end went.
  public init(_ form: Form, own: String, peers: [KnownPeer], namesReceivers: Bool) {
    self.init(form, HistoryLines(own: own, peers: peers, namesReceivers: namesReceivers), today: WallClock.system.now)
  }

  init(_ form: Form, _ lines: HistoryLines, today: WallTime) {
    self.form = form
    self.lines = lines
    days = DayLines(today: today)
  }

  /// The text of one message, with its line feeds.
  public mutating func text(of entry: HistoryEntry) -> String {
    let time = WallTime(seconds: entry.time)
    switch form {
    case .json: return entry.json(peer: lines.label(of: entry))
    case .text: return ConversationLog.lines(lines.entries(of: entry), at: time)
    case .terminal(let colors, let columns):
      let style = Style(colors: colors, timestamps: .hoursAndMinutes)
      let all = days.adding(to: lines.entries(of: entry), at: time)
      // The terminal itself makes CR LF of a line feed.
      return all.map { style.paragraph($0, at: time).rows(columns: columns) }.joined().replacing("\r\n", with: "\n")
    }
  }

  /// A line about what follows; empty for programs.
  public func heading(_ text: String) -> String { form == .json ? "" : "-- \(EscapedText.of(text))\n" }

  /// The name of a peer here, or the beginning of its fingerprint.
  public func label(of peer: [UInt8]) -> String { lines.label(of: peer) }
}

/// The lines of the conversation that a message of the history makes.
struct HistoryLines {
  private let own: String
  private let namesReceivers: Bool
  private let nameInGreeting: String?
  private let name: (_ peer: [UInt8]) -> String?

  /// - Parameters:
  ///   - own: the name of this end.
  ///   - namesReceivers: whether it is to be seen to whom the messages of this end went.
  ///   - nameInGreeting: the name that the only peer gave itself; nil if that is not known.
  ///   - name: gives the name of a peer by its fingerprint; nil if it is not known.
  init(
    own: String, namesReceivers: Bool, nameInGreeting: String? = nil, _ name: @escaping (_ peer: [UInt8]) -> String?
  ) {
    self.own = own
    self.namesReceivers = namesReceivers
    self.nameInGreeting = nameInGreeting
    self.name = name
  }

  init(own: String, peers: [KnownPeer], namesReceivers: Bool) {
    let labels = Dictionary(peers.map { ($0.fingerprint, $0.name.description) }) { first, _ in first }
    self.init(own: own, namesReceivers: namesReceivers) { labels[$0] }
  }

  func label(of peer: [UInt8]) -> String { EscapedText.of(name(peer) ?? Fingerprint(bytes: peer).beginning + "…") }
  func label(of entry: HistoryEntry) -> String { label(of: entry.peer) }

  func entries(of entry: HistoryEntry) -> [Transcript.Entry] {
    let receiver = entry.isOwn && namesReceivers ? "to \(label(of: entry))" : nil
    let sender = entry.isOwn ? EscapedText.of(own) : label(of: entry)
    if entry.isWithdrawn { return [.event("\(sender) took a message \(receiver.map { $0 + " " } ?? "")back")] }
    var marks: [String] = []
    if entry.isWaiting { marks.append("waiting") }
    if entry.writtenAt != 0 { marks.append("written \(HistoryLines.written(entry))") }
    if let action = action(entry) {
      let actor = HistoryLines.name(sender, [receiver].compactMap(\.self) + marks)
      return [.action("\(actor) \(EscapedText.of(action, tabs: true))", isOwn: entry.isOwn)]
    }
    let from = HistoryLines.name(receiver.map { "\(sender) \($0)" } ?? sender, marks)
    let lines = entry.text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.enumerated().map { index, line in
      let text = EscapedText.of(line, tabs: true)
      return index > 0
        ? .continuation(text, isOwn: entry.isOwn) : .message(from: from, text, isOwn: entry.isOwn)
    }
  }

  /// `ann (waiting)`
  private static func name(_ name: String, _ marks: [String]) -> String {
    marks.isEmpty ? name : "\(name) (\(marks.joined(separator: ", ")))"
  }

  /// The text of an action; nil for another message. The names of then are not kept, so those of now decide. After a
  /// change of name the action is shown as the text it was sent as.
  private func action(_ entry: HistoryEntry) -> ArraySlice<UInt8>? {
    let names = entry.isOwn ? [own] : [nameInGreeting, name(entry.peer)]
    return names.compactMap { writer in writer.flatMap { Action.text(of: entry.text[...], by: $0) } }.first
  }

  /// When the peer wrote it, with the day if that is another one.
  private static func written(_ entry: HistoryEntry) -> String {
    let (written, received) = (WallTime(seconds: entry.writtenAt), WallTime(seconds: entry.time))
    return written.day == received.day ? written.hoursAndMinutes : written.text(by: "%Y-%m-%d %H:%M")
  }
}

extension HistoryEntry {
  /// The object, with its line feed: a `message` event, with `to` in place of `from` for a message of this end.
  func json(peer: String) -> String {
    let string = String(decoding: text, as: UTF8.self)
    var object = JSONObject()
    object.add("event", "message")
    object.add("time", WallTime(seconds: time).timestamp)
    object.add(isOwn ? "to" : "from", peer)
    object.add("text", string)
    // As in the events: U+FFFD stands for bytes that are not UTF-8.
    if !string.utf8.elementsEqual(text) { object.add("repaired", true) }
    object.add("name", name.text)
    if writtenAt != 0 { object.add("written", WallTime(seconds: writtenAt).timestamp) }
    if isWaiting { object.add("waiting", true) }
    if isWithdrawn { object.add("withdrawn", true) }
    return object.line
  }
}

extension MessageName {
  /// The incarnation in 16 hexadecimal digits, a hyphen, and the number: `00c0ffee00c0ffee-12`.
  var text: String {
    withUnsafeBytes(of: incarnation.value.bigEndian) { "\(Hexadecimal.text($0))-\(number)" }
  }

  /// Reads ``text``; nil if it is no name.
  init?(_ text: Substring) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 16, let value = UInt64(parts[0], radix: 16),
      let number = UInt64(parts[1]), number > 0
    else { return nil }
    self.init(Incarnation(value), number)
    if self.text != text { return nil }
  }
}
