import ChatProtocol
import Sockets

// What programs of one user send each other about a conversation, over a socket file beside the store: one line, and
// one or two lines in return.
//
// ```
//   SEND text             ACCEPTED 3           3 messages wait, this one among them
//                         ACKNOWLEDGED         once the peer has it, if the asking program is still there
//   TAKE-OVER 4711        (the end of the stream, once the conversation is free)
//   anything else         REFUSED reason
// ```

/// What a program asks of the one that has the conversation. NUL stands for a line end within a text.
enum OwnerRequest: Equatable {
  case send(text: [UInt8])
  /// - by: the number of the process that asks.
  case takeOver(by: Int32)

  /// The most bytes of a request, without its line feed.
  static let bytesMax = Limits.messageBytesMax + 16

  /// - Returns: nil if the line is no request.
  init?(_ line: ArraySlice<UInt8>) {
    let send = Array("SEND ".utf8)
    let takeOver = Array("TAKE-OVER ".utf8)
    if line.starts(with: send) {
      let text = line.dropFirst(send.count)
      guard !text.isEmpty, text.count <= Limits.messageBytesMax else { return nil }
      self = .send(text: text.map { $0 == 0 ? UInt8(ascii: "\n") : $0 })
    } else if line.starts(with: takeOver) {
      let digits = line.dropFirst(takeOver.count)
      guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
        let process = Int32(String(decoding: digits, as: UTF8.self))
      else { return nil }
      self = .takeOver(by: process)
    } else {
      return nil
    }
  }

  /// The line, with its line feed.
  var line: [UInt8] {
    switch self {
    case .send(let text): Array("SEND ".utf8) + text.map { $0 == UInt8(ascii: "\n") ? 0 : $0 } + [UInt8(ascii: "\n")]
    case .takeOver(let process): Array("TAKE-OVER \(process)\n".utf8)
    }
  }
}

/// What the program that has the conversation replies.
enum OwnerReply: Equatable {
  /// - waiting: how many messages the peer does not have, this one included.
  case accepted(waiting: Int)
  case acknowledged
  case refused(String)

  /// The most bytes of a reply, without its line feed.
  static let bytesMax = 1024

  /// - Returns: nil if the line is no reply.
  init?(_ line: ArraySlice<UInt8>) {
    let text = String(decoding: line, as: UTF8.self)
    let parts = text.split(separator: " ", maxSplits: 1)
    switch parts.first {
    case "ACCEPTED":
      guard parts.count == 2, let waiting = Int(parts[1]), waiting >= 0 else { return nil }
      self = .accepted(waiting: waiting)
    case "ACKNOWLEDGED" where parts.count == 1: self = .acknowledged
    case "REFUSED" where parts.count == 2: self = .refused(String(parts[1]))
    default: return nil
    }
  }

  /// The line, with its line feed.
  var line: String {
    switch self {
    case .accepted(let waiting): "ACCEPTED \(waiting)\n"
    case .acknowledged: "ACKNOWLEDGED\n"
    case .refused(let reason): "REFUSED \(reason.replacing("\n", with: " "))\n"
    }
  }
}
