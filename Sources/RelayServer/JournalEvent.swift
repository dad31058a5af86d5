import Basics
import ChatProtocol
import RelayCore
import Sockets

/// An event that is worth a line in the journal. None has a room's name, which lets a guest in, or a byte that guests
/// sent each other.
enum JournalEvent {
  case note(String)
  case refused(SocketAddress, Refusal)
  case vanished(SocketAddress)
  case pairJoined(Int, first: SocketAddress, second: SocketAddress)
  case pairEnded(PairRecord)

  /// The line, with its line feed.
  func line(_ style: JournalStyle, now: UTCTime) -> String {
    switch style.format {
    case .text: "tincan relay: \(JournalEvent.escaped(text(style)))\n"
    case .json: object(style, now).line
    }
  }

  // MARK: For people

  private func text(_ style: JournalStyle) -> String {
    func guest(_ address: SocketAddress) -> String { style.text(of: address) ?? "a guest" }
    return switch self {
    case .note(let text): text
    case .refused(let address, let refusal): "refused \(guest(address)): \(refusal.word.rawValue): \(refusal.text)"
    case .vanished(let address): "vanished: \(guest(address)) does not answer any more"
    case .pairJoined(let number, let first, let second):
      "pair \(number) joined: \(guest(first)) and \(guest(second))"
    case .pairEnded(let record):
      "pair \(record.number) ended \(record.outcome.text): "
        + record.members(style).map { "\($0.name)=\(JournalEvent.word($0.value))" }.joined(separator: " ")
    }
  }

  /// A value that ends at the next blank: quoted where it would not.
  private static func word(_ value: PairRecord.Value) -> String {
    switch value {
    case .number(let number): String(number)
    case .text(let text): text.contains { " \"=\\".contains($0) } ? JSONObject.quoted(text) : text
    }
  }

  /// Control characters are escaped: a peer chooses the path of its socket file.
  private static func escaped(_ line: String) -> String {
    func isFit(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
      default: true
      }
    }
    guard !line.unicodeScalars.allSatisfy(isFit) else { return line }
    return line.unicodeScalars.reduce(into: "") {
      if isFit($1) { $0.unicodeScalars.append($1) } else { $0 += "\\u{\(String($1.value, radix: 16))}" }
    }
  }

  // MARK: For programs

  private func object(_ style: JournalStyle, _ now: UTCTime) -> JSONObject {
    var object = JSONObject()
    object.add("event", name)
    object.add("time", now.timestamp)
    switch self {
    case .note(let text): object.add("text", text)
    case .refused(let address, let refusal):
      if let address = style.text(of: address) { object.add("address", address) }
      object.add("word", refusal.word.rawValue)
      object.add("reason", refusal.label)
    case .vanished(let address): if let address = style.text(of: address) { object.add("address", address) }
    case .pairJoined(let number, let first, let second):
      object.add("pair", number)
      for (name, address) in [("first", first), ("second", second)] {
        if let address = style.text(of: address) { object.add(name, address) }
      }
    case .pairEnded(let record):
      object.add("pair", record.number)
      for (name, value) in record.members(style) {
        switch value {
        case .number(let number): object.add(name, number)
        case .text(let text): object.add(name, text)
        }
      }
    }
    return object
  }

  private var name: String {
    switch self {
    case .note: "note"
    case .refused: "refused"
    case .vanished: "vanished"
    case .pairJoined: "pair-joined"
    case .pairEnded: "pair-ended"
    }
  }
}

/// The facts about a pair that has ended.
struct PairRecord {
  /// One guest of a pair.
  struct Side {
    let address: SocketAddress
    /// Bytes that went to the other.
    let bytes: Int
  }

  /// A value of a line.
  enum Value {
    case number(Int)
    case text(String)
  }

  /// Its number, from 1.
  let number: Int
  let outcome: PairOutcome
  let length: Duration
  let ended: UTCTime
  let first: Side
  let second: Side

  /// The parts of its line, in their order.
  func members(_ style: JournalStyle) -> [(name: String, value: Value)] {
    var members: [(name: String, value: Value)] = [
      ("how", .text(outcome.label)), ("start", .text((ended - length).timestamp)), ("end", .text(ended.timestamp)),
      ("seconds", .number(Int(length.components.seconds))), ("first-bytes", .number(first.bytes)),
      ("second-bytes", .number(second.bytes)),
    ]
    if let address = style.text(of: first.address) { members.append(("first", .text(address))) }
    if let address = style.text(of: second.address) { members.append(("second", .text(address))) }
    return members
  }
}
