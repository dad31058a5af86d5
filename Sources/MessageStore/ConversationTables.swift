import ChatProtocol

/// The tables about conversations.
///
/// ```
///   conversations   one for each peer: its fingerprint, and the newest message that it acknowledged
///     incarnations  for ever: how far the messages of each incarnation are: acknowledged, or committed here
///     runs          names: which messages of which incarnation stand where
///       messages    texts, in the order of each direction, which `position` makes one
///         words     the index of texts for searching, filled afterwards, as far as `indexed` says
///       caller_ids  which message a program handed over under an id of its own
/// ```
///
/// A message has no name in its own row. Its place among the messages of its direction has one, by the run that it is
/// in:
///
/// ```
///   run      id 41, incarnation A, number 7, count 3
///   messages    id 41 is (A, 7), id 42 is (A, 8), id 43 is (A, 9)
/// ```
///
/// So names cost no index, a conversation opens by its runs alone, and a message that is missing is noticed. The newest
/// run of a direction stays when it is empty, so that no place is used twice.
///
/// A run is found by a name through the index `by_name`, in a time that does not depend on how many there are: each
/// message that a program hands over may be an opening of the store, and so a run.
enum ConversationTables {
  /// Those that a store of the present format may be without, because an earlier build made it. An earlier build that
  /// opens one with them keeps them up.
  static let laterIndexes = """
    CREATE INDEX IF NOT EXISTS by_name ON runs (id >> \(Direction.placeBits), incarnation, number);
    CREATE INDEX IF NOT EXISTS withdrawn ON messages (id) WHERE flags & 1;
    """

  /// Those that came with format 3.
  static let callerIDs = """
    CREATE TABLE caller_ids (
      message INTEGER PRIMARY KEY,
      direction INTEGER NOT NULL,
      caller_id BLOB NOT NULL,
      incarnation INTEGER NOT NULL,
      number INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX by_caller_id ON caller_ids (direction, caller_id);
    """

  /// All of them.
  static let sql = """
    CREATE TABLE conversations (
      id INTEGER PRIMARY KEY,
      fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
      acknowledged_place INTEGER NOT NULL,
      acknowledged_incarnation INTEGER NOT NULL,
      acknowledged_number INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE incarnations (
      direction INTEGER NOT NULL,
      incarnation INTEGER NOT NULL,
      number INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (direction, incarnation)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY,
      incarnation INTEGER NOT NULL,
      number INTEGER NOT NULL,
      count INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      position INTEGER NOT NULL,
      time INTEGER NOT NULL,
      written_at INTEGER NOT NULL,
      flags INTEGER NOT NULL,
      text BLOB NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX until_shown ON messages (id) WHERE flags >= 2;
    CREATE TABLE indexed (
      direction INTEGER PRIMARY KEY,
      through INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (
      text, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1'
    );
    \(callerIDs)
    \(laterIndexes)
    """
}

/// One direction of a conversation: the messages written here, or the peer's. Its messages and runs have a range of ids
/// of their own, so that they stand together, in order.
///
/// ```
///   id:  | conversation, 22 bits | direction, 1 bit | place among the messages of the direction, 40 bits |
/// ```
struct Direction {
  /// Its number in the tables.
  let number: Int
  /// The peer's fingerprint, which every checksum begins with.
  let subject: Checksum

  static let placeBits = 40

  /// All ids that it can have. The first is never used.
  var ids: ClosedRange<Int> { number << Direction.placeBits...(number + 1) << Direction.placeBits - 1 }

  /// Whether its messages are those of this end.
  var isOwn: Bool { number % 2 == 0 }
}

/// A conversation in the tables.
struct ConversationRow {
  let id: Int
  let fingerprint: [UInt8]
  /// The id of the newest message that is acknowledged, and its name; 0 if there is none.
  var acknowledgedPlace = 0
  var acknowledged = MessageName(Incarnation(0), 0)

  static let columns = "id, fingerprint, acknowledged_place, acknowledged_incarnation, acknowledged_number, checksum"

  var own: Direction { Direction(number: 2 * id, subject: Checksum(fingerprint)) }
  var peer: Direction { Direction(number: 2 * id + 1, subject: Checksum(fingerprint)) }

  init(id: Int, fingerprint: [UInt8]) {
    self.id = id
    self.fingerprint = fingerprint
  }

  /// Reads a row of ``columns``.
  init(_ row: borrowing Statement) throws(StoreFailure) {
    self.init(id: try row.integer(0), fingerprint: try row.blob(1))
    acknowledgedPlace = try row.integer(2)
    acknowledged = MessageName(Incarnation(UInt64(column: try row.integer(3))), UInt64(column: try row.integer(4)))
    guard try row.integer(5) == checksum else { throw .damaged }
  }

  var row: [Value] {
    [
      .integer(id), .blob(fingerprint), .integer(acknowledgedPlace), .integer(acknowledged.incarnation.column),
      .integer(acknowledged.number.column), .integer(checksum),
    ]
  }

  private var checksum: Int {
    Checksum(fingerprint).adding(
      id, acknowledgedPlace, acknowledged.incarnation.column, acknowledged.number.column
    ).value
  }
}

extension Incarnation {
  /// The incarnation as a column has it: its bits.
  var column: Int { value.column }
}

extension UInt64 {
  /// The number as a column has it: its bits.
  var column: Int { Int(bitPattern: UInt(self)) }

  init(column: Int) { self = UInt64(UInt(bitPattern: column)) }
}
