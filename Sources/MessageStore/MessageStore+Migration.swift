extension MessageStore {
  /// Makes a store of the present format from one of format 1, which had known peers alone, and no checksums.
  ///
  /// If it ends on the way, the store is whole and of the one or of the other format.
  static func migrateFromFormat1(_ database: borrowing Database) throws(StoreFailure) {
    // The pages need room for checksums first. The file stays of format 1, and is wholly in the file before the tables
    // change.
    if database.reservedBytes != Checksum.pageBytes {
      database.reserveChecksums()
      try database.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
    }
    let transaction = try database.begin()
    // Another program may have been first.
    guard try number("user_version", of: database) == 1 else { return }
    let peers = try knownPeersOfFormat1(database)
    try database.run("DROP TABLE known_peers; \(KnownPeer.table) \(ConversationTables.sql)")
    for peer in peers { try KnownPeer.insert(peer, into: database) }
    try database.run("PRAGMA user_version = \(format)")
    try transaction.commit()
  }

  /// Makes a store of the present format from one of format 2, which knew no ids of programs.
  static func migrateFromFormat2(_ database: borrowing Database) throws(StoreFailure) {
    let transaction = try database.begin()
    // Another program may have been first.
    guard try number("user_version", of: database) == 2 else { return }
    try database.run("\(ConversationTables.callerIDs) PRAGMA user_version = \(format)")
    try transaction.commit()
  }

  private static func knownPeersOfFormat1(_ database: borrowing Database) throws(StoreFailure) -> [KnownPeer] {
    let rows = try database.prepare("SELECT \(KnownPeer.oldColumns) FROM known_peers ORDER BY id")
    var peers: [KnownPeer] = []
    while try rows.step() { peers.append(try KnownPeer(ofFormat1: rows)) }
    return peers
  }
}
