import CSQLite

/// The prepared statements of a database, by their text. To prepare one takes longer than to run most of them.
final class StatementPool {
  private var members: [String: PooledStatement] = [:]

  /// Takes out the statement with that text; nil if there is none, or if it is in use.
  func take(_ sql: String) -> PooledStatement? {
    guard let member = members[sql], !member.isInUse else { return nil }
    member.isInUse = true
    return member
  }

  /// Takes ownership of a new statement, which is in use. It becomes a member unless there is one like it.
  func add(_ handle: OpaquePointer, _ sql: String) -> PooledStatement {
    let isMember = members[sql] == nil
    let statement = PooledStatement(handle, isMember: isMember)
    if isMember { members[sql] = statement }
    return statement
  }

  /// How many steps SQLite's machine has taken in all of them.
  var stepCount: Int {
    members.values.reduce(0) { $0 + Int(sqlite3_stmt_status($1.handle, SQLITE_STMTSTATUS_VM_STEP, 0)) }
  }

  /// Ends all of them.
  func removeAll() {
    for member in members.values { sqlite3_finalize(member.handle) }
    members = [:]
  }
}

/// A statement of a pool.
final class PooledStatement {
  let handle: OpaquePointer
  private let isMember: Bool
  fileprivate var isInUse = true

  fileprivate init(_ handle: OpaquePointer, isMember: Bool) {
    self.handle = handle
    self.isMember = isMember
  }

  /// Makes it ready for its next user, or ends it if the pool has another one like it.
  func giveBack() {
    guard isMember else {
      sqlite3_finalize(handle)
      return
    }
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
    isInUse = false
  }
}
