import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

/// Runs a call that must not wait. One that waits is helped on after ten seconds, so that the test fails and ends.
private func withoutWaiting(
  helpedBy help: () -> Void, _ call: @escaping @Sendable () throws(SystemError) -> Transfer
) throws -> Transfer {
  let outcome = Lock<Result<Transfer, SystemError>?>(nil)
  let ended = Lock(false)
  let waker = try Waker()
  let number = waker.number
  let thread = try WorkerThread {
    let result: Result<Transfer, SystemError>
    do throws(SystemError) { result = .success(try call()) } catch { result = .failure(error) }
    outcome.withLock { $0 = result }
    ended.withLock { $0 = true }
    _ = withUnsafeBytes(of: UInt64(1)) { write(number, $0.baseAddress, 8) }
  }
  var set = PollSet()
  set.watch(number, for: .reading)
  try set.wait(atMost: .seconds(10))
  if !ended.withLock({ $0 }) {
    help()
    Issue.record("the call waited")
  }
  thread.join()
  return try outcome.withLock { $0! }.get()
}

/// The two ends of a pipe, without `O_NONBLOCK`, as a shell makes one.
private struct BlockingPipe: ~Copyable {
  let reading: Descriptor
  let writing: Descriptor

  init() {
    var ends: [CInt] = [-1, -1]
    precondition(pipe(&ends) == 0)
    reading = Descriptor(owning: ends[0])
    writing = Descriptor(owning: ends[1])
  }

  /// Fills it to the last byte.
  func fill() {
    let flags = O_WRONLY | O_NONBLOCK
    let own = Descriptor(owning: csystem_open("/proc/self/fd/\(writing.number)", flags, 0))
    let block = [UInt8](repeating: 0, count: 4096)
    while write(own.number, block, block.count) > 0 {}
  }
}

/// Both sides of a pseudo-terminal that hands on each key and knows Ctrl-C.
private struct PseudoTerminal: ~Copyable {
  let master: Descriptor
  let slave: Descriptor

  init() throws {
    var (master, slave): (CInt, CInt) = (-1, -1)
    try #require(openpty(&master, &slave, nil, nil, nil) == 0)
    self.master = Descriptor(owning: master)
    self.slave = Descriptor(owning: slave)
    var modes = termios()
    tcgetattr(slave, &modes)
    modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(slave, TCSANOW, &modes)
  }

  consuming func hangUp() -> Descriptor { slave }
}

/// Whether a pipe is opened again: both, where this kernel can be told per call not to wait for a pipe (Linux 6.5).
private let waysToUseAPipe: [Bool] = {
  let pipe = BlockingPipe()
  var byte: UInt8 = 0
  let knowsNoWait = csystem_read_now(pipe.reading.number, &byte, 1) < 0 && errno == EAGAIN
  return knowsNoWait ? [true, false] : [true]
}()

@Suite("Streams that others use too", .serialized, .leavesNoDescriptor)
struct NonblockingStreamTests {
  private let directory = TemporaryDirectory()
  private static let block = [UInt8](repeating: 1, count: 65536)

  private func read(_ stream: NonblockingStream, helpedBy help: () -> Void) throws -> Transfer {
    try withoutWaiting(helpedBy: help) { () throws(SystemError) in
      var buffer = [UInt8](repeating: 0, count: 100)
      return try stream.read(into: &buffer)
    }
  }

  private func write(_ stream: NonblockingStream, helpedBy help: () -> Void) throws -> Transfer {
    try withoutWaiting(helpedBy: help) { () throws(SystemError) in
      try stream.write(NonblockingStreamTests.block[...])
    }
  }

  @Test("Another reader that empties a pipe after it was found readable makes nobody wait", arguments: waysToUseAPipe)
  func twoReaders(opensAgain: Bool) throws {
    let pipe = BlockingPipe()
    let stream = try NonblockingStream(inheriting: pipe.reading.number, for: .reading, opensAgain: opensAgain)
    _ = Glibc.write(pipe.writing.number, "x", 1)
    #expect(try wait(for: stream.number, .reading) == .readable)
    var byte: UInt8 = 0
    #expect(Glibc.read(pipe.reading.number, &byte, 1) == 1)
    let number = pipe.writing.number
    #expect(try read(stream) { _ = Glibc.write(number, "x", 1) } == .wouldBlock)
  }

  @Test("Another writer that fills a pipe after it was found writable makes nobody wait", arguments: waysToUseAPipe)
  func twoWriters(opensAgain: Bool) throws {
    let pipe = BlockingPipe()
    let stream = try NonblockingStream(inheriting: pipe.writing.number, for: .writing, opensAgain: opensAgain)
    #expect(try wait(for: stream.number, .writing) == .writable)
    pipe.fill()
    let number = pipe.reading.number
    var sink = [UInt8](repeating: 0, count: 1 << 20)
    #expect(try write(stream) { _ = Glibc.read(number, &sink, sink.count) } == .wouldBlock)
  }

  @Test("What fits into a pipe is written, and no more", arguments: waysToUseAPipe)
  func partly(opensAgain: Bool) throws {
    let pipe = BlockingPipe()
    let stream = try NonblockingStream(inheriting: pipe.writing.number, for: .writing, opensAgain: opensAgain)
    _ = Glibc.write(pipe.writing.number, NonblockingStreamTests.block, 4096)
    let number = pipe.reading.number
    var sink = [UInt8](repeating: 0, count: 1 << 20)
    let transfer = try write(stream) { _ = Glibc.read(number, &sink, sink.count) }
    #expect(transfer == .moved(65536 - 4096))
  }

