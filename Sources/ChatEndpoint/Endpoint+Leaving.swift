import ChatProtocol

/// How an endpoint comes to its end.
extension Endpoint {
  /// Wants out for a reason. The first reason stays; a link is given its goodbye.
  func leave(_ reason: Departure) {
    departure = departure ?? reason
    if case .talking(let link) = stage { link.conversation.leave(now: now) }
  }

  /// Lets go of what is over.
  func reap() {
    if case .talking(let link) = stage, let ending = link.conversation.ending, link.isSettled(now: now) {
      end(link, ending)
    }
    if case .arriving = stage, departure != nil { stage = .flushing }
    guard case .flushing = stage else { return }
    if flushBy == nil, departure?.signal != nil || terminal != nil { flushBy = now + Limits.drainSilence }
    if !front.hasPending { isOver = true }
  }

  func end(_ link: Link, _ ending: ConversationLife.Ending) {
    let conversation = link.conversation
    let farewell = Farewell(link, ending, input: input).departure
    let goesOn = departure == nil && arrival.keeps
    // What went wrong with the link outweighs the wish to leave, but not an earlier failure.
    if !goesOn, departure == nil || departure?.status == .goodbye {
      departure = Departure(
        farewell.status, farewell.status == .goodbye ? nil : farewell.sentence, signal: departure?.signal)
    }
    let status = departure?.status ?? farewell.status
    // What went wrong is said once: here when we go on or in the event stream, else as the last thing we say.
    if goesOn || settings.json || status == .goodbye {
      front.tell(
        .ended(
          reason: departure?.sentence ?? farewell.sentence ?? "", status: status, said: conversation.linesSaid,
          heard: conversation.linesHeard, unsent: conversation.linesUnsent))
    }
    nextProgress = nil
    if goesOn {
      stage = .arriving
      do throws(Departure) { try arrival.waitAgain(now: now) } catch { leave(error) }
      return
    }
    stage = .flushing
  }
}
