import CHarness
import Glibc

/// How much is read from one source in one turn: a flood must leave its turn to the others.
let bytesReadInOneTurn = 1 << 16

/// How many such portions are taken in at the end of a program, before its end is noted: more than a pipe holds.
let drainTurns = 32

/// Whether a read would give something now: bytes or the end.
func isReadable(_ descriptor: Int32) -> Bool {
  var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return harness_poll(&polled, 1, 0) > 0
}

/// The harness's end of a pipe to which a program writes.
final class OutputPipe: Participant {
  private var descriptor: Descriptor?
  private(set) var transcript = Transcript()
  private(set) var lastRead: Instant?
  /// Up to where the scenario has already looked at it: `prints` goes forward only.
  var examined = 0
  /// While held nothing is read, so the pipe fills up and the program feels it.
  var isHeld = false
  private let seen: ([UInt8]) -> Void

  init(_ descriptor: consuming Descriptor, seen: @escaping ([UInt8]) -> Void) {
    self.descriptor = consume descriptor
    self.seen = seen
  }

  var isAtEnd: Bool { descriptor == nil }

  func interests(now: Instant) -> [Interest] {
    guard !isHeld, let number = descriptor?.number else { return [] }
    return [Interest(descriptor: number, events: Int16(POLLIN)) { [self] _ in take(from: number) }]
  }

  /// Takes in what is there already, up to a bound.
  func drain() {
    for _ in 0..<drainTurns {
      guard let number = descriptor?.number, isReadable(number) else { return }
      take(from: number)
    }
  }

  private func take(from number: Int32) {
    switch readSome(from: number, limit: bytesReadInOneTurn) {
    case .bytes(let bytes):
      transcript.append(bytes)
      lastRead = .now
      seen(bytes)
    case .wouldBlock: break
    case .endOfStream, .failed: descriptor = nil
    }
  }
}

/// The harness's end of a pipe from which a program reads.
final class InputPipe: Participant {
  private var descriptor: Descriptor?
  private var waiting: ArraySlice<UInt8> = []
  private var endsWhenSent = false

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = consume descriptor
  }

  /// Whether more can be sent: neither end has closed it.
  var isOpen: Bool { descriptor != nil && !endsWhenSent }

  /// The bytes that the program has not read so far, here and in the pipe.
  var unreadBytes: Int {
    guard let number = descriptor?.number else { return waiting.count }
    return waiting.count + Int(harness_unread(number))
  }

  /// Sends as fast as the program reads; what it has not read yet waits here.
  func send(_ bytes: [UInt8]) {
    waiting += bytes
    pass()
  }

  /// Closes the pipe once everything is sent.
  func end() {
    endsWhenSent = true
    pass()
  }

  func interests(now: Instant) -> [Interest] {
    guard !waiting.isEmpty, let number = descriptor?.number else { return [] }
    return [Interest(descriptor: number, events: Int16(POLLOUT)) { [self] _ in pass() }]
  }

  private func pass() {
    if !waiting.isEmpty {
      guard let number = descriptor?.number, let count = writeSome(waiting.prefix(bytesReadInOneTurn), to: number)
      else {
        waiting = []
        descriptor = nil
        return
      }
      waiting = waiting.dropFirst(count)
    }
    if endsWhenSent && waiting.isEmpty { descriptor = nil }
  }
}
