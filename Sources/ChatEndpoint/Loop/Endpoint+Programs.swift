import ChatProtocol
import MessageStore

/// Messages of a program that have ids, and what the program is told of them.
extension Endpoint {
  /// No more of them may be on their way: with the longest ids they take 5 MB.
  private static let awaitedMax = 16 << 10

  /// Whether more messages are read from the input. Each may make an event, so a program that does not read those has
  /// to wait.
  var takesMessages: Bool {
    !settings.inputIsJSON || (awaited.count < Endpoint.awaitedMax && user.interface.canShowMessages)
  }

  /// Accepts messages from the input.
  func accept(_ messages: [SubmittedMessage]) {
    for message in messages {
      let name = accept(message.text)
      guard let id = message.id else { continue }
      user.interface.show(.accepted(id: id, name: name, isRepeated: false))
      if let name { awaited.append(AcceptedMessage(id: id, name: name, isRepeated: false)) }
    }
  }

  /// - Returns: the message's name; nil if the peer gets lines of text, a message each, and acknowledges none.
  private func accept(_ text: [UInt8]) -> MessageName? {
    guard peerKey == nil else {
      conversation.accept(text)
      return conversation.newestName
    }
    let feed = UInt8(ascii: "\n")
    conversation.accept((text + [feed])[...], count: text.count { $0 == feed } + 1)
    return nil
  }

  /// Reports the messages that the peer has.
  func reportAcknowledged() {
    while let message = awaited.takeFirst(if: { isAcknowledged($0.name) }) {
      user.interface.show(.acknowledged(id: message.id, name: message.name))
    }
  }

  /// Whether the peer has a message, and this end has that on the disk. A program that is told so forgets the message,
  /// and this one may be killed. While the disk takes nothing, it is tried again with each turn.
  func isAcknowledged(_ name: MessageName) -> Bool {
    guard conversation.isAcknowledged(name) else { return false }
    commitRest(atOnce: true)
    return conversation.unstoredAcknowledgements.isEmpty
  }
}
