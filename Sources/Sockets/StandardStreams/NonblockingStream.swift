import CSystem
import Glibc

/// A descriptor that other programs may use too, read or written without ever waiting: a standard stream, or a pipe,
/// terminal or file opened by its path.
///
/// Readiness is only a hint. Between poll(2) and the call, another reader may take the bytes, another writer may take
/// the room, and Ctrl-C may discard what was typed. So the call itself must not wait. `O_NONBLOCK` would do that, but
/// it belongs to the open file description, which the shell and other programs share. Hence, in this order:
///
/// | what it is | how it is used |
/// |---|---|
/// | regular file, block device | as it is: it never waits for another program |
/// | socket | `MSG_DONTWAIT` |
/// | pipe, terminal | opened again through `/proc/self/fd`, which gives a description of our own, with `O_NONBLOCK` |
/// | our controlling terminal, owned by another user | opened again as `/dev/tty` |
/// | anything else | `RWF_NOWAIT` (preadv2(2)), which Linux 6.5 and later know for pipes |
///
/// One case remains. A named pipe or a terminal that must not be opened again, and any pipe on an older kernel, is
/// asked with poll(2) directly before the call. Another program that acts in those microseconds can still make the
/// call wait.
final class NonblockingStream: Sendable {
  enum Direction { case reading, writing }

  private enum Method { case direct, socket, borrowed }

  /// The number to watch for readiness. For an inherited stream this is the inherited number: a pipe opened again does
  /// not report a hang-up that came before.
  let number: CInt
  /// Whether it is a regular file.
  let isRegularFile: Bool
  /// Whether it is a terminal.
  let isTerminal: Bool
  /// Whether poll(2) reports that the other side is gone.
  let reportsHangUp: Bool
  private let isPipe: Bool
  private let method: Method
  private let own: Descriptor?
  /// The number for the calls: our own descriptor if there is one.
  private let callNumber: CInt

  /// How much is written at once to a pipe that was not opened again. poll(2) promises room for so much (pipe(7)).
  private static let pipePieceBytes = Int(PIPE_BUF)
  /// The same for a terminal: poll(2) reports it writable from 256 free bytes on (`WAKEUP_CHARS` in
  /// drivers/tty/n_tty.c).
  private static let terminalPieceBytes = 256

  /// Uses a descriptor that was open when the program started. It stays open.
  /// - Parameter opensAgain: whether to open it again where that is possible. Tests pass false.
  /// - Throws: `EBADF` when it is not open in that direction, `EISDIR` for a directory.
  convenience init(
    inheriting number: CInt, for direction: Direction, opensAgain: Bool = true
  ) throws(SystemError) {
    try NonblockingStream.check(number, direction)
    let own = opensAgain ? try NonblockingStream.openAgain(number, direction) : nil
    try self.init(watching: number, own: own)
  }

