import Basics
import ChatProtocol
import MessageStore
import Sockets

// Programs of one user send each other these lines about a conversation, over a socket file beside the store: one line,
// and one in return.
//
// ```
//   SEND text             ACCEPTED 3 00c0ffee00c0ffee-12 NEW      3 messages wait; the name of this one
//   SEND-AS 6964 text     the same, or AGAIN in place of NEW      its id, in hexadecimal, was known
//                         LEAVING                                 this program ends, and did not accept it
//   AWAIT                 ACKNOWLEDGED                            once the peer has all that was accepted
//   TAKE-OVER 4711        (the end of the stream)                 once the conversation is free
//   anything else         REFUSED reason
// ```

/// A request to the program that has the conversation. NUL stands for a line end within a text.
enum OwnerRequest: Equatable {
  case send(SubmittedMessage)
  case await
  /// - by: the number of the process that asks.
  case takeOver(by: Int32)

  /// The most bytes of a request, without its line feed.
  static let bytesMax = Limits.messageBytesMax + 2 * CallerID.bytesMax + 16

  /// - Returns: nil if the line is no request.
  init?(_ line: ArraySlice<UInt8>) {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count > 1 ? parts[1] : []
    switch String(decoding: parts[0], as: UTF8.self) {
    case "SEND": self.init(text: rest, id: nil)
    case "SEND-AS":
      let parts = rest.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let id = Hexadecimal.bytes(parts[0]).flatMap({ CallerID($0) }) else { return nil }
      self.init(text: parts[1], id: id)
    case "AWAIT" where parts.count == 1: self = .await
    case "TAKE-OVER":
      guard let process = Int32(digits: rest) else { return nil }
      self = .takeOver(by: process)
    default: return nil
    }
  }

  private init?(text: ArraySlice<UInt8>, id: CallerID?) {
    guard !text.isEmpty, text.count <= Limits.messageBytesMax, String(validating: text, as: UTF8.self) != nil
    else { return nil }
    self = .send(SubmittedMessage(text: text.map { $0 == 0 ? UInt8(ascii: "\n") : $0 }, id: id))
  }

  /// The line, with its line feed.
  var line: [UInt8] {
    switch self {
    case .send(let message):
      Array((message.id.map { "SEND-AS \(Hexadecimal.text($0.bytes)) " } ?? "SEND ").utf8)
        + message.text.map { $0 == UInt8(ascii: "\n") ? 0 : $0 } + [UInt8(ascii: "\n")]
    case .await: Array("AWAIT\n".utf8)
    case .takeOver(let process): Array("TAKE-OVER \(process)\n".utf8)
    }
  }
}

/// A reply of the program that has the conversation.
enum OwnerReply: Equatable {
  /// - waiting: how many messages the peer does not have, this one included.
  /// - isRepeated: whether it had been accepted before, under the same id.
  case accepted(waiting: Int, MessageName, isRepeated: Bool)
  case acknowledged
  /// The message was not accepted, because the program is about to end. Then the conversation is free.
  case leaving
  case refused(String)

  /// The most bytes of a reply, without its line feed.
  static let bytesMax = 1024

  /// - Returns: nil if the line is no reply.
  init?(_ line: ArraySlice<UInt8>) {
    let text = String(decoding: line, as: UTF8.self)
    let parts = text.split(separator: " ", maxSplits: 1)
    switch parts.first {
    case "ACCEPTED":
      let values = parts.last?.split(separator: " ") ?? []
      guard parts.count == 2, values.count == 3, let waiting = Int(digits: values[0].utf8),
        let name = MessageName(values[1]), ["NEW", "AGAIN"].contains(values[2])
      else { return nil }
      self = .accepted(waiting: waiting, name, isRepeated: values[2] == "AGAIN")
    case "ACKNOWLEDGED" where parts.count == 1: self = .acknowledged
    case "LEAVING" where parts.count == 1: self = .leaving
    case "REFUSED" where parts.count == 2: self = .refused(String(parts[1]))
    default: return nil
    }
  }

  /// The line, with its line feed.
  var line: String {
    switch self {
    case .accepted(let waiting, let name, let isRepeated):
      "ACCEPTED \(waiting) \(name.text) \(isRepeated ? "AGAIN" : "NEW")\n"
    case .acknowledged: "ACKNOWLEDGED\n"
    case .leaving: "LEAVING\n"
    // CR LF is one Character, so a search for "\n" would miss it.
    case .refused(let reason): "REFUSED \(String(reason.unicodeScalars.map { $0 == "\n" ? " " : Character($0) }))\n"
    }
  }
}
