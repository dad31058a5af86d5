import CStoreFile

/// The checksum of a row: over the names of what it holds, and over its content. XXH64, because it is fast enough to
/// be computed for each of 50,000 messages a second beside all else, and 64 bits never agree by accident. It is no
/// protection against a person who changes the file on purpose.
///
/// A row is checked whenever it is read. The pages of the file have checksums, too (`CStoreFile`); but those are
/// made when a page goes from the log into the file, so what changes before is found by the row's alone.
struct Checksum {
  private var hash: UInt64

  /// Begins with what a row is about.
  init(_ subject: [UInt8]) { hash = subject.withUnsafeBytes { cstorefile_hash($0.baseAddress, $0.count, 0) } }

  private init(hash: UInt64) { self.hash = hash }

  /// Adds numbers.
  func adding(_ numbers: Int...) -> Checksum {
    Checksum(hash: numbers.withUnsafeBytes { cstorefile_hash($0.baseAddress, $0.count, hash) })
  }

  /// Adds bytes.
  func adding(_ bytes: ArraySlice<UInt8>) -> Checksum {
    Checksum(hash: bytes.withUnsafeBytes { cstorefile_hash($0.baseAddress, $0.count, hash) })
  }

  /// The checksum as a column has it.
  var value: Int { Int(truncatingIfNeeded: hash) }

  // MARK: Pages

  /// The size of the checksum at the end of each page.
  static let pageBytes = CSTOREFILE_CHECKSUM_BYTES

  /// Puts the checksum into each page of a whole file.
  static func seal(_ file: inout [UInt8]) {
    file.withUnsafeMutableBufferPointer { cstorefile_seal($0.baseAddress, $0.count) }
  }
}
