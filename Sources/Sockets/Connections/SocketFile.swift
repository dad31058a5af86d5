import CSystem
import Glibc

/// The file of a Unix-domain listener: made private, replaced only when nobody answers on it, removed by its owner.
struct SocketFile: ~Copyable {
  private let path: String
  /// The file that is ours: another may have been put in its place.
  private let inode: ino_t
  private let device: dev_t

  /// Binds `socket` to a socket file.
  /// - Parameter mode: its permissions. Until it has them it is this user's alone.
  /// - Throws: `EADDRINUSE` when a program listens there, `ENOTSOCK` when something that is no socket has that name.
  init(binding socket: borrowing Socket, to address: SocketAddress, path: String, mode: mode_t) throws(SystemError) {
    // The mask is the whole process's; nothing else creates files while a listener is set up.
    let mask = umask(0o177)
    defer { umask(mask) }
    do {
      try socket.bind(to: address)
    } catch  where error.code == EADDRINUSE {
      try SocketFile.removeStale(at: address, path: path)
      try socket.bind(to: address)
    }
    if mode != 0o600 { _ = try SystemCalls.retrying("chmod") { chmod(path, mode) } }
    let status = try SocketFile.status(of: path)
    self.path = path
    inode = status.st_ino
    device = status.st_dev
  }

  deinit { remove() }

  /// Removes the file, if it is still ours.
  func remove() {
    guard let status = try? SocketFile.status(of: path), status.st_ino == inode, status.st_dev == device else { return }
    unlink(path)
  }

  /// Removes the file a dead listener left behind. One that a program listens on, or that is no socket, stays.
  ///
  /// A socket of another type asks whether a program listens there. The kernel refuses it either way, and gives the
  /// reason: no socket is bound to the file (`ECONNREFUSED`), or one of another type (`EPROTOTYPE`, unix(7)). The
  /// listener does not notice, while it would take a real connection for a peer that leaves at once.
  private static func removeStale(at address: SocketAddress, path: String) throws(SystemError) {
    let taken = SystemError(call: "bind", code: EADDRINUSE)
    guard try status(of: path).st_mode & S_IFMT == S_IFSOCK else {
      throw SystemError(call: "bind", code: ENOTSOCK)
    }
    let type = CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let probe = Descriptor(owning: try SystemCalls.retrying("socket") { socket(AF_UNIX, type, 0) })
    do throws(SystemError) {
      _ = try SystemCalls.connect(probe.number, to: address)
      throw taken
    } catch {
      guard error.code == ECONNREFUSED else { throw taken }
    }
    unlink(path)
  }

  private static func status(of path: String) throws(SystemError) -> stat {
    var status = stat()
    _ = try SystemCalls.retrying("lstat") { lstat(path, &status) }
    return status
  }
}
