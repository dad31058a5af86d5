import CSQLite
import CStoreFile

/// A connection to one SQLite file. It is closed when its owner is gone.
///
/// This file, `Statement.swift` and `StatementPool.swift` alone use SQLite's pointers.
struct Database: ~Copyable {
  private let handle: OpaquePointer
  private let pool = StatementPool()
  private let lockTimeoutMilliseconds: Int
  let log = LogNote()

  /// Opens a file that is there. It is read by the first statement.
  /// - Parameter lockTimeoutMilliseconds: how long a statement waits for another program's lock.
  init(path: String, lockTimeoutMilliseconds: Int) throws(StoreFailure) {
    // Some builds of SQLite take a name such as `file:x` for a URI.
    handle = try Database.open(path.hasPrefix("/") ? path : "./\(path)", layer: cstorefile_layer())
    self.lockTimeoutMilliseconds = lockTimeoutMilliseconds
    sqlite3_busy_timeout(handle, Int32(lockTimeoutMilliseconds))
    // A file that somebody else prepared must not make us run its functions, or let us damage it by its triggers.
    set(SQLITE_DBCONFIG_DEFENSIVE, true)
    set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
  }

  /// Sets how long the next statements wait for another program's lock, if that is less than at the opening.
  func waitForLocks(atMost timeout: Duration) {
    sqlite3_busy_timeout(handle, Int32(min(Database.milliseconds(timeout), lockTimeoutMilliseconds)))
  }

  /// A time as SQLite takes it: whole milliseconds, and not less than nothing.
  static func milliseconds(_ time: Duration) -> Int { Int(max(0, time / .milliseconds(1)).rounded(.up)) }

  /// A database in memory.
  init() throws(StoreFailure) {
    handle = try Database.open(":memory:", layer: nil)
    lockTimeoutMilliseconds = 0
  }

  /// - Parameter layer: the name of the VFS; nil for that of the system.
  private static func open(_ name: String, layer: UnsafePointer<CChar>?) throws(StoreFailure) -> OpaquePointer {
    var handle: OpaquePointer?
    // A connection belongs to one thread, so SQLite need not lock it in each call.
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(name, &handle, flags, layer)
    guard code == SQLITE_OK, let handle else {
      let errno = handle.map { sqlite3_system_errno($0) } ?? 0
      sqlite3_close_v2(handle)
      throw StoreFailure(sqlite: code, errno: errno)
    }
    // A file that may not be written to is opened all the same, to be read.
    guard sqlite3_db_readonly(handle, nil) == 0 else {
      sqlite3_close_v2(handle)
      throw .readOnly
    }
    return handle
  }

  deinit {
    pool.removeAll()
    sqlite3_close_v2(handle)
  }

  /// The number of bytes at the end of each page that SQLite leaves alone.
  var reservedBytes: Int {
    var count: Int32 = -1
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &count)
    return Int(count)
  }

  /// Asks for room for a checksum at the end of each page. A file that is there gets it by the next VACUUM.
  func reserveChecksums() {
    var count = Int32(CSTOREFILE_CHECKSUM_BYTES)
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &count)
  }

  /// Sets one of the switches of sqlite3_db_config.
  func set(_ option: Int32, _ isOn: Bool) {
    let code = csqlite_switch(handle, option, isOn ? 1 : 0)
    precondition(code == SQLITE_OK, "SQLite knows its switches")
  }

  /// Runs statements without parameters and without results.
  func run(_ sql: String) throws(StoreFailure) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw StoreFailure(sqlite: code, errno: sqlite3_system_errno(handle)) }
  }

  /// Prepares a statement, or takes one that was prepared before.
  /// - Parameters:
  ///   - sql: its text. All texts are literals, so the pool of prepared statements stays small.
  ///   - values: the values of its parameters, `?1` and so on.
  func prepare(_ sql: String, _ values: [Value] = []) throws(StoreFailure) -> Statement {
    let pooled = if let idle = pool.take(sql) { idle } else { pool.add(try compile(sql), sql) }
    let prepared = Statement(pooled)
    for (index, value) in values.enumerated() { try prepared.bind(value, to: index + 1) }
    return prepared
  }

  private func compile(_ sql: String) throws(StoreFailure) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      throw StoreFailure(sqlite: code, errno: sqlite3_system_errno(handle))
    }
    return statement
  }

  /// Prepares and runs a statement that changes rows. Outside of a transaction it is one.
  /// - Returns: how many rows it changed.
  @discardableResult
  func change(_ sql: String, _ values: [Value]) throws(StoreFailure) -> Int {
    let statement = try prepare(sql, values)
    _ = try statement.step()
    return Int(sqlite3_changes(handle))
  }

  /// How many steps SQLite's machine has taken: the work that was done, which unlike a time is the same everywhere.
  var stepCount: Int { pool.stepCount }

  /// The bytes of a file with the content of this database.
  var fileBytes: [UInt8] {
    var count: sqlite3_int64 = 0
    guard let bytes = sqlite3_serialize(handle, "main", &count, 0) else { return [] }
    defer { sqlite3_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  /// Runs `body` in a transaction that only reads: all that it sees is of one moment, whatever other programs do.
  func reading<Result>(_ body: () throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try run("BEGIN")
    defer { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    return try body()
  }

  /// Moves the log into the file and empties it.
  ///
  /// The commit that begins a log syncs it twice, and makes its file longer. So that no message has to wait for this, a
  /// change that changes nothing begins it here. If that fails, nothing else is lost.
  /// - Parameter lockTimeoutMilliseconds: how long it waits for others, if that is less than other calls do.
  /// - Returns: whether the log was emptied. It is not while another connection reads or writes.
  func emptyLog(lockTimeoutMilliseconds: Int) throws(StoreFailure) -> Bool {
    sqlite3_busy_timeout(handle, Int32(min(lockTimeoutMilliseconds, self.lockTimeoutMilliseconds)))
    defer { sqlite3_busy_timeout(handle, Int32(self.lockTimeoutMilliseconds)) }
    let row = try prepare("PRAGMA wal_checkpoint(TRUNCATE)")
    guard try row.step() else { throw .damaged }
    let isEmpty = try row.integer(0) == 0
    if isEmpty { try? run("PRAGMA application_id = \(MessageStore.applicationID)") }
    return isEmpty
  }

  /// Begins a transaction that writes. It is rolled back unless it is committed.
  ///
  /// It takes the lock for writing at once, so what it reads stays true until it ends, whatever other programs do.
  func begin() throws(StoreFailure) -> Transaction {
    let ending = try prepare("COMMIT")
    _ = try prepare("BEGIN IMMEDIATE").step()
    return Transaction(of: handle, ending: ending)
  }

  /// A transaction that writes.
  struct Transaction: ~Copyable {
    private let handle: OpaquePointer
    private let ending: Statement
    private var isOpen = true

    fileprivate init(of handle: OpaquePointer, ending: consuming Statement) {
      self.handle = handle
      self.ending = ending
    }

    deinit {
      if isOpen { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Makes its changes last: they are on the disk when this returns. If that fails, none of them is made: a
    /// transaction that could not be committed is still open, and is rolled back.
    consuming func commit() throws(StoreFailure) {
      _ = try ending.step()
      isOpen = false
    }
  }
}
