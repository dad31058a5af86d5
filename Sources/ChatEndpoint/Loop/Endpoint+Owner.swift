import Basics
import ChatProtocol

/// Requests of other programs of this user, as the one that has the conversation.
extension Endpoint {
  func stepOwner() {
    guard let socket = held?.socket else { return }
    socket.step(polls, now: now) { [unowned self] request in answer(request) }
    socket.reportAcknowledged { storesAcknowledgement(of: $0) }
  }

  /// - Returns: the reply, and the name of the message whose acknowledgement the other program waits for.
  private func answer(_ request: OwnerRequest) -> (OwnerReply?, MessageName?) {
    switch request {
    case .takeOver(let process):
      handOver(to: process)
      // It waits for the end of the stream.
      return (nil, nil)
    case .await:
      // Without a stored conversation what is kept waits for another program, so this one has nothing to report.
      guard kept != nil else { return (nil, nil) }
      // Without a history the text of what the peer has is gone at once.
      let unstored = conversation.unstoredAcknowledgements.first.map { MessageName($0.key, $0.value) }
      guard let newest = conversation.newestWritten ?? unstored, !storesAcknowledgement(of: newest) else {
        return (.acknowledged, nil)
      }
      return (nil, newest)
    case .send(let message):
      do throws(Failure) { return (try accept(message), nil) } catch {
        return (.refused(ExitReason(error).sentence ?? ""), nil)
      }
    }
  }

  /// Accepts a message of another program. One whose id is known was accepted before.
  private func accept(_ message: SubmittedMessage) throws(Failure) -> OwnerReply {
    guard let kept else { return try keepForLater(message) }
    if let id = message.id, let known = try kept.message(id) {
      return .accepted(waiting: conversation.unsentCount, known, isRepeated: true)
    }
    guard exitReason == nil, conversation.hasRoomForTyping else { return .leaving }
    conversation.accept(message.text, writtenAt: WallClock.system.now.seconds)
    guard let name = conversation.newestName else { preconditionFailure("a message was accepted") }
    if let problem = commitAccepted(message.id.map { [name: $0] } ?? [:]) { return .refused(problem) }
    user.terminal?.showOwn([String(decoding: message.text, as: UTF8.self)])
    return .accepted(waiting: conversation.unsentCount, name, isRepeated: false)
  }

  /// Keeps a message of another program, while this end is in batch: its own messages are in its input, and what the
  /// store has goes out when a program has the stored conversation.
  private func keepForLater(_ message: SubmittedMessage) throws(Failure) -> OwnerReply {
    guard let held, let (accepted, waiting) = try trust?.accept(message, for: held.fingerprint) else {
      return .refused("nothing is kept here")
    }
    return .accepted(waiting: waiting, accepted.name, isRepeated: accepted.isRepeated)
  }

  /// Ends, so that another program can go on with the conversation. There is no goodbye: the peer gets another link.
  private func handOver(to process: Int32) {
    guard exitReason == nil else { return }
    commitRest(atOnce: true)
    let reason = handedOver(to: process)
    let lost = links.current.map(LostLink.init) ?? interruption?.link
    // To a person the last sentence says it.
    if settings.json, let lost {
      report(ended(lost, .abandoned, goesOn: false), reason.sentence ?? "", reason.number)
    }
    links.dropCurrent()
    exitReason = reason
    interruption = nil
    conversation.linkEnded(.abandoned, resumes: false)
    conversation.gaveUp(.abandoned)
    conversation.want(.abandon)
    dismissEditor()
  }

  /// Why this end ends. To a program the status says whether the peer has everything of its own.
  private func handedOver(to process: Int32) -> ExitReason {
    let sentence = "another tincan of yours (process \(process)) goes on with this conversation"
    let lacking = conversation.unsentCount + (user.input?.linesLeft ?? 0)
    let isUndelivered = user.terminal == nil && (lacking > 0 || user.input?.hasEnded == false)
    guard isUndelivered else { return ExitReason(.success, sentence) }
    if lacking == 0 { return ExitReason(.undelivered, "\(sentence) before everything was said") }
    if kept != nil {
      return ExitReason(
        .undelivered, sentence, waiting: lacking.counted("message waits", "messages wait"))
    }
    let messages = lacking.counted("message was", "messages were")
    return ExitReason(.undelivered, "\(sentence): \(messages) not acknowledged")
  }
}
