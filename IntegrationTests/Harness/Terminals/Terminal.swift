import CHarness
import Glibc

/// A pseudo-terminal with a screen: what a program on it writes is drawn, what a person does is sent to it.
final class Terminal: Participant {
  /// How long a flood may be drawn before the others have their turn: scrolling a large screen is slow.
  private static let drawAllowance = Duration.milliseconds(20)

  private var master: Descriptor?
  /// The programs' side, open here too for as long as its program runs: else a moment in which no program has it open
  /// would look like the end, after which no more is read.
  private var device: Descriptor?
  let screen: Screen
  /// The bytes that programs wrote.
  private(set) var transcript = Transcript()
  private(set) var lastRead: Instant?
  let recording: Recording
  /// The line discipline's modes before the program was started, to be found again when it has ended.
  let modesAtStart: TerminalModes?
  /// The modes when the terminal was hung up.
  private var lastModes: TerminalModes?
  /// Whether its program has ended and no other has it open any more.
  private var isDeserted = false
  /// Whether it went away before its program did: then nobody could put it back as it was.
  var wasHungUp: Bool { master == nil }
  /// While held nothing is read, as when a person presses Ctrl-S.
  var isHeld = false
  private var waiting: ArraySlice<UInt8> = []
  private let seen: ([UInt8]) -> Void

  init(
    _ master: consuming Descriptor, device: consuming Descriptor?, size: TerminalSize, title: String,
    seen: @escaping ([UInt8]) -> Void
  ) {
    modesAtStart = TerminalModes.initial
    self.master = consume master
    self.device = consume device
    screen = Screen(size.drawn)
    recording = Recording(size: size.drawn, title: title)
    self.seen = seen
  }

  /// Whether every program has closed it, or it was hung up.
  var isAtEnd: Bool { master == nil || isDeserted }

  // MARK: What a person does

  /// Sends bytes as typed.
  func type(_ bytes: [UInt8]) {
    recording.sent(bytes)
    send(bytes)
  }

  func resize(to size: TerminalSize) {
    guard let number = master?.number else { return }
    // The screen first: the program may draw for its new size at once.
    screen.resize(to: size.drawn)
    recording.resized(to: size.drawn)
    _ = harness_set_size(number, Int32(size.columns), Int32(size.rows))
  }

  /// Goes away, as when the window is closed: programs on it get SIGHUP.
  func hangUp() {
    _ = modes()
    device = nil
    master = nil
    waiting = []
  }

  /// Its program has ended: when no other has it open, it is at its end.
  func letGo() { device = nil }

  /// The line discipline's modes now.
  func modes() -> TerminalModes? {
    if let number = master?.number, let now = TerminalModes(of: number) { lastModes = now }
    return lastModes
  }

  // MARK: The loop

  func interests(now: Instant) -> [Interest] {
    guard !isDeserted, let number = master?.number else { return [] }
    let events = (isHeld ? 0 : POLLIN) | (waiting.isEmpty ? 0 : POLLOUT)
    guard events != 0 else { return [] }
    return [Interest(descriptor: number, events: Int16(events)) { [self] in ready(number, Int32($0)) }]
  }

  private func ready(_ number: Int32, _ events: Int32) {
    if events & POLLOUT != 0 { pass() }
    // A terminal gives at most a page at a time.
    if events & ~POLLOUT != 0 && !isHeld { drain(until: .now + Self.drawAllowance) }
  }

  private func take(from number: Int32) {
    switch readSome(from: number, limit: bytesReadInOneTurn) {
    case .bytes(let bytes):
      transcript.append(bytes)
      lastRead = .now
      screen.draw(bytes)
      recording.received(bytes)
      seen(bytes)
      send(screen.takeAnswers())
    case .wouldBlock: break
    case .endOfStream, .failed:
      isDeserted = true
      waiting = []
    }
  }

  /// Takes in what is there already, up to a bound, and when a time is given no longer than that.
  func drain(until limit: Instant? = nil) {
    for _ in 0..<drainTurns {
      if let limit, ContinuousClock.now >= limit { return }
      guard !isAtEnd, let number = master?.number, isReadable(number) else { return }
      take(from: number)
    }
  }

  private func send(_ bytes: [UInt8]) {
    guard !isAtEnd else { return }
    waiting += bytes
    pass()
  }

  private func pass() {
    guard !waiting.isEmpty else { return }
    guard let number = master?.number, let count = writeSome(waiting, to: number) else {
      waiting = []
      return
    }
    waiting = waiting.dropFirst(count)
  }
}
