import CSQLite
import Glibc

/// The memory of a person's programs, in one SQLite file: the known peers, and the conversations with them.
///
/// Any number of programs may have it open. A change is a transaction: it is in the file as a whole, and on the disk
/// when the call returns, or not at all. So it survives the end of the program and of the machine at any moment. SQLite
/// keeps two files beside it while it is open, with the endings `-wal` and `-shm` and the same permissions.
public struct MessageStore: ~Copyable {
  let database: Database

  /// How long a call waits for another program that is writing. A transaction takes milliseconds.
  static let lockTimeoutMilliseconds = 5_000

  /// The format this version writes: SQLite's `user_version`. It goes up with each change of the tables.
  static let format = 3
  /// SQLite's `application_id`, which marks the file as ours: `tcan`.
  static let applicationID = 0x7463_616E

  /// Opens a store that is there. Its file is made of ``emptyFile()`` as a whole, so one that is empty or cut short is
  /// damaged.
  /// - Parameter lockTimeout: how long a call waits for another program that is writing, if that is less than usual;
  ///   nil for the usual time.
  /// - Throws: every case of ``StoreFailure`` about the file. The file has not been changed then.
  public init(path: String, lockTimeout: Duration? = nil) throws(StoreFailure) {
    let usual = MessageStore.lockTimeoutMilliseconds
    try self.init(
      path: path, lockTimeoutMilliseconds: min(usual, lockTimeout.map(Database.milliseconds) ?? usual))
  }

  /// Sets how long the next calls wait for another program that is writing, if that is less than at the opening.
  public func waitForLocks(atMost timeout: Duration) { database.waitForLocks(atMost: timeout) }

  init(path: String, lockTimeoutMilliseconds: Int) throws(StoreFailure) {
    let database = try Database(path: path, lockTimeoutMilliseconds: lockTimeoutMilliseconds)
    // Until it is known what the file is, closing it must not move pages of the log into it.
    database.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    let format = try MessageStore.judge(database, path)
    database.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
    // With WAL, a reader and a writer do not wait for each other; FULL syncs every commit. With secure_delete SQLite
    // overwrites in the file what is deleted; the log has it until `eraseForgotten`. At most 4 MiB of the file are in
    // memory. A commit that makes the log longer than 4 MiB moves what it can of it into the file, and a log that one
    // large change made longer than 16 MiB is cut afterwards. The layer below depends on the bound on pages, 128 GiB.
    try database.run(
      """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -4096;
      PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 16777216;
      PRAGMA max_page_count = 33554431;
      """)
    if format == 1 { try MessageStore.migrateFromFormat1(database) }
    if format == 2 { try MessageStore.migrateFromFormat2(database) }
    // Without them all works, but slower. A full disk or a damaged page must not keep what is there from being read.
    try? database.run(ConversationTables.laterIndexes)
    self.database = database
  }

  /// The bytes of a store's file in which nobody is known.
  public static func emptyFile() throws(StoreFailure) -> [UInt8] {
    let database = try Database()
    database.reserveChecksums()
    try database.run(
      """
      PRAGMA application_id = \(applicationID); PRAGMA user_version = \(format);
      \(KnownPeer.table) \(ConversationTables.sql)
      """)
    var bytes = database.fileBytes
    // The read and write version of the file are those of WAL (https://www.sqlite.org/fileformat2.html, 1.3.3). To
    // change an open file to WAL needs a lock, which two first starts would dispute.
    bytes[18] = 2
    bytes[19] = 2
    Checksum.seal(&bytes)
    return bytes
  }

  /// Checks that a file is a store which this version knows, and that what all else depends on is whole.
  /// - Returns: its format.
  private static func judge(_ database: borrowing Database, _ path: String) throws(StoreFailure) -> Int {
    guard try number("page_count", of: database) > 0 else { throw .damaged }
    // SQLite takes the lacking part of the last page for zeros.
    var status = stat()
    guard stat(path, &status) == 0, Int(status.st_size) % (try number("page_size", of: database)) == 0 else {
      throw .damaged
    }
    guard try number("application_id", of: database) == applicationID else { throw .foreign }
    let format = try number("user_version", of: database)
    guard format >= 1 else { throw .damaged }
    guard format <= MessageStore.format else { throw .newer(format: format) }
    // If this is not so, no page was verified.
    guard format == 1 || database.reservedBytes == Checksum.pageBytes else { throw .damaged }
    let check = try database.prepare("PRAGMA integrity_check('known_peers')")
    guard try check.step(), try check.text(0) == "ok" else { throw .damaged }
    return format
  }

  static func number(_ pragma: String, of database: borrowing Database) throws(StoreFailure) -> Int {
    let statement = try database.prepare("PRAGMA \(pragma)")
    guard try statement.step() else { throw .damaged }
    return try statement.integer(0)
  }
}
