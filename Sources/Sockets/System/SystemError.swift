import Glibc

/// The failure of a system call.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call, as its manual page names it: `connect`.
  public let call: String
  /// The `errno` it left.
  public let code: CInt

  public init(call: String, code: CInt) {
    self.call = call
    self.code = code
  }

  /// Whether no descriptor or memory is left, for this process or the whole system. The same call may succeed later,
  /// when others have given some back.
  public var isOutOfResources: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) }

  /// Whether the same connect(2) may succeed later: nobody listens there yet, the network is down, or there is a
  /// shortage at either end.
  public var mayPass: Bool {
    let codes = [
      ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EAGAIN, EADDRNOTAVAIL,
      ENOENT,
    ]
    return isOutOfResources || codes.contains(code)
  }

  /// Whether nobody listens at the address.
  public var isConnectionRefused: Bool { code == ECONNREFUSED }

  /// The failure, in words a person can act on, without a number.
  public var description: String {
    switch code {
    case ECONNREFUSED: "connection refused: nobody listens there"
    case ECONNRESET: "the link was reset"
    case EAGAIN where call == "connect": "too many wait there already"
    case EPIPE where call == "send": "the other side has closed"
    case EPIPE: "its reader has gone"
    case ETIMEDOUT: "timed out: no answer"
    case EHOSTUNREACH: "no route to that host"
    case ENETUNREACH: "that network is unreachable"
    case EADDRINUSE: "the port or path is taken by another program"
    case EADDRNOTAVAIL where call == "connect": "no local port is free; wait until others are closed"
    case EADDRNOTAVAIL: "that address is not one of this machine's"
    case EACCES, EPERM: "permission denied"
    case ENOENT: "no such file or directory"
    case ENOTSOCK: "something that is no socket has that name"
    case EEXIST: "something that is no ordinary file has that name"
    case ENOTDIR: "a part of the path is not a directory"
    case EISDIR: "it is a directory"
    case ELOOP: "a link in the path leads round in a circle, or is not to be followed"
    case EBUSY: "it is in use, or something is mounted there"
    case EBADF where call == "read": "it is not open for reading"
    case EBADF where call == "write": "it is not open for writing"
    case EFBIG: "the limit on the size of files is reached (ulimit -f)"
    case ENOSPC: "no space left on the device"
    case EDQUOT: "your quota of disk space is used up"
    case EROFS: "the file system is read-only"
    case EIO: "input or output failed on the device"
    case EMFILE, ENFILE: "no more descriptors: too many files are open"
    case ENOBUFS, ENOMEM: "no memory is left"
    case ENAMETOOLONG: "the path, or a name in it, is too long"
    case EAFNOSUPPORT: "this machine does not speak that kind of address"
    default: SystemError.phrase(of: code)
    }
  }

  /// The words of strerror(3) for the middle of a sentence, so without a capital, except that of an abbreviation.
  private static func phrase(of code: CInt) -> String {
    let words = String(cString: strerror(code))
    guard let second = words.dropFirst().first, second.isLowercase else { return words }
    return words.prefix(1).lowercased() + words.dropFirst()
  }
}
