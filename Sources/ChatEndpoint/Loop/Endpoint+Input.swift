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
    }
  }

  // MARK: Programs

  private func readBatch(_ input: BatchInput) {
    guard polls.readiness(of: input.number).contains(.readable), conversation.isOpen else { return }
    do throws(Failure) {
      if let chunk = try input.read() {
        conversation.accept(chunk.lines, count: chunk.count)
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
    case .status: for line in statusReport { terminal.note(line) }
    case .send(let lines):
      for (index, line) in lines.enumerated() {
        let rest = lines[index...].joined(separator: "\n")
        guard send(line, orReturn: rest, isText: true, terminal) else { break }
        terminal.showOwn([line])
      }
    case .act(let text):
      if send("* \(settings.name) \(text)", orReturn: "/me \(text)", isText: false, terminal) {
        terminal.showOwnAction(text)
      }
    }
  }

  /// Accepts a line for the peer, or puts it back into the prompt with the reason.
  private func send(_ line: String, orReturn typed: String, isText: Bool, _ terminal: TerminalInterface) -> Bool {
    guard let link = links.current, conversation.isOpen else {
      terminal.refuse(typed, isText: isText, because: "nobody is there to hear it; your line is back at the prompt")
      return false
    }
    guard line.utf8.count <= Limits.messageBytesMax else {
      let reason = "that is \(line.utf8.count) bytes, and a message is at most \(Limits.messageBytesMax)"
      terminal.refuse(typed, isText: isText, because: reason)
      return false
    }
    guard conversation.hasOutboxRoom else {
      terminal.refuse(
        typed, isText: isText, because: "\(link.peerLabel) does not read; your line is back at the prompt")
      return false
    }
    conversation.accept(line.utf8)
    return true
  }

  private var statusReport: [String] {
    guard let link = links.current else { return ["nobody is there"] }
    return [
      "with \(link.peerLabel) at \(link.transportAddress), not encrypted",
      "since \(connectedTime.date), \(connectedTime.hoursAndMinutes)",
      "\(lines(conversation.acceptedCount)) said, \(conversation.unsentCount) of them not sent yet; "
        + "\(lines(conversation.receivedCount)) heard",
    ]
  }

  private func lines(_ count: Int) -> String { "\(count) \(count == 1 ? "line" : "lines")" }
}
