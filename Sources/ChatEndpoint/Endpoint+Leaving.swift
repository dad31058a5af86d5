import Basics
import ChatProtocol

/// How an endpoint comes to its end.
extension Endpoint {
  /// Wants out for a reason. A failure outweighs the mere wish to leave; among failures the first stays. A link is given its
  /// goodbye.
  func leave(_ reason: Departure) {
    if departure == nil {
      departure = reason
    } else if departure?.status == .goodbye, reason.status != .goodbye {
      departure = Departure(reason.status, reason.sentence, signal: departure?.signal)
    }
    if case .talking(let link) = stage { link.conversation.leave(now: now) }
  }

  /// Lets go of a link whose conversation is over.
  func part() {
    if case .talking(let link) = stage, let ending = link.conversation.ending, link.isSettled(now: now) {
      end(link, ending)
    }
  }

  /// Ends when there is nothing left to do.
  func reap() {
    if case .arriving = stage, departure != nil { stage = .flushing }
    guard case .flushing = stage else { return }
    if flushBy == nil, departure?.signal != nil || terminal != nil { flushBy = now + Limits.drainSilence }
    if front.pendingLines == 0 { isOver = true }
  }

  func end(_ link: Link, _ ending: ConversationLife.Ending) {
    let conversation = link.conversation
    if !conversation.inbox.isEmpty { front.show(conversation.inbox, from: link.peer) }
    let goesOn = departure == nil && arrival.keeps
    let farewell = Farewell(link, ending, input: goesOn ? nil : input)
    // What went wrong with the link outweighs the wish to leave, but not an earlier failure.
    if !goesOn, departure == nil || departure?.status == .goodbye {
      departure = Departure(
        farewell.status, farewell.status == .goodbye ? nil : farewell.sentence, signal: departure?.signal)
    }
    let status = goesOn ? farewell.status : departure?.status ?? farewell.status
    // What went wrong is said once: here when we go on or in the event stream, else as the last thing we say.
    if goesOn || settings.json || status == .goodbye {
      front.tell(
        .ended(
          reason: departure?.sentence ?? farewell.sentence,
          status: departure?.number ?? status.rawValue, sent: conversation.linesSaid - conversation.linesUnsent,
          heard: conversation.linesHeard, unsent: farewell.unsent))
    }
    nextProgress = nil
    if goesOn {
      stage = .arriving
      arrival.waitAgain(now: now)
      return
    }
    stage = .flushing
  }
}
