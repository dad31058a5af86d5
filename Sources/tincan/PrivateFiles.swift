import ChatEndpoint
import MessageStore
import PeerSecurity
import Sockets

/// The program's own files: in `$TINCAN_HOME` if it is set, else in the XDG base directories (XDG Base Directory
/// Specification 0.8). Directories are made with mode 0700, files with 0600.
enum PrivateFiles {
  /// An identity has some hundred bytes.
  private static let identityBytesMax = 4 << 10

  // MARK: The input history

  /// The path of the input history's file. The file is made if it is not there.
  static func history() throws(OwnFileFailure) -> String {
    guard let directory = directory(of: "XDG_STATE_HOME", else: ".local/state") else { throw .homeless }
    let path = directory + "/history"
    do { try FileWriting.makePrivateDirectory(directory) } catch { throw .directory(path: directory, error) }
    do { try FileWriting.makePrivateFile(path) } catch { throw .file(.history, path: path, .cannotMake(error)) }
    return path
  }

  // MARK: The identity

  /// The identity, if there is one.
  static func identityIfThere() throws(OwnFileFailure) -> Identity? {
    let path = try dataPath("identity")
    let pem: [UInt8]?
    do { pem = try PrivateFile.read(path, atMost: identityBytesMax) } catch {
      throw .file(.identity, path: path, error)
    }
    guard let pem else { return nil }
    do { return try Identity(pem: pem) } catch { throw .unusableIdentity(path: path) }
  }

  /// The identity. It is made on first use; of two programs that do so at once, both get the one that was first.
  static func identity() throws(OwnFileFailure) -> Identity {
    if let known = try identityIfThere() { return known }
    let path = try dataPath("identity")
    let new: Identity
    do { new = try Identity.generate() } catch { throw .cannotMakeKey(error) }
    if try make(.identity, path, holding: new.pem) { return new }
    guard let first = try identityIfThere() else { throw .unusableIdentity(path: path) }
    return first
  }

  // MARK: The store

  /// The path that the store has or would have.
  static func storePath() throws(OwnFileFailure) -> String { try dataPath("store.sqlite") }

  /// The path of the store, if there is one.
  static func storeIfThere() throws(OwnFileFailure) -> String? {
    let path = try storePath()
    do { return try PrivateFile.isThere(path) ? path : nil } catch { throw .file(.store, path: path, error) }
  }

  /// The path of the store. It is made on first use.
  static func store() throws(OwnFileFailure) -> String {
    if let known = try storeIfThere() { return known }
    let path = try storePath()
    let empty: [UInt8]
    do { empty = try MessageStore.emptyFile() } catch { throw .store(path: path, error) }
    // If another program was first, its store is as good.
    _ = try make(.store, path, holding: empty)
    return path
  }

  // MARK: Where they are

  private static func dataPath(_ name: String) throws(OwnFileFailure) -> String {
    guard let directory = directory(of: "XDG_DATA_HOME", else: ".local/share") else { throw .homeless }
    return "\(directory)/\(name)"
  }

  /// - Returns: false if another program was first.
  private static func make(
    _ kind: OwnFileFailure.Kind, _ path: String, holding bytes: [UInt8]
  ) throws(OwnFileFailure) -> Bool {
    let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    do { try FileWriting.makePrivateDirectory(directory) } catch { throw .directory(path: directory, error) }
    do { return try PrivateFile.make(path, holding: bytes) } catch { throw .file(kind, path: path, error) }
  }

  /// The directory of tincan's files of one kind; nil if the environment names none.
  private static func directory(of variable: String, else standard: String) -> String? {
    if let home = Environment.place("TINCAN_HOME") { return home }
    // The specification demands that a relative path is ignored.
    if let base = Environment.place(variable), base.hasPrefix("/") { return base + "/tincan" }
    return Environment.place("HOME").map { "\($0)/\(standard)/tincan" }
  }
}
