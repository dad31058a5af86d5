/// A peer that this user has met, and what is needed to meet it again.
public struct KnownPeer: Equatable, Sendable {
  /// How the two have met.
  public enum Meeting: String, Sendable {
    /// By a code, over a link from one to the other.
    case directly
    /// By a code, at a relay.
    case atRelay = "relay"
  }

  /// Its name here, chosen once: no message of the peer changes it.
  public internal(set) var name: PeerName
  /// The hash of its public key, 32 bytes: the pin.
  public let fingerprint: [UInt8]
  /// When the two met, in seconds since 1970-01-01 UTC.
  public let metAt: Int
  /// How the two met.
  public let met: Meeting
  /// When a link to it was last up, in seconds since 1970-01-01 UTC.
  public internal(set) var lastMetAt: Int
  /// The secret of these two, 32 bytes. It never leaves the store but to derive a room.
  public internal(set) var meetingSecret: [UInt8]
  /// The address where it last listened, as `HOST:PORT`; nil if it never has.
  public internal(set) var address: String?
  /// The relay at which the two last met, as `HOST:PORT`; nil if they never have.
  public internal(set) var relay: String?

  /// The size of a fingerprint and of a meeting secret, in bytes: SHA-256 makes both.
  static let keyBytes = 32

  /// - Precondition: the fingerprint and the meeting secret have 32 bytes each.
  public init(
    name: PeerName, fingerprint: [UInt8], metAt: Int, met: Meeting, lastMetAt: Int, meetingSecret: [UInt8],
    address: String? = nil, relay: String? = nil
  ) {
    precondition(fingerprint.count == KnownPeer.keyBytes && meetingSecret.count == KnownPeer.keyBytes)
    self.name = name
    self.fingerprint = fingerprint
    self.metAt = metAt
    self.met = met
    self.lastMetAt = lastMetAt
    self.meetingSecret = meetingSecret
    self.address = address
    self.relay = relay
  }

  // MARK: In the store

  /// Format 1 had no checksums. NOCASE compares ASCII letters, and names have no others.
  static let table = """
    CREATE TABLE known_peers (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = \(keyBytes)),
      met_at INTEGER NOT NULL,
      met TEXT NOT NULL,
      last_met_at INTEGER NOT NULL,
      meeting_secret BLOB NOT NULL CHECK (length(meeting_secret) = \(keyBytes)),
      address TEXT,
      relay TEXT,
      checksum INTEGER NOT NULL
    ) STRICT;
    """

  /// The columns of format 1.
  static let oldColumns = "name, fingerprint, met_at, met, last_met_at, meeting_secret, address, relay"
  static let columns = oldColumns + ", checksum"

  /// The values of ``columns``.
  var row: [Value] {
    [
      .text(name.description), .blob(fingerprint), .integer(metAt), .text(met.rawValue), .integer(lastMetAt),
      .blob(meetingSecret), Value(address), Value(relay), .integer(checksum),
    ]
  }

  /// Adds a row.
  static func insert(_ peer: KnownPeer, into database: borrowing Database) throws(StoreFailure) {
    try database.change(
      "INSERT INTO known_peers (\(KnownPeer.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", peer.row)
  }

  private var checksum: Int {
    var sum = Checksum(fingerprint).adding(metAt, lastMetAt, address == nil ? 0 : 1, relay == nil ? 0 : 1)
    for text in [name.description, met.rawValue, address ?? "", relay ?? ""] { sum = sum.adding(Array(text.utf8)[...]) }
    return sum.adding(meetingSecret[...]).value
  }

  /// Reads a row of ``columns``.
  /// - Throws: ``StoreFailure/damaged`` if it is not a row that was written.
  init(_ row: borrowing Statement) throws(StoreFailure) {
    try self.init(ofFormat1: row)
    guard try row.integer(8) == checksum else { throw .damaged }
  }

  /// Reads a row of ``oldColumns``.
  init(ofFormat1 row: borrowing Statement) throws(StoreFailure) {
    guard let name = PeerName(try row.text(0)), let met = Meeting(rawValue: try row.text(3)) else { throw .damaged }
    let (fingerprint, meetingSecret) = (try row.blob(1), try row.blob(5))
    guard fingerprint.count == KnownPeer.keyBytes, meetingSecret.count == KnownPeer.keyBytes else { throw .damaged }
    self.init(
      name: name, fingerprint: fingerprint, metAt: try row.integer(2), met: met, lastMetAt: try row.integer(4),
      meetingSecret: meetingSecret, address: try row.optionalText(6), relay: try row.optionalText(7))
  }
}
