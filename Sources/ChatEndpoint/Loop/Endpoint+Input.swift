import Basics
import ChatProtocol
import Glibc
import Sockets

/// The input of this end's user: keys and commands of a person, lines of a program.
extension Endpoint {
  private static let progressInterval = Duration.seconds(5)

  func readInput() {
    switch user {
    case .person(let terminal, let keyboard): readKeyboard(keyboard, terminal)
    case .batch(_, let input): readBatch(input)
    case .absent: break
    }
  }

  // MARK: Programs

  private func readBatch(_ input: BatchInput) {
    guard polls.readiness(of: input.number).contains(.readable), conversation.isOpen else { return }
    do throws(Failure) {
      if let chunk = try input.read() {
        switch chunk {
        case .lines(let lines, let count): conversation.accept(lines, count: count)
        case .messages(let messages): accept(messages)
        }
        // Lines that move set the deadline, so that an idle endpoint has none.
        if nextProgress == nil, showsProgress { nextProgress = now + Endpoint.progressInterval }
      }
      // Both come together with the last good lines, because the input may not become readable after them.
      if let reason = input.unusable { throw reason }
      if input.hasEnded { conversation.want(.inputEnded) }
    } catch {
      leave(ExitReason(error))
    }
  }

  private var showsProgress: Bool { settings.json || StandardStreams.errorIsTerminal }

  func showProgress() {
    nextProgress = nil
    guard links.current != nil, let input = user.input else { return }
    user.interface.show(.progress(of: conversation, linesLeft: input.total.map { _ in input.linesLeft }))
  }

  // MARK: A person

  private func readKeyboard(_ keyboard: InputFile, _ terminal: TerminalInterface) {
    if polls.readiness(of: keyboard.number).contains(.readable) { takeKeys(keyboard, terminal) }
    // Line editing has deadlines, too, so it may have a command in every turn.
    while let command = terminal.nextCommand(now: now) { obey(command, terminal) }
  }

  private func takeKeys(_ keyboard: InputFile, _ terminal: TerminalInterface) {
    switch try? keyboard.read(into: &typed) {
    case .wouldBlock: break
    case .moved(let count): terminal.type(typed[..<count], now: now)
    case .endOfStream, nil:
      isKeyboardGone = true
      // The terminal is gone. SIGHUP reports that too, if it is our controlling terminal.
      leave(ExitReason(.success))
      if links.current == nil { isOver = true }
    }
  }

  private func obey(_ command: TerminalInterface.Command, _ terminal: TerminalInterface) {
    switch command {
    case .leave: leave(ExitReason(.success))
    case .edit: openEditor(terminal)
    case .signal(.interrupt): interrupt()
    // Ctrl-\ leaves like a second Ctrl-C.
    case .signal(.quit): leave(by: SIGINT)
    case .signal(.suspend): suspend()
    case .code(let code): take(code)
    case .status: for line in statusReport { terminal.note(line) }
    case .verify: for line in verification { terminal.note(line) }
    case .unsend: withdrawLast(terminal)
    case .reconnect: reconnect(terminal)
    case .history(let count, let words): showHistory(newest: count, words: words, terminal)
    case .decideRepeat(let agrees):
      guard isAskedAboutRepeat else { return terminal.note("there is nothing to decide") }
      isAskedAboutRepeat = false
      conversation.decideRepeat(agrees: agrees)
      terminal.note(agrees ? "sent again" : "left out")
    case .send(let lines): send(lines, terminal)
    case .act(let text):
      let backlog = backlog
      let line = "* \(settings.name) \(text)"
      if let reason = refusal(of: line) { return terminal.refuse("/me \(text)", isText: false, because: reason) }
      conversation.accept(line.utf8, writtenAt: WallClock.system.now.seconds)
      if let reason = commitAccepted() { return terminal.refuse("/me \(text)", isText: false, because: reason) }
      terminal.showOwnAction(text)
      if let backlog { terminal.note("\(backlog); your line goes out after that") }
    }
  }