  @Test("Keys that Ctrl-C discards after the terminal was found readable make nobody wait")
  func discardedKeys() throws {
    let terminal = try PseudoTerminal()
    let stream = try NonblockingStream(inheriting: terminal.slave.number, for: .reading)
    _ = Glibc.write(terminal.master.number, "typed", 5)
    #expect(try wait(for: stream.number, .reading) == .readable)
    // This is what the kernel does for Ctrl-C (isig() in drivers/tty/n_tty.c).
    tcflush(terminal.slave.number, TCIFLUSH)
    let number = terminal.master.number
    #expect(try read(stream) { _ = Glibc.write(number, "x", 1) } == .wouldBlock)
  }

  @Test("A terminal that Ctrl-S stops after it was found writable makes nobody wait")
  func stoppedTerminal() throws {
    let terminal = try PseudoTerminal()
    let stream = try NonblockingStream(inheriting: terminal.slave.number, for: .writing)
    #expect(try wait(for: stream.number, .writing) == .writable)
    tcflow(terminal.slave.number, TCOOFF)
    let number = terminal.slave.number
    #expect(try write(stream) { tcflow(number, TCOON) } == .wouldBlock)
    tcflow(terminal.slave.number, TCOON)
  }

  @Test("Another reader or writer of a socket makes nobody wait")
  func socket() throws {
    var ends: [CInt] = [-1, -1]
    #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let left = Descriptor(owning: ends[0])
    let right = Descriptor(owning: ends[1])
    let other = right.number
    let stream = try NonblockingStream(inheriting: left.number, for: .reading)
    #expect(try read(stream) { _ = Glibc.write(other, "x", 1) } == .wouldBlock)
    while case .moved = try stream.write(NonblockingStreamTests.block[...]) {}
    var sink = [UInt8](repeating: 0, count: 1 << 20)
    #expect(try write(stream) { _ = Glibc.read(other, &sink, sink.count) } == .wouldBlock)
  }

  @Test("What was handed over stays as it was for the others who have it")
  func flagsStay() throws {
    let pipe = BlockingPipe()
    let terminal = try PseudoTerminal()
    for number in [pipe.reading.number, pipe.writing.number, terminal.slave.number] {
      let direction: NonblockingStream.Direction = number == pipe.writing.number ? .writing : .reading
      let stream = try NonblockingStream(inheriting: number, for: direction)
      #expect(fcntl(number, F_GETFL) & O_NONBLOCK == 0)
      withExtendedLifetime(stream) {}
    }
    #expect(csystem_is_open(terminal.slave.number) == 1)
  }

  @Test("The master's side of a terminal is not opened again, as that would be another terminal")
  func master() throws {
    let terminal = try PseudoTerminal()
    let stream = try NonblockingStream(inheriting: terminal.master.number, for: .reading)
    _ = Glibc.write(terminal.slave.number, "x", 1)
    _ = try wait(for: stream.number, .reading)
    let number = terminal.slave.number
    #expect(try read(stream) { _ = Glibc.write(number, "x", 1) } == .moved(1))
  }

  @Test("A terminal that is gone is the end of its stream")
  func hungUp() throws {
    let slave = try PseudoTerminal().hangUp()
    #expect(throws: SystemError.self) { _ = try SystemCalls.write(slave.number, [1]) }
    let stream = try NonblockingStream(inheriting: slave.number, for: .reading)
    #expect(try read(stream, helpedBy: {}) == .endOfStream)
  }

  // MARK: Named pipes

  @Test("A named pipe is opened without a writer, has not ended before one came, and ends with the last")
  func namedPipe() throws {
    let path = directory.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let stream = try NonblockingStream(path: path)
    #expect(try read(stream, helpedBy: {}) == .wouldBlock)
    do {
      let writer = Descriptor(owning: csystem_open(path, O_WRONLY, 0))
      #expect(try read(stream, helpedBy: {}) == .wouldBlock)
      _ = Glibc.write(writer.number, "line\n", 5)
    }
    #expect(try wait(for: stream.number, .reading).isSuperset(of: [.readable, .hungUp]))
    #expect(try read(stream, helpedBy: {}) == .moved(5))
    #expect(try read(stream, helpedBy: {}) == .endOfStream)
  }

  @Test("A named pipe whose writer went before we came has ended, once it is read out")
  func namedPipeOfTheDead() throws {
    let path = directory.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let inherited: Descriptor
    do {
      let both = Descriptor(owning: csystem_open(path, O_RDWR, 0))
      inherited = Descriptor(owning: csystem_open(path, O_RDONLY, 0))
      _ = Glibc.write(both.number, "line\n", 5)
    }
    let stream = try NonblockingStream(inheriting: inherited.number, for: .reading)
    #expect(try read(stream, helpedBy: {}) == .moved(5))
    #expect(try wait(for: stream.number, .reading).contains(.hungUp))
    #expect(try read(stream, helpedBy: {}) == .endOfStream)
  }

  // MARK: The wrong direction

  @Test("What is not open in the direction it is for is an error of whoever handed it over")
  func wrongDirection() throws {
    let pipe = BlockingPipe()
    // O_PATH, which is hidden behind a GNU feature test.
    let only = Descriptor(owning: open(directory.path, 0o10000000))
    let closed: CInt = 1_000_000
    for number in [pipe.writing.number, only.number, closed] {
      #expect(throws: SystemError(call: "read", code: EBADF)) {
        _ = try NonblockingStream(inheriting: number, for: .reading)
      }
    }
    for number in [pipe.reading.number, only.number, closed] {
      #expect(throws: SystemError(call: "write", code: EBADF)) {
        _ = try NonblockingStream(inheriting: number, for: .writing)
      }
    }
    #expect(throws: SystemError(call: "open", code: EISDIR)) {
      let number = open(directory.path, O_RDONLY)
      defer { close(number) }
      _ = try NonblockingStream(inheriting: number, for: .reading)
    }
  }
}
