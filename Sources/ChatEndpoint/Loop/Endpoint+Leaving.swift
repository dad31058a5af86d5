import Basics
import ChatProtocol

/// How an endpoint comes to its end.
extension Endpoint {
  /// Wants out for a reason. A failure outweighs the mere wish to leave; among failures the first stays. The peer is given a
  /// goodbye.
  func leave(_ reason: ExitReason) {
    if let present = exitReason {
      if present.status == .goodbye, reason.status != .goodbye {
        exitReason = reason
        exitReason?.signal = present.signal
      }
    } else {
      exitReason = reason
    }
    conversation.want(.leave)
  }

  /// A signal wants us out: gracefully the first time, at once the second.
  func leave(by signal: CInt) {
    if exitReason?.signal != nil {
      isForced = true
      conversation.want(.abandon)
    }
    leave(ExitReason(.goodbye, signal: signal))
    if exitReason?.signal == nil { exitReason?.signal = signal }
  }

  /// Closes the current link once its session is over, and settles what became of ended conversations.
  func concludeLink() {
    if let link = links.current, let ending = link.session.ending {
      // What the session found at its end is not lost.
      commit()
      conversation.linkEnded(ending, resumes: link.session.resumes)
      close(link, ending)
    }
    for ended in links.step(polls, now: now) { settle(ended.conversation, isTaken: ended.isTaken) }
  }

  private func close(_ link: Link, _ ending: SessionEnding) {
    let goesOn = exitReason == nil && reach.keeps
    let ended = ended(link, ending, goesOn: goesOn)
    switch ending {
    case .goodbye, .peerStayed:
      // The peer may be as silent about taking the rest as about anything else.
      let silence = conversation.wish >= .leave ? Limits.goodbyeWait : Limits.batchDrainSilence
      links.closeCurrent(ended, silence: silence, now: now)
    case .notTaken, .broken, .abandoned, .refused:
      links.dropCurrent()
      settle(ended, isTaken: false)
    }
    nextProgress = nil
    if goesOn { waitForNext(after: ended) }
  }

  private func ended(_ link: Link, _ ending: SessionEnding, goesOn: Bool) -> EndedConversation {
    // The input of an end that goes on was not meant for this peer alone: another may get the rest.
    let input = goesOn ? nil : user.input
    let isLeaving = conversation.wish >= .leave
    return EndedConversation(
      peer: link.peer, ending: ending, peerLeftFirst: link.session.peerLeftFirst, wasLeaving: isLeaving,
      acceptedCount: conversation.acceptedCount, sentCount: conversation.acceptedCount - conversation.unsentCount,
      receivedCount: conversation.receivedCount, unsentCount: conversation.unsentCount + (input?.linesLeft ?? 0),
      inputRemains: !isLeaving && !(input?.hasEnded ?? true), endsProgram: !goesOn, fault: link.fault)
  }

  private func waitForNext(after ended: EndedConversation) {
    let wasUseful =
      ended.acceptedCount + ended.receivedCount > 0 || now - connectedAt >= Limits.usefulConversation
    conversation = Conversation(party: settings.party)
    reach.again(wasUseful: wasUseful, now: now)
  }

  /// The fate of a conversation is known: reports it, and ends the program if it was the last.
  private func settle(_ ended: EndedConversation, isTaken: Bool) {
    let outcome = ConversationOutcome(ended, isTaken: isTaken)
    // What went wrong with the link outweighs the wish to leave, but not an earlier failure.
    if ended.endsProgram, exitReason == nil || exitReason?.status == .goodbye {
      exitReason = ExitReason(
        outcome.status, outcome.status == .goodbye ? nil : outcome.sentence, signal: exitReason?.signal)
    }
    let status = ended.endsProgram ? exitReason?.status ?? outcome.status : outcome.status
    // What went wrong is reported once: here when we go on or in the event stream, else as the last sentence.
    guard !ended.endsProgram || settings.json || status == .goodbye else { return }
    let reason = ended.endsProgram ? exitReason?.sentence ?? outcome.sentence : outcome.sentence
    let number = ended.endsProgram ? exitReason?.number ?? status.rawValue : status.rawValue
    user.interface.show(
      .ended(
        .init(
          peer: ended.peer, reason: reason, status: number, sent: ended.sentCount,
          received: ended.receivedCount, unsent: ended.unsentCount)))
  }

  /// Waits for no link any longer.
  func abandonLinks() {
    for ended in links.abandonClosing() { settle(ended.conversation, isTaken: ended.isTaken) }
  }
}
