import CSQLite

/// A value of a parameter.
enum Value {
  case null
  case integer(Int)
  case text(String)
  case blob([UInt8])

  init(_ text: String?) { self = text.map { .text($0) } ?? .null }
}

/// A prepared statement in use. It goes back to the pool when its owner is gone, which must be before the database is.
struct Statement: ~Copyable {
  private let pooled: PooledStatement
  private var handle: OpaquePointer { pooled.handle }

  init(_ pooled: PooledStatement) { self.pooled = pooled }

  deinit { pooled.giveBack() }

  /// Makes it ready to be run once more. Its parameters keep their values.
  func reset() { sqlite3_reset(handle) }

  /// Sets a parameter, counted from 1.
  func bind(_ value: Value, to index: Int) throws(StoreFailure) {
    let index = Int32(index)
    let code =
      switch value {
      case .null: sqlite3_bind_null(handle, index)
      case .integer(let number): sqlite3_bind_int64(handle, index, Int64(number))
      case .text(let text): csqlite_bind_text(handle, index, text, Int32(text.utf8.count))
      case .blob(let bytes): csqlite_bind_blob(handle, index, bytes, Int32(bytes.count))
      }
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Sets a parameter to a number.
  func bind(_ number: Int, to index: Int) throws(StoreFailure) {
    let code = sqlite3_bind_int64(handle, Int32(index), Int64(number))
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Sets a parameter to bytes.
  func bind(_ bytes: ArraySlice<UInt8>, to index: Int) throws(StoreFailure) {
    let code = bytes.withUnsafeBytes { csqlite_bind_blob(handle, Int32(index), $0.baseAddress, Int32($0.count)) }
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Goes on to the next row.
  /// - Returns: false if there is none.
  func step() throws(StoreFailure) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: true
    case SQLITE_DONE: false
    case let code: throw failure(code)
    }
  }

  private func failure(_ code: Int32) -> StoreFailure {
    StoreFailure(sqlite: code, errno: sqlite3_system_errno(sqlite3_db_handle(handle)))
  }

  // MARK: Columns of the row, counted from 0

  /// - Throws: ``StoreFailure/damaged`` if the column has another type. This holds for all of these.
  func integer(_ column: Int) throws(StoreFailure) -> Int {
    try expect(SQLITE_INTEGER, at: column)
    return Int(sqlite3_column_int64(handle, Int32(column)))
  }

  func text(_ column: Int) throws(StoreFailure) -> String {
    try expect(SQLITE_TEXT, at: column)
    let text = sqlite3_column_text(handle, Int32(column))
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    guard let valid = String(validating: UnsafeBufferPointer(start: text, count: count), as: UTF8.self) else {
      throw .damaged
    }
    return valid
  }

  func optionalText(_ column: Int) throws(StoreFailure) -> String? {
    isNull(column) ? nil : try text(column)
  }

  func blob(_ column: Int) throws(StoreFailure) -> [UInt8] {
    try expect(SQLITE_BLOB, at: column)
    let bytes = sqlite3_column_blob(handle, Int32(column))
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  private func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

  private func expect(_ type: Int32, at column: Int) throws(StoreFailure) {
    guard sqlite3_column_type(handle, Int32(column)) == type else { throw .damaged }
  }
}
