import CSystem
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Sockets

/// How often the handler of SIGUSR2 ran.
private let interruptions = Atomic<Int>(0)

/// A thread that goes on sending SIGUSR2 to the one that made it, whose handler does not let calls go on by themselves.
private final class Interrupter: @unchecked Sendable {
  private let target = pthread_self()
  private var thread = pthread_t()
  private let isDone = Atomic<Bool>(false)
  private let signalsMax: Int
  private let writesTo: CInt
  private var mask = sigset_t()

  /// - Parameters:
  ///   - signalsMax: how often to interrupt, unless ``stop()`` comes first.
  ///   - number: then gets one byte, so that whatever waits there ends.
  init(signalsMax: Int, thenWriteTo number: CInt) {
    self.signalsMax = signalsMax
    writesTo = number
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in interruptions.add(1, ordering: .relaxed) }
    sigaction(SIGUSR2, &action, nil)
    // The threads tests run on come with most signals blocked.
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, SIGUSR2)
    pthread_sigmask(SIG_UNBLOCK, &only, &mask)
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Interrupter>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context)
    precondition(code == 0)
  }

  private func run() {
    for _ in 0..<signalsMax where !isDone.load(ordering: .acquiring) {
      let before = interruptions.load(ordering: .relaxed)
      pthread_kill(target, SIGUSR2)
      // One at a time: two that are pending at once count as one.
      while interruptions.load(ordering: .relaxed) == before { sched_yield() }
    }
    _ = try? SystemCalls.write(writesTo, [42])
  }

  /// Lets it end, and waits until it has.
  func stop() {
    isDone.store(true, ordering: .releasing)
    pthread_join(thread, nil)
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}

@Suite("System calls", .serialized, .leavesNoDescriptor)
struct SystemCallsTests {
  @Test("An interrupted call is made again until it comes to something")
  func retries() throws {
    var calls = 0
    let result = try SystemCalls.retrying("read") { () -> CInt in
      calls += 1
      if calls == 4 { return 7 }
      errno = EINTR
      return -1
    }
    #expect(result == 7)
    #expect(calls == 4)
  }

  @Test("A shortage of descriptors or memory may pass, and no other error is one")
  func shortage() {
    let shortages = (1...133).filter { SystemError(call: "accept", code: $0).isOutOfResources }
    #expect(shortages == [ENOMEM, ENFILE, EMFILE, ENOBUFS].sorted())
  }

  @Test("A failure that is not thrown is the negative error number, as the kernel gives it")
  func results() {
    #expect(SystemCalls.result("read") { 5 } == 5)
    let failed = SystemCalls.result("read") { () -> Int in
      errno = EIO
      return -1
    }
    #expect(failed == -Int(EIO))
  }

  @Test("A failed call is made once, and tells its name and its errno")
  func fails() {
    var calls = 0
    #expect(throws: SystemError(call: "open", code: ENOENT)) {
      _ = try SystemCalls.retrying("open") { () -> CInt in
        calls += 1
        errno = ENOENT
        return -1
      }
    }
    #expect(calls == 1)
  }

  @Test("A read that waits goes on through signals and gets its byte")
  func interruptedRead() throws {
    var ends: [CInt] = [-1, -1]
    // Without O_NONBLOCK, so that the read waits.
    #expect(pipe(&ends) == 0)
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    let before = interruptions.load(ordering: .relaxed)
    let interrupter = Interrupter(signalsMax: 200, thenWriteTo: writing.number)
    var buffer = [UInt8](repeating: 0, count: 10)
    let transfer = try? SystemCalls.read(reading.number, into: &buffer)
    interrupter.stop()
    #expect(transfer == .moved(1))
    #expect(buffer[0] == 42)
    #expect(interruptions.load(ordering: .relaxed) - before == 200)
  }

  @Test("A wait that is interrupted ends with nothing ready, so that its deadline is worked out anew")
  func interruptedWait() throws {
    var ends: [CInt] = [-1, -1]
    #expect(csystem_pipe(&ends) == 0)
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    var set = PollSet()
    set.watch(reading.number, for: .reading)
    let interrupter = Interrupter(signalsMax: 1_000_000, thenWriteTo: writing.number)
    try set.wait(atMost: nil)
    // Read before the interrupter writes its byte: it writes only after it was stopped, or after a million signals.
    let readiness = set.readiness(of: reading.number)
    interrupter.stop()
    #expect(readiness == [])
  }

  @Test("Would-block and end of stream are values, a broken pipe is an error and no signal")
  func values() throws {
    _ = signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [-1, -1]
    #expect(csystem_pipe(&ends) == 0)
    var buffer = [UInt8](repeating: 0, count: 10)
    do {
      let reading = Descriptor(owning: ends[0])
      #expect(try SystemCalls.read(reading.number, into: &buffer) == .wouldBlock)
      var written = 0
      let block = [UInt8](repeating: 0, count: 65536)
      while case .moved(let count) = try SystemCalls.write(ends[1], block[...]) { written += count }
      #expect(written > 0)
    }
    let writing = Descriptor(owning: ends[1])
    #expect(throws: SystemError(call: "write", code: EPIPE)) { _ = try SystemCalls.write(writing.number, [1]) }
  }

  @Test("An owner closes its descriptor once, when told or when it is gone")
  func ownership() throws {
    var ends: [CInt] = [-1, -1]
    #expect(csystem_pipe(&ends) == 0)
    do {
      let first = Descriptor(owning: ends[0])
      first.close()
      #expect(csystem_is_open(ends[0]) == 0)
      let second = Descriptor(owning: ends[1])
      #expect(second.number == ends[1])
      #expect(csystem_is_open(ends[1]) == 1)
    }
    #expect(csystem_is_open(ends[1]) == 0)
  }

  @Test("No error is told as a number", arguments: 1...133)
  func sentences(code: CInt) {
    let sentence = SystemError(call: "read", code: code).description
    #expect(!sentence.isEmpty)
    // 41 and 58 are no errors on Linux; strerror(3) has only their numbers.
    if code != 41, code != 58 { #expect(!sentence.contains(String(code))) }
    // It stands behind a colon. An abbreviation keeps its capitals.
    #expect(sentence.prefix(2).count { $0.isUppercase } != 1)
  }

  @Test("An error says what is so for a file and for a link")
  func sentencesOfCalls() {
    func sentence(_ call: String, _ code: CInt) -> String { SystemError(call: call, code: code).description }
    #expect(sentence("send", EPIPE) == "the other side has closed")
    #expect(sentence("write", EPIPE) == "its reader has gone")
    #expect(sentence("pwritev2", EPIPE) == "its reader has gone")
    #expect(sentence("connect", EAGAIN) == "too many wait there already")
    #expect(sentence("fsync", EAGAIN) == "resource temporarily unavailable")
    #expect(sentence("rename", EBUSY) == "it is in use, or something is mounted there")
    #expect(sentence("open", ENAMETOOLONG) == "the path, or a name in it, is too long")
    #expect(sentence("write", EDQUOT) == "your quota of disk space is used up")
    #expect(sentence("rename", EINVAL) == "invalid argument")
  }
}
