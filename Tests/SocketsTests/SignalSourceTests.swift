import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Signals as readiness", .serialized, .leavesNoDescriptor)
struct SignalSourceTests {
  /// Runs `body` and puts back which signals this thread blocks: others run on it later.
  private func keepingMask(_ body: () throws -> Void) rethrows {
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  @Test("A signal that is raised is read as a value, once, and disturbs nothing")
  func raised() throws {
    try keepingMask {
      let source = try SignalSource([SIGUSR1])
      #expect(source.next() == nil)
      raise(SIGUSR1)
      #expect(try wait(for: source.number, .reading) == .readable)
      #expect(source.next() == SIGUSR1)
      #expect(source.next() == nil)
    }
  }

  @Test("Several signals come out one by one")
  func several() throws {
    try keepingMask {
      let source = try SignalSource([SIGUSR1, SIGWINCH])
      raise(SIGWINCH)
      raise(SIGUSR1)
      var found: Set<CInt> = []
      while let signal = source.next() { found.insert(signal) }
      #expect(found == [SIGUSR1, SIGWINCH])
    }
  }

  @Test("A write to a pipe nobody reads is no death once there is a source")
  func brokenPipe() throws {
    _ = signal(SIGPIPE, SIG_DFL)
    try keepingMask {
      let source = try SignalSource([SIGUSR1])
      #expect(source.number >= 0)
      #expect(signal(SIGPIPE, SIG_IGN) != nil, "it is ignored, not left to its default")
    }
  }

  @Test("A signal of this session is told from others")
  func origin() throws {
    try keepingMask {
      let source = try SignalSource([SIGUSR1])
      raise(SIGUSR1)
      #expect(source.nextWithOrigin()?.isFromSession == true)
    }
  }

  @Test("What made the process go on after a stop is no signal any more")
  func continued() throws {
    try keepingMask {
      let source = try SignalSource([SIGURG, SIGCONT])
      raise(SIGCONT)
      source.raiseDefault(SIGURG)
      #expect(source.next() == nil)
    }
  }

  @Test("A signal with no default effect is let through, and is a value again afterwards")
  func raiseDefault() throws {
    try keepingMask {
      let source = try SignalSource([SIGURG])
      source.raiseDefault(SIGURG)
      #expect(source.next() == nil)
      raise(SIGURG)
      #expect(source.next() == SIGURG)
    }
  }
}
