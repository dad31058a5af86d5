// The known peers. Every change is one transaction, so that what it depends on cannot change meanwhile.
extension MessageStore {
  /// The treatment of a newcomer whose name another peer has.
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
    var peer = newcomer
    peer.name = try freeName(newcomer.name, conflict)
    try KnownPeer.insert(peer, into: database)
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
    guard var peer = try knownPeer(named: old) else { throw .unknownName }
    if let other = try knownPeer(named: new.description), other.fingerprint != peer.fingerprint {
      throw .nameTaken(other.name)
    }
    peer.name = new
    try replace(peer)
    try transaction.commit()
  }

  /// Forgets a peer: its key, its meeting secret, and the conversation with it. The log is emptied at once, unless
  /// another program is in the way for long: see ``mayHoldForgotten``.
  /// - Returns: the peer that was known, and how many messages for it were waiting.
  /// - Throws: ``StoreFailure/unknownName``.
  @discardableResult
  public func forget(_ name: String) throws(StoreFailure) -> (peer: KnownPeer, waitingCount: Int) {
    let transaction = try database.begin()
    guard let peer = try knownPeer(named: name) else { throw .unknownName }
    try database.change("DELETE FROM known_peers WHERE fingerprint = ?1", [.blob(peer.fingerprint)])
    let waitingCount = try forgetConversation(with: peer.fingerprint)
    noteForgotten()
    try transaction.commit()
    // It is forgotten, whatever becomes of the log.
    try? eraseForgotten(lockTimeoutMilliseconds: MessageStore.lockTimeoutMilliseconds)
    return (peer, waitingCount)
  }

  /// Notes that a link to a peer is up. It waits for the disk, as all changes do: a connection that once skips that has
  /// to be brought back to it, and a message that is called accepted must be on the disk.
  /// - Parameters:
  ///   - moment: seconds since 1970-01-01 UTC.
  ///   - address: where the peer listened, as `HOST:PORT`; nil if it did not.
  ///   - relay: the relay at which the two met, as `HOST:PORT`; nil if they met directly.
  /// - Returns: false if no known peer has that key: it was forgotten meanwhile.
  @discardableResult
  public func noteMet(
    _ fingerprint: [UInt8], at moment: Int, address: String?, relay: String?
  ) throws(StoreFailure) -> Bool {
    let transaction = try database.begin()
    guard var peer = try knownPeer(fingerprint: fingerprint) else { return false }
    peer.lastMetAt = moment
    // The other way stays known: next time the peer may be found there again.
    if let address { peer.address = address }
    if let relay { peer.relay = relay }
    try replace(peer)
    try transaction.commit()
    return true
  }

  /// Replaces the meeting secret, as two do who pair again.
  /// - Precondition: the secret has 32 bytes.
  /// - Returns: false if no known peer has that key.
  @discardableResult
  public func replaceMeetingSecret(of fingerprint: [UInt8], with secret: [UInt8]) throws(StoreFailure) -> Bool {
    precondition(secret.count == KnownPeer.keyBytes)
    let transaction = try database.begin()
    guard var peer = try knownPeer(fingerprint: fingerprint) else { return false }
    peer.meetingSecret = secret
    try replace(peer)
    noteForgotten()
    try transaction.commit()
    // The secret is replaced, whatever becomes of the log. Two pair again so rarely that this may take its time.
    try? eraseForgotten()
    return true
  }

  // MARK: Rows

  /// Replaces the row of the peer with that key.
  private func replace(_ peer: KnownPeer) throws(StoreFailure) {
    try database.change(
      """
      UPDATE known_peers SET name = ?1, met_at = ?3, met = ?4, last_met_at = ?5, meeting_secret = ?6, address = ?7,
      relay = ?8, checksum = ?9 WHERE fingerprint = ?2
      """, peer.row)
  }
}
