import ChatProtocol

@testable import ChatEndpoint

extension FuzzTarget {
  /// The lines that programs of one user send each other: what is taken is within its bounds, and is the same line when
  /// it is written again.
  static let ownerMessages = FuzzTarget(
    name: "owner-messages",
    words: [
      "SEND ", "SEND-AS 61 ", "AWAIT", "TAKE-OVER ", "4711", "ACCEPTED ", "3 ", "0000000000c0ffee-12", " NEW", " AGAIN",
      "ACKNOWLEDGED", "LEAVING", "REFUSED ", "\u{0}", "\u{1F40C}",
    ]
  ) { input in
    let input = input.prefix { $0 != 0x0A }
    if let request = OwnerRequest(input) {
      let line = request.line
      try require(line.firstIndex(of: 0x0A) == line.count - 1, "a request is no line")
      try require(line.count <= OwnerRequest.bytesMax + 1, "a request is longer than its bound")
      try requireEqual(OwnerRequest(line.dropLast()), request, "a request read again")
      if case .send(let message) = request {
        try require(
          (1...Limits.messageBytesMax).contains(message.text.count) && !message.text.contains(0)
            && String(validating: message.text, as: UTF8.self) != nil, "a text that cannot be sent passes")
      }
    }
    if let reply = OwnerReply(input) {
      let line = Array(reply.line.utf8)
      try require(line.firstIndex(of: 0x0A) == line.count - 1, "a reply is no line")
      try requireEqual(OwnerReply(line.dropLast()), reply, "a reply read again")
    }
  }
}
