import CSystem
import Glibc

/// The three descriptors every program is started with.
public enum StandardStreams {
  /// Which of the three were closed when the program started.
  public struct Closed: Sendable {
    public let input: Bool
    public let output: Bool
    public let error: Bool
  }

  /// Fills closed standard descriptors with /dev/null, so that the first socket does not become standard output.
  /// Call it before anything else is opened.
  public static func occupy() -> Closed {
    let closed = (0...2).map { number -> Bool in
      guard csystem_is_open(CInt(number)) < 0 else { return false }
      // The lowest free number is taken, which is this one, since those below are open by now.
      let filled = csystem_open_inherited("/dev/null", O_RDWR)
      precondition(filled == CInt(number), "cannot open /dev/null")
      return true
    }
    return Closed(input: closed[0], output: closed[1], error: closed[2])
  }

  /// Whether each of the three is a terminal. They are asked one by one: any mixture is ordinary.
  public static var inputIsTerminal: Bool { isatty(0) == 1 }
  public static var outputIsTerminal: Bool { isatty(1) == 1 }
  public static var errorIsTerminal: Bool { isatty(2) == 1 }

  /// Its number, for interest in readiness.
  public static let inputNumber: CInt = 0

  /// Takes what was typed, up to the size of `buffer`. The other end of a terminal that is gone is its end of stream.
  public static func readInput(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    do { return try SystemCalls.read(0, into: &buffer) } catch  where error.code == EIO { return .endOfStream }
  }

  /// Writes a whole text to standard error, as far as it takes it: there is nobody to tell when it does not.
  public static func writeError(_ text: String) {
    // A terminal that takes nothing now would keep us here for ever.
    guard !errorIsTerminal || csystem_is_writable(2) == 1 else { return }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty, case .moved(let count)? = try? SystemCalls.write(2, rest) { rest = rest.dropFirst(count) }
  }

  /// Whether standard output takes bytes now without making us wait: a terminal that Ctrl-S stopped does not.
  public static var outputIsWritable: Bool { csystem_is_writable(1) == 1 }

  /// Lets a terminal that Ctrl-S stopped show what is written, as Ctrl-Q would.
  public static func restartOutput() { csystem_restart_output(1) }

  /// Opens what standard output leads to once more: a descriptor that is ours alone, and so may be nonblocking. Nil where
  /// that is not allowed, as on another user's terminal.
  static func openOutputAgain() -> CInt? {
    try? SystemCalls.retrying("open") { csystem_open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY, 0) }
  }

  /// Remembers the modes of the terminal and puts them back should the program die of a signal.
  public static func guardTerminal() { _ = csystem_guard_terminal(0) }

  /// Waits until the kernel has done what goes with a signal from the keyboard. It sends the signal first, and only then throws away
  /// what the terminal holds of our output (isig() in its drivers/tty/n_tty.c): what is shown in between would be lost. Both
  /// happen under a lock that asking for the modes takes too.
  public static func settleAfterKeyboardSignal() {
    var modes = termios()
    _ = tcgetattr(0, &modes)
  }

  /// Puts the remembered modes back.
  public static func restoreTerminal() { csystem_restore_terminal() }
}

/// Standard output when it carries data: it is written without ever holding up the loop.
///
/// The descriptor may be shared with other programs, so it must not be made nonblocking. But a pipe or terminal that is opened
/// once more is ours alone, and may be (the same is done in ``TerminalOutput``). Where that is not allowed, what
/// poll(2) calls writable takes PIPE_BUF bytes without blocking (pipe(7)). A socket takes what it can with MSG_DONTWAIT; a
/// file or device never keeps us waiting for another program.
public struct StandardOutput: ~Copyable {
  private enum Kind { case nonblocking, sharedPipe, socket, other }
  private let kind: Kind
  private let descriptor: Descriptor

  /// Looks at what standard output is.
  public init() throws(SystemError) {
    var status = stat()
    _ = try SystemCalls.retrying("fstat") { fstat(1, &status) }
    let type = status.st_mode & S_IFMT
    let isPipe = type == S_IFIFO || isatty(1) == 1
    let again = isPipe ? StandardStreams.openOutputAgain() : nil
    let number =
      if let again { again } else { try SystemCalls.retrying("dup") { csystem_duplicate(1) } }
    kind = type == S_IFSOCK ? .socket : !isPipe ? .other : again == nil ? .sharedPipe : .nonblocking
    descriptor = Descriptor(owning: number)
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// Whether a reader that goes away shows as a hang-up.
  public var tellsHangUp: Bool { kind != .other }

  /// Writes as much as can be written now.
  public func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    switch kind {
    case .socket: return try SystemCalls.send(number, bytes)
    case .other, .nonblocking: return try SystemCalls.write(number, bytes)
    case .sharedPipe:
      guard StandardStreams.outputIsWritable else { return .wouldBlock }
      return try SystemCalls.write(number, bytes.prefix(Int(PIPE_BUF)))
    }
  }
}
