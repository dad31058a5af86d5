import Basics
import ChatProtocol

/// What other programs of this user ask of the one that has the conversation.
extension Endpoint {
  func stepOwner() {
    guard let socket = kept?.socket else { return }
    socket.step(polls) { [unowned self] request in answer(request) }
    socket.reportAcknowledged { conversation.isAcknowledged($0) }
  }

  /// - Returns: the reply, and the name of the message whose acknowledgement the other program waits for.
  private func answer(_ request: OwnerRequest) -> (OwnerReply?, MessageName?) {
    switch request {
    case .takeOver(let process):
      handOver(to: process)
      // It waits for the end of the stream.
      return (nil, nil)
    case .send(let text):
      guard let string = String(validating: text, as: UTF8.self) else { return (.refused("that is not UTF-8"), nil) }
      guard exitReason == nil, conversation.hasRoomForTyping else {
        return (.refused("the program that has the conversation takes nothing now"), nil)
      }
      conversation.accept(text, writtenAt: WallClock.system.now.seconds)
      if let problem = commitAccepted() { return (.refused(problem), nil) }
      user.terminal?.showOwn([string])
      return (.accepted(waiting: conversation.unsentCount), conversation.newestName)
    }
  }

  /// Ends, so that another program can go on with the conversation. There is no goodbye: the peer gets another link.
  private func handOver(to process: Int32) {
    guard exitReason == nil else { return }
    commitRest(atOnce: true)
    links.dropCurrent()
    interruption = nil
    conversation.linkEnded(.abandoned, resumes: false)
    conversation.gaveUp(.abandoned)
    exitReason = ExitReason(.success, "another tincan of yours (process \(process)) goes on with this conversation")
    conversation.want(.abandon)
    dismissEditor()
  }
}
