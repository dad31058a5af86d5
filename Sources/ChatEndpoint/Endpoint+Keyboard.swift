import ChatProtocol
import Glibc
import Sockets

/// What the person at the keyboard wants, done.
extension Endpoint {
  func readKeyboard(_ keyboard: InputFile, _ terminal: TerminalFront) {
    guard polls.readiness(of: keyboard.number).contains(.readable) else { return }
    switch try? keyboard.read(into: &typed) {
    case .wouldBlock: break
    case .moved(let count):
      terminal.type(typed[..<count])
      while let wish = terminal.nextWish() { grant(wish, terminal) }
    case .endOfStream, nil:
      keyboardIsGone = true
      // The terminal is gone; SIGHUP says so too where it is ours.
      leave(Departure(.goodbye))
      if case .arriving = stage { isOver = true }
    }
  }

  func grant(_ wish: TerminalFront.Wish, _ terminal: TerminalFront) {
    switch wish {
    case .leave:
      leave(Departure(.goodbye))
    case .status:
      for line in status { terminal.note(line) }
    case .say(let lines):
      for (index, line) in lines.enumerated() {
        guard say(line, refused: lines[index...].joined(separator: "\n"), terminal) else { break }
        terminal.showOwn([line])
      }
    case .act(let text):
      if say("* \(settings.name) \(text)", refused: "/me \(text)", terminal) { terminal.showOwnAction(text) }
    }
  }

  /// Says a line, or puts it back into the prompt with the reason.
  func say(_ line: String, refused: String, _ terminal: TerminalFront) -> Bool {
    guard case .talking(let link) = stage, link.conversation.isOpenForText else {
      terminal.refuse(refused, because: "nobody is there to hear it; your line is back at the prompt")
      return false
    }
    guard line.utf8.count <= Limits.messageBytesMax else {
      terminal.refuse(
        refused, because: "that is \(line.utf8.count) bytes, and a message is at most \(Limits.messageBytesMax)")
      return false
    }
    guard link.conversation.acceptsText else {
      terminal.refuse(refused, because: "\(link.peer) does not read; your line is back at the prompt")
      return false
    }
    link.conversation.say(line.utf8)
    return true
  }

  var status: [String] {
    switch stage {
    case .talking(let link):
      let conversation = link.conversation
      return [
        "with \(link.peer) at \(link.address), since \(talkingSince), not encrypted",
        "\(conversation.linesSaid) lines said, \(conversation.linesUnsent) of them not sent yet; "
          + "\(conversation.linesHeard) heard",
      ]
    case .arriving, .flushing: return ["nobody is there"]
    }
  }

  /// Readline wants another key in the middle of a key sequence: waits for one, or for a signal that ends us.
  func waitForKey(_ keyboard: InputFile) -> [UInt8]? {
    var set = PollSet()
    set.watch(keyboard.number, for: .reading)
    set.watch(signals.number, for: .reading)
    while !isOver, departure == nil {
      guard (try? set.wait(atMost: nil)) != nil else { return nil }
      if set.readiness(of: signals.number).contains(.readable) {
        while let signal = signals.next() {
          guard [SIGINT, SIGTERM, SIGHUP].contains(signal) else { continue }
          leave(by: signal)
          return nil
        }
      }
      guard set.readiness(of: keyboard.number).contains(.readable) else { continue }
      switch try? keyboard.read(into: &typed) {
      case .moved(let count): return Array(typed[..<count])
      case .wouldBlock: continue
      case .endOfStream, nil: return nil
      }
    }
    return nil
  }
}