  /// Accepts lines for the peer. The first that is refused, and those behind it, go back to the prompt.
  private func send(_ typed: [String], _ terminal: TerminalInterface) {
    let backlog = backlog
    // Plain text has a message for each line.
    let lines = peerKey == nil && kept == nil ? typed : Endpoint.messages(of: typed)
    var count = 0
    var reason: String?
    while count < lines.count {
      reason = refusal(of: lines[count])
      if reason != nil { break }
      conversation.accept(lines[count].utf8, writtenAt: WallClock.system.now.seconds)
      count += 1
    }
    if count > 0, let problem = commitAccepted() { (count, reason) = (0, problem) }
    terminal.showOwn(lines[..<count])
    if let backlog, count > 0 {
      terminal.note("\(backlog); your \(count == 1 ? "line goes" : "lines go") out after that")
    }
    if let reason { terminal.refuse(lines[count...].joined(separator: "\n"), isText: true, because: reason) }
  }

  /// Joins lines that were typed or pasted together: they are one message, or as few as are possible.
  private static func messages(of lines: [String]) -> [String] {
    var messages: [String] = []
    for line in lines {
      if let last = messages.last, last.utf8.count + 1 + line.utf8.count <= Limits.messageBytesMax {
        messages[messages.count - 1] += "\n" + line
      } else {
        messages.append(line)
      }
    }
    return messages
  }

  /// The amount that waits for a peer that reads slowly, in words; nil while all goes out at once.
  private var backlog: String? {
    guard let peerLabel, conversation.isOpen, !conversation.hasOutboxRoom else { return nil }
    return "\(conversation.unsentBytes >> 10) KiB wait for \(peerLabel)"
  }

  /// Why a line for the peer cannot be accepted; nil when it can.
  private func refusal(of line: String) -> String? {
    guard let peerLabel, conversation.isOpen else {
      return "nobody is there to hear it; your line is back at the prompt"
    }
    guard line.utf8.count <= Limits.messageBytesMax else {
      return "that is \(line.utf8.count) bytes, and a message is at most \(Limits.messageBytesMax)"
    }
    guard conversation.hasRoomForTyping else {
      return "\(conversation.unsentBytes >> 10) KiB wait for \(peerLabel); your line is back at the prompt until "
        + "some of that is gone"
    }
    return nil
  }

  private var statusReport: [String] {
    if let interruption {
      return [
        "the link to \(interruption.link.peerLabel) was lost \((now - interruption.since).components.seconds) s ago: "
          + interruption.link.reason(interruption.ending),
        "\(conversation.unsentCount.counted("line waits", "lines wait")) for the next",
      ]
    }
    guard let link = links.current else {
      let waits = conversation.unsentCount.counted("line waits", "lines wait")
      return ["nobody is there"] + (conversation.unsentCount > 0 ? ["\(waits) for \(peerLabel ?? "the peer")"] : [])
    }
    return [
      "with \(link.peerLabel) \(link.isAtRelay ? "through the relay" : "at") \(link.transportAddress), "
        + securityStatus(of: link),
      "since \(connectedTime.date), \(connectedTime.hoursAndMinutes)",
      "\(conversation.writtenCount.counted("line", "lines")) said, "
        + "\(conversation.receivedCount.counted("line", "lines")) heard; "
        + "\(conversation.unsentCount.counted("line is", "lines are")) not "
        + (link.session.acknowledges ? "with the other side yet" : "sent yet"),
    ]
  }

  private func securityStatus(of link: Link) -> String {
    let group = link.channel.tls?.peer?.group ?? ""
    return switch security {
    case .plain: "not encrypted"
    case .open: "encrypted (\(group)), nobody vouches for the other side"
    case .paired, .known: "private from end to end (\(group))"
    }
  }

  /// Both keys, and how the two have met.
  var verification: [String] {
    guard let link = links.current else { return ["nobody is there"] }
    guard let trust, let fingerprint = link.channel.tls?.peer?.fingerprint else {
      return ["this conversation is not encrypted, so there is nothing to verify"]
    }
    var report = [
      "your key:  \(trust.identity.fingerprint)", "their key: \(fingerprint)",
      fingerprint == trust.identity.fingerprint
        ? "they are the same: both ends are you"
        : "compare both by other means, by telephone say: if they are the same there, nobody is between you",
    ]
    if let known = try? trust.knownPeer(fingerprint) {
      let place = known.met == .atRelay ? "at a relay" : "directly"
      // The name that it has on the screen: it may have been renamed meanwhile.
      report.append("you met \(link.peerLabel) by a code, \(place), on \(WallTime(seconds: known.metAt).date)")
    }
    return report
  }
}
