import CSQLite
import Glibc

extension StoreFailure {
  /// The failure that a result code of SQLite means (https://www.sqlite.org/rescode.html).
  /// - Parameters:
  ///   - code: an extended result code that is no success.
  ///   - errno: the error number of the system call behind it, 0 if none is known.
  init(sqlite code: Int32, errno: Int32) {
    // A page that does not have its checksum.
    if code == csqlite_ioerr_data {
      self = .damaged
      return
    }
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
    case SQLITE_FULL: self = .full
    case SQLITE_READONLY: self = .readOnly
    case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PERM, SQLITE_AUTH: self = StoreFailure(code, systemError: errno)
    case SQLITE_NOMEM: self = .failed(reason: "no memory is left")
    case SQLITE_MISUSE, SQLITE_RANGE, SQLITE_TOOBIG:
      preconditionFailure("SQLite was called wrongly: \(String(cString: sqlite3_errstr(code)))")
    // Our statements fit the tables that we made, and what they insert was checked in the same transaction. So a table
    // that is not there, a value of another type or a constraint that fails means that the file was changed.
    default: self = .damaged
    }
  }

  private init(_ code: Int32, systemError errno: Int32) {
    switch errno {
    case ENOENT: self = .missing
    case EACCES, EPERM: self = .notPermitted
    case EROFS: self = .readOnly
    case ENOSPC, EDQUOT, EFBIG: self = .full
    case 0: self = .failed(reason: String(cString: sqlite3_errstr(code)))
    default: self = .failed(reason: String(cString: strerror(errno)))
    }
  }
}
