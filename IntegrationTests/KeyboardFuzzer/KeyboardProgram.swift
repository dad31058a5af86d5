import CHarness
import Glibc

@testable import Harness

/// A program on a terminal, with every byte it wrote.
final class KeyboardProgram: Participant {
  private(set) var terminal: Terminal!
  private(set) var written: [UInt8] = []
  private(set) var ending: Ending?
  private let pid: pid_t
  private var process: Descriptor?

  init(_ launch: Launch, size: TerminalSize) throws {
    var streams = LaunchedStreams()
    pid = try launch.start(into: &streams)
    let number = harness_pidfd(pid)
    guard number >= 0, let master = streams.master.take() else { throw SystemFailure("cannot watch the program") }
    process = Descriptor(owning: number)
    terminal = Terminal(master, device: streams.device.take(), size: size, title: launch.title) {
      [unowned self] in written += $0
    }
  }

  func signal(_ number: Int32) { if ending == nil { _ = kill(pid, number) } }

  /// The end of it, whatever it takes.
  func end() {
    guard ending == nil else { return }
    _ = kill(pid, SIGCONT)
    _ = kill(pid, SIGKILL)
    harness_reap(pid)
    ending = .signalled(SIGKILL)
  }

  func interests(now: Instant) -> [Interest] {
    var interests = terminal.interests(now: now)
    if ending == nil, let number = process?.number {
      interests.append(Interest(descriptor: number, events: Int16(POLLIN)) { [self] _ in noticeEnd() })
    }
    return interests
  }

  /// Also asked after a pause: a stop is not announced.
  @discardableResult
  func noticeEnd() -> Bool {
    var change = harness_change()
    guard ending == nil, harness_wait(pid, &change) == 1 else { return false }
    if change.stopped { return true }
    ending = change.exited ? .exited(change.value) : .signalled(change.value)
    terminal.drain()
    return false
  }
}
