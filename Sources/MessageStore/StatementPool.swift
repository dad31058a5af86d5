import CSQLite

/// Prepared statements that are not in use, by their text. To prepare one takes longer than to run most of them.
final class StatementPool {
  private var idle: [String: OpaquePointer] = [:]

  /// Takes a statement out; nil if there is none with that text.
  func take(_ sql: String) -> OpaquePointer? { idle.removeValue(forKey: sql) }

  /// Puts a statement in, or ends it if there is one like it.
  func giveBack(_ statement: OpaquePointer, _ sql: String) {
    guard idle[sql] == nil else {
      sqlite3_finalize(statement)
      return
    }
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    idle[sql] = statement
  }

  /// Ends all of them.
  func removeAll() {
    for statement in idle.values { sqlite3_finalize(statement) }
    idle = [:]
  }
}
