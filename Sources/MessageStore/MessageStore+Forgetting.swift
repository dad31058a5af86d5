// Texts and secrets that are deleted or replaced are overwritten in the file. The log still has them, in older versions
// of the pages, until it is emptied.
extension MessageStore {
  /// Whether something may stand in the log that the tables have no more.
  public var mayHoldForgotten: Bool { database.log.mayHoldForgotten }

  /// Empties the log if something may stand in it that the tables have no more. It syncs both files, so call it when
  /// nothing else is to be done. If others read or write for longer than some milliseconds, the next call does it.
  public func eraseForgotten() throws(StoreFailure) {
    try eraseForgotten(lockTimeoutMilliseconds: MessageStore.idleLockTimeoutMilliseconds)
  }

  /// - Parameter lockTimeoutMilliseconds: how long it waits for other programs, which must not read or write meanwhile.
  func eraseForgotten(lockTimeoutMilliseconds: Int) throws(StoreFailure) {
    guard mayHoldForgotten else { return }
    let log = database.log
    if try database.emptyLog(lockTimeoutMilliseconds: lockTimeoutMilliseconds) { log.mayHoldForgotten = false }
  }

  /// Others read for about a millisecond at a time. Only a check of everything reads for long, and it empties the log.
  private static let idleLockTimeoutMilliseconds = 20

  /// Notes that texts or secrets are deleted or replaced in this transaction.
  func noteForgotten() { database.log.mayHoldForgotten = true }
}

/// The facts known of the log.
final class LogNote {
  /// Whether something may stand in it that the tables have no more. A program that was killed may have left that.
  var mayHoldForgotten = true
}
