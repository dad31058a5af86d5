import Basics
import ChatProtocol

/// The way to the end of an endpoint.
extension Endpoint {
  /// Leaves for a reason, with a goodbye to the peer. The first reason stays, but a failure replaces a mere wish to
  /// leave.
  func leave(_ reason: ExitReason) {
    if let present = exitReason {
      if present.status == .success, reason.status != .success {
        exitReason = reason
        exitReason?.signal = present.signal
      }
    } else {
      exitReason = reason
    }
    conversation.want(.leave)
  }

  /// Leaves because of a failure, and reports it.
  func leave(after failure: Failure) {
    let triesAgain = settings.role.dialling?.triesAgain ?? false
    let reason = sayingWhatWaits(
      ExitReason(failure, dialling: trust?.expected?.name.description, triesAgain: triesAgain))
    leave(reason)
    reportFailure(reason)
  }

  private func reportFailure(_ reason: ExitReason) {
    // The last event has the status, so there is one.
    guard !isEndReported else { return }
    user.interface.show(.failed(reason: reason.sentence ?? "this end was asked to end", status: reason.number))
    isEndReported = true
  }

  /// Shows a program that this end ends, where no conversation does.
  func reportEndOutsideConversation() {
    guard settings.json, !isEndReported, let exitReason, exitReason.number != 0 else { return }
    reportFailure(exitReason)
  }

  /// Leaves because of a signal: in order for the first one, at once for the second.
  func leave(by signal: CInt) {
    if exitReason?.signal != nil {
      isForced = true
      conversation.want(.abandon)
    }
    leave(ExitReason(.success, signal: signal))
    if exitReason?.signal == nil { exitReason?.signal = signal }
  }

  /// Closes the current link once its session is over, and settles ended conversations whose outcome is known.
  func concludeLink() {
    if let link = links.current, let ending = link.session.ending {
      // The session may have added a last message at its end.
      commit()
      let resumes = canResume(after: link)
      conversation.linkEnded(ending, resumes: resumes)
      if resumes { interrupt(link, ending) } else { close(link, ending) }
    }
    for ended in links.step(polls, now: now) { settle(ended.conversation, isTaken: ended.isTaken) }
  }

  private func close(_ link: Link, _ ending: SessionEnding) {
    let goesOn = exitReason == nil && (reach.servesAgain || isForeignCaller(ending))
    let ended = ended(LostLink(link), ending, goesOn: goesOn)
    switch ending {
    case .goodbye, .noPeerEnd:
      // An end that leaves gives the last bytes no more time than a goodbye.
      let silence = conversation.wish >= .leave ? Limits.goodbyeWait : Limits.batchDrainSilence
      links.closeCurrent(ended, silence: silence, now: now)
    case .foreign(let foreign):
      if let answer = foreign.answer { links.answerForeign(with: answer, now: now) } else { links.dropCurrent() }
      settle(ended, isTaken: false)
    case .notTaken, .broken, .abandoned, .peerBusy, .silent, .violated, .complained, .refused, .refusedByPeer:
      links.dropCurrent()
      settle(ended, isTaken: false)
    }
    nextProgress = nil
    if goesOn { waitForNext(after: ended) }
  }

  /// Whether a caller was no peer and got nothing of ours. An end that waits goes on waiting after it.
  private func isForeignCaller(_ ending: SessionEnding) -> Bool {
    guard case .foreign = ending, case .acceptor = reach else { return false }
    return conversation.acceptedCount == 0
  }

  func ended(_ link: LostLink, _ ending: SessionEnding, goesOn: Bool) -> EndedConversation {
    // An end that goes on keeps its input, because the next peer gets the rest.
    let input = goesOn ? nil : user.input
    let isLeaving = conversation.wish >= .leave
    return EndedConversation(
      peerLabel: link.peerLabel, ending: ending, peerLeftFirst: link.peerLeftFirst, wasLeaving: isLeaving,
      acceptedCount: conversation.acceptedCount,
      // Messages that are sent again are unsent, and can be more than that.
      sentCount: max(0, owedAtOpening + conversation.writtenCount - conversation.unsentCount),
      receivedCount: conversation.receivedCount, unsentCount: conversation.unsentCount + (input?.linesLeft ?? 0),
      inputRemains: !isLeaving && !(input?.hasEnded ?? true), endsProgram: !goesOn,
      acknowledged: link.acknowledged, isStored: kept != nil, linkError: link.linkError,
      channelFailure: link.channelFailure)
  }

  func waitForNext(after ended: EndedConversation) {
    commitRest(atOnce: true)
    let wasUseful =
      ended.acceptedCount + ended.receivedCount > 0 || now - connectedAt >= Endpoint.usefulTime
    conversation = Endpoint.newConversation(settings)
    (peerKey, linkChoice, interruption, hasPeerEnded) = (nil, LinkChoice(), nil, false)
    (held, kept, owedAtOpening, isAskedAboutRepeat) = (nil, nil, 0, false)
    awaited.removeAll()
    trust?.heldPeer = nil
    trust?.notePresent(nil, isPinned: false)
    do throws(Failure) { try takeUpExpected() } catch { leave(ExitReason(error)) }
    reach.again(wasUseful: wasUseful, now: now)
    // A code is for one meeting. One that is void is followed by another later, or by none.
    if let trust, trust.needsCodeOfItsOwn, trust.code == nil, nextCodeAt == nil, !trust.hasEndedPairing { makeCode() }
  }

  /// Reports an ended conversation whose outcome is known, and sets the exit reason if it was the last.
  func settle(_ ended: EndedConversation, isTaken: Bool) {
    commitRest(atOnce: true)
    let outcome = ConversationOutcome(ended, isTaken: isTaken)
    // A failure of the link replaces a mere wish to leave, but no earlier failure.
    if ended.endsProgram, exitReason == nil || exitReason?.status == .success {
      exitReason = ExitReason(
        outcome.status, outcome.status == .success ? nil : outcome.sentence, signal: exitReason?.signal)
    }
    let status = ended.endsProgram ? exitReason?.status ?? outcome.status : outcome.status
    // A failure is reported once: as an event when the program goes on or its user reads events, else as the last
    // sentence.
    guard !ended.endsProgram || settings.json || status == .success else { return }
    let reason = ended.endsProgram ? exitReason?.sentence ?? outcome.sentence : outcome.sentence
    let number = ended.endsProgram ? exitReason?.number ?? status.rawValue : status.rawValue
    report(ended, reason, number)
  }

  /// - Parameter number: the status as the shell sees it.
  func report(_ ended: EndedConversation, _ reason: String, _ number: CInt) {
    user.interface.show(
      .ended(
        .init(
          peer: ended.peerLabel, reason: reason, status: number, sent: ended.sentCount,
          received: ended.receivedCount, unsent: ended.unsentCount)))
    if ended.endsProgram { isEndReported = true }
  }

  /// Closes all closing links at once, and settles their conversations.
  func abandonLinks() {
    for ended in links.abandonClosing() { settle(ended.conversation, isTaken: ended.isTaken) }
  }
}