  /// Opens a file for reading. A named pipe without a writer is opened at once, and its writer is waited for in
  /// poll(2).
  /// - Throws: the error of open(2); `EISDIR` for a directory.
  convenience init(path: String) throws(SystemError) {
    let opened = try SystemCalls.retrying("open") { csystem_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0) }
    try self.init(watching: opened, own: Descriptor(owning: opened))
  }

  private init(watching number: CInt, own: consuming Descriptor?) throws(SystemError) {
    let callNumber = own?.number ?? number
    let kind = try NonblockingStream.kind(of: callNumber)
    if kind == S_IFDIR { throw SystemError(call: "open", code: EISDIR) }
    self.number = number
    self.callNumber = callNumber
    isRegularFile = kind == S_IFREG
    isTerminal = isatty(callNumber) == 1
    reportsHangUp = kind != S_IFREG && kind != S_IFBLK
    isPipe = kind == S_IFIFO
    let neverWaits = own != nil || kind == S_IFREG || kind == S_IFBLK
    method = kind == S_IFSOCK ? .socket : neverWaits ? .direct : .borrowed
    self.own = own
  }

  // MARK: Transfers

  /// Takes what is there, up to the size of `buffer`, to its beginning. A terminal that is gone is the end of its
  /// stream.
  func read(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    do throws(SystemError) {
      let transfer =
        switch method {
        case .direct: try SystemCalls.read(callNumber, into: &buffer)
        case .socket: try SystemCalls.receive(callNumber, into: &buffer)
        case .borrowed: try readBorrowed(into: &buffer)
        }
      return transfer == .endOfStream && isPipe ? endOfPipe() : transfer
    } catch {
      // The other side of a terminal that is gone fails every read (tty_ioctl(4) knows no other sign).
      if isTerminal, error.code == EIO { return .endOfStream }
      throw error
    }
  }

  /// Writes as much as can be written now.
  func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    switch method {
    case .direct: try SystemCalls.write(callNumber, bytes)
    case .socket: try SystemCalls.send(callNumber, bytes)
    case .borrowed: try writeBorrowed(bytes)
    }
  }

  private func readBorrowed(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    do throws(SystemError) {
      return try SystemCalls.readNow(callNumber, into: &buffer)
    } catch  where error.code == EOPNOTSUPP {
      guard SystemCalls.pollNow(callNumber, for: POLLIN) != 0 else { return .wouldBlock }
      return try SystemCalls.read(callNumber, into: &buffer)
    }
  }

  private func writeBorrowed(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    do throws(SystemError) {
      return try SystemCalls.writeNow(callNumber, bytes)
    } catch  where error.code == EOPNOTSUPP {
      guard SystemCalls.pollNow(callNumber, for: POLLOUT) != 0 else { return .wouldBlock }
      let most = isPipe ? NonblockingStream.pipePieceBytes : NonblockingStream.terminalPieceBytes
      return try SystemCalls.write(callNumber, bytes.prefix(most))
    }
  }

  /// A pipe gives no bytes when its last writer is gone, but also when a named pipe has had none yet. Only the first
  /// hangs up. While bytes are there it has not ended: a writer came and went since the read.
  private func endOfPipe() -> Transfer {
    let events = SystemCalls.pollNow(number, for: POLLIN)
    return events & POLLHUP != 0 && events & POLLIN == 0 ? .endOfStream : .wouldBlock
  }

  // MARK: Opening

  /// A descriptor that was handed over can be open in the wrong direction: `nohup` opens standard input for writing.
  private static func check(_ number: CInt, _ direction: Direction) throws(SystemError) {
    guard csystem_is_open_for(number, direction == .reading ? O_RDONLY : O_WRONLY) == 0 else { return }
    throw SystemError(call: direction == .reading ? "read" : "write", code: EBADF)
  }

  private static func kind(of number: CInt) throws(SystemError) -> mode_t {
    var status = stat()
    _ = try SystemCalls.retrying("fstat") { fstat(number, &status) }
    return status.st_mode & S_IFMT
  }

  /// A pipe or terminal opened once more; nil for anything else, and where that is not allowed.
  private static func openAgain(_ number: CInt, _ direction: Direction) throws(SystemError) -> Descriptor? {
    let isTerminal = isatty(number) == 1
    // Opening the master's side of a terminal again would make another terminal.
    guard try kind(of: number) == S_IFIFO || isTerminal, csystem_is_terminal_master(number) == 0 else { return nil }
    let flags = (direction == .reading ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY
    // Everybody may open the controlling terminal, and only that one has a foreground group for us (tcgetpgrp(3)).
    let paths = ["/proc/self/fd/\(number)"] + (isTerminal && tcgetpgrp(number) >= 0 ? ["/dev/tty"] : [])
    for path in paths {
      let opened = csystem_open(path, flags, 0)
      if opened >= 0 { return Descriptor(owning: opened) }
    }
    return nil
  }
}
