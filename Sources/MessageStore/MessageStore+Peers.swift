// The known peers. Every change is one transaction, so that what it depends on cannot change meanwhile.
extension MessageStore {
  /// What becomes of a newcomer whose name another peer has.
  public enum NameConflict: Sendable {
    /// It is not added: ``StoreFailure/nameTaken(_:)``.
    case refused
    /// It gets the first free number, as `bob-2`.
    case numbered
  }

  // MARK: Asking

  /// All of them, by name.
  public func knownPeers() throws(StoreFailure) -> [KnownPeer] {
    let rows = try database.prepare("SELECT \(KnownPeer.columns) FROM known_peers ORDER BY name")
    var peers: [KnownPeer] = []
    while try rows.step() { peers.append(try KnownPeer(rows)) }
    return peers
  }

  /// The peer of that name, in any letter case; nil if there is none.
  public func knownPeer(named name: String) throws(StoreFailure) -> KnownPeer? {
    try peer("name = ?1", .text(name))
  }

  /// The peer with that key; nil if there is none.
  public func knownPeer(fingerprint: [UInt8]) throws(StoreFailure) -> KnownPeer? {
    try peer("fingerprint = ?1", .blob(fingerprint))
  }

  private func peer(_ condition: String, _ value: Value) throws(StoreFailure) -> KnownPeer? {
    let row = try database.prepare("SELECT \(KnownPeer.columns) FROM known_peers WHERE \(condition)", [value])
    return try row.step() ? try KnownPeer(row) : nil
  }

  // MARK: Changing

  /// Adds a peer.
  /// - Returns: the peer as it is known from now on, perhaps with a number in its name.
  /// - Throws: ``StoreFailure/keyTaken(by:)`` if its key is known, ``StoreFailure/nameTaken(_:)`` if its name is and a
  ///   number is not wanted. Nothing replaces a known peer; it can be forgotten.
  @discardableResult
  public func add(_ newcomer: KnownPeer, ifNameIsTaken conflict: NameConflict) throws(StoreFailure) -> KnownPeer {
    let transaction = try database.begin()
    if let known = try knownPeer(fingerprint: newcomer.fingerprint) { throw .keyTaken(by: known.name) }
    let peer = newcomer.named(try freeName(newcomer.name, conflict))
    try database.change(
      "INSERT INTO known_peers (\(KnownPeer.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", peer.row)
    try transaction.commit()
    return peer
  }

  private func freeName(_ name: PeerName, _ conflict: NameConflict) throws(StoreFailure) -> PeerName {
    var free = name
    var number = 1
    while let known = try knownPeer(named: free.description) {
      guard conflict == .numbered else { throw .nameTaken(known.name) }
      number += 1
      free = name.numbered(number)
    }
    return free
  }

  /// Gives a peer another name. A change of letter case alone is one, too.
  /// - Throws: ``StoreFailure/unknownName``, or ``StoreFailure/nameTaken(_:)`` if another peer has the new name.
  public func rename(_ old: String, to new: PeerName) throws(StoreFailure) {
    let transaction = try database.begin()
    guard let peer = try knownPeer(named: old) else { throw .unknownName }
    if let other = try knownPeer(named: new.description), other.fingerprint != peer.fingerprint {
      throw .nameTaken(other.name)
    }
    try database.change(
      "UPDATE known_peers SET name = ?1 WHERE fingerprint = ?2", [.text(new.description), .blob(peer.fingerprint)])
    try transaction.commit()
  }

  /// Forgets a peer, its key and its meeting secret.
  /// - Returns: the peer that was known.
  /// - Throws: ``StoreFailure/unknownName``.
  @discardableResult
  public func forget(_ name: String) throws(StoreFailure) -> KnownPeer {
    let transaction = try database.begin()
    guard let peer = try knownPeer(named: name) else { throw .unknownName }
    try database.change("DELETE FROM known_peers WHERE fingerprint = ?1", [.blob(peer.fingerprint)])
    try transaction.commit()
    return peer
  }

  /// Notes that a link to a peer is up. Nobody waits for the disk: if the machine loses its power soon afterwards, the
  /// store is whole and lacks this note.
  /// - Parameters:
  ///   - moment: seconds since 1970-01-01 UTC.
  ///   - address: where the peer listened, as `HOST:PORT`; nil if it did not.
  ///   - relay: the relay at which the two met, as `HOST:PORT`; nil if they met directly.
  /// - Returns: false if no known peer has that key: it was forgotten meanwhile.
  @discardableResult
  public func noteMet(
    _ fingerprint: [UInt8], at moment: Int, address: String?, relay: String?
  ) throws(StoreFailure) -> Bool {
    try database.run("PRAGMA synchronous = NORMAL")
    defer { try? database.run("PRAGMA synchronous = FULL") }
    // What is known of the other way stays: next time the peer may be found there again.
    return try database.change(
      """
      UPDATE known_peers SET last_met_at = ?2, address = coalesce(?3, address), relay = coalesce(?4, relay)
      WHERE fingerprint = ?1
      """, [.blob(fingerprint), .integer(moment), Value(address), Value(relay)]) == 1
  }

  /// Replaces the meeting secret, as two do who pair again.
  /// - Precondition: the secret has 32 bytes.
  /// - Returns: false if no known peer has that key.
  @discardableResult
  public func replaceMeetingSecret(of fingerprint: [UInt8], with secret: [UInt8]) throws(StoreFailure) -> Bool {
    precondition(secret.count == KnownPeer.keyBytes)
    return try database.change(
      "UPDATE known_peers SET meeting_secret = ?2 WHERE fingerprint = ?1", [.blob(fingerprint), .blob(secret)]) == 1
  }
}
