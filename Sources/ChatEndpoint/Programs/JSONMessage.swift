import ChatProtocol
import MessageStore

/// A line of `--json-input`: `{"text":"…","id":"…"}`. docs/EVENTS.md says what is in it.
enum JSONMessage {
  /// Why a line is no message.
  enum Problem: Error, Equatable {
    case tooLong
    case notUTF8
    case syntax(JSONReader.Problem)
    case unknownMember(String)
    case repeatedMember(String)
    case noText
    case textTooLong
    case nulInText
    /// The id is empty, too long, or has a NUL.
    case unusableID

    /// The problem, behind the name of the line.
    var description: String {
      switch self {
      case .tooLong: "is longer than \(JSONMessage.lineBytesMax) bytes"
      case .notUTF8: "is not UTF-8"
      case .syntax(.malformed(let byte)): "is no JSON object: byte \(byte) is not what is needed there"
      case .syntax(.loneSurrogate(let byte)): "has half of a surrogate pair at byte \(byte)"
      case .syntax(.notString(let byte)): "has a value at byte \(byte) that is no string"
      case .unknownMember(let name): "has a member '\(name)'; there are 'text' and 'id'"
      case .repeatedMember(let name): "has the member '\(name)' twice"
      case .noText: "has no text"
      case .textTooLong: "has a text of more than \(Limits.messageBytesMax) bytes, the most one message can be"
      case .nulInText: "has a NUL in its text"
      case .unusableID: "has an id that is not 1 to \(CallerID.bytesMax) bytes without NUL"
      }
    }
  }

  /// The longest line, in bytes without its line feed: every byte of a longest text and id may be escaped in six.
  static let lineBytesMax = 512 << 10

  /// Reads a line.
  static func read(_ line: ArraySlice<UInt8>) throws(Problem) -> SubmittedMessage {
    guard line.count <= lineBytesMax else { throw .tooLong }
    guard String(validating: line, as: UTF8.self) != nil else { throw .notUTF8 }
    let members: [JSONReader.Member]
    do throws(JSONReader.Problem) { members = try JSONReader.members(of: line) } catch { throw .syntax(error) }
    var values: [String: [UInt8]] = [:]
    for member in members {
      let name = String(decoding: member.name, as: UTF8.self)
      guard ["text", "id"].contains(name) else { throw .unknownMember(String(name.prefix(nameShownMax))) }
      guard values.updateValue(member.value, forKey: name) == nil else { throw .repeatedMember(name) }
    }
    guard let text = values["text"], !text.isEmpty else { throw .noText }
    guard text.count <= Limits.messageBytesMax else { throw .textTooLong }
    guard !text.contains(0) else { throw .nulInText }
    guard let bytes = values["id"] else { return SubmittedMessage(text: text, id: nil) }
    guard let id = CallerID(bytes) else { throw .unusableID }
    return SubmittedMessage(text: text, id: id)
  }

  /// So much of an unknown name is shown, in characters.
  private static let nameShownMax = 40
}

/// The lines of `--json-input`, as they come.
struct JSONMessageDecoder {
  /// The first line that is no message.
  struct Unusable: Error, Equatable {
    /// The line's number, counted from 1.
    let line: Int
    let problem: JSONMessage.Problem
  }

  /// The beginning of a line whose end has not come.
  private var open: [UInt8] = []
  /// The number of messages so far.
  private(set) var count = 0

  /// Takes the next bytes.
  /// - Parameter messages: gets the messages that are whole, also those before an unusable line.
  /// - Throws: the first line that is no message. Do not go on after it.
  mutating func receive(_ bytes: ArraySlice<UInt8>, _ messages: inout [SubmittedMessage]) throws(Unusable) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if open.isEmpty {
        try read(rest[..<end], &messages)
      } else {
        open += rest[..<end]
        defer { open = [] }
        try read(open[...], &messages)
      }
      rest = rest[(end + 1)...]
    }
    open += rest
    if open.count > JSONMessage.lineBytesMax { throw Unusable(line: count + 1, problem: .tooLong) }
  }

  /// Takes the end of the input. A last line without its line feed is a line, too.
  mutating func finish(_ messages: inout [SubmittedMessage]) throws(Unusable) {
    guard !open.isEmpty else { return }
    defer { open = [] }
    try read(open[...], &messages)
  }

  private mutating func read(_ line: ArraySlice<UInt8>, _ messages: inout [SubmittedMessage]) throws(Unusable) {
    do throws(JSONMessage.Problem) {
      messages.append(try JSONMessage.read(line))
      count += 1
    } catch {
      throw Unusable(line: count + 1, problem: error)
    }
  }
}
