import Basics
import ChatEndpoint
import MessageStore
import Sockets

/// The store, opened for `tincan history`.
struct OpenedHistory: ~Copyable {
  /// The only peer that is wanted; nil for all.
  let peer: KnownPeer?
  let store: MessageStore
  let peers: [KnownPeer]
  let path: String

  /// The path of the store; nil if there is none.
  static func path() throws(ExitReason) -> String? {
    do { return try PrivateFiles.storeIfThere() } catch { throw ExitReason(error) }
  }

  /// The path that the store has or would have.
  static func usualPath() throws(ExitReason) -> String {
    do { return try PrivateFiles.storePath() } catch { throw ExitReason(error) }
  }

  /// - Parameters:
  ///   - name: the name of the only peer that is wanted; nil for all.
  ///   - isChecked: whether damage is looked for, so that damaged names are no reason to stop.
  init(_ path: String, name: String?, isChecked: Bool) throws(ExitReason) {
    let opened = try OpenedHistory.open(path)
    let (known, named) = try OpenedHistory.peers(in: opened, path, name: name, isChecked: isChecked)
    self.path = path
    peers = known
    peer = named
    store = opened
  }

  private static func open(_ path: String) throws(ExitReason) -> MessageStore {
    do throws(StoreFailure) { return try MessageStore(path: path) } catch {
      throw ExitReason(.store(path: path, error))
    }
  }

  private static func peers(
    in store: borrowing MessageStore, _ path: String, name: String?, isChecked: Bool
  ) throws(ExitReason) -> (all: [KnownPeer], named: KnownPeer?) {
    let nearest: [PeerName]
    do throws(StoreFailure) {
      if isChecked { return ((try? store.knownPeers()) ?? [], nil) }
      let all = try store.knownPeers()
      guard let name else { return (all, nil) }
      if let named = try store.knownPeer(named: name) { return (all, named) }
      nearest = KnownPeers.nearest(to: name, among: all)
    } catch {
      throw ExitReason(.store(path: path, error))
    }
    throw ExitReason(.unknownPeer(name: name ?? "", nearest: nearest))
  }

  /// Uses the store. Every failure names its file.
  func using<Result>(_ body: (borrowing MessageStore) throws(StoreFailure) -> Result) throws(ExitReason) -> Result {
    do throws(StoreFailure) { return try body(store) } catch { throw ExitReason(.store(path: path, error)) }
  }

  func renderer(_ form: HistoryRenderer.Form) -> HistoryRenderer {
    HistoryRenderer(form, own: Environment.loginName, peers: peers, namesReceivers: peer == nil)
  }

  // MARK: Listing

  /// Lists the messages of a selection.
  /// - Parameter exportPath: the file that gets them; nil for standard output.
  func list(
    _ selection: HistorySelection, as form: HistoryRenderer.Form, to exportPath: String?
  ) throws(ExitReason) {
    var renderer = renderer(form)
    var output = try PieceOutput(exportPath)
    var selected = try using { store throws(StoreFailure) in try store.select(selection) }
    var isEmpty = true
    while let entry = try next(&selected) {
      isEmpty = false
      try output.append(renderer.text(of: entry))
    }
    if isEmpty, case .terminal = form {
      try output.append(selection == HistorySelection(peer: nil) ? "Nothing is kept yet.\n" : "Nothing is found.\n")
    }
    try output.finish()
  }

  private func next(_ selected: inout SelectedHistory) throws(ExitReason) -> HistoryEntry? {
    do throws(StoreFailure) { return try selected.next(store) } catch { throw ExitReason(.store(path: path, error)) }
  }

  /// Lists the messages that wait, peer by peer.
  func listWaiting(as form: HistoryRenderer.Form) throws(ExitReason) {
    var output = try PieceOutput(nil)
    var isEmpty = true
    for one in peer.map({ [$0] }) ?? peers {
      let count = try waitingCount(for: one)
      guard count > 0 else { continue }
      isEmpty = false
      var renderer = renderer(form)
      try output.append(renderer.heading("\(count.counted("message waits", "messages wait")) for \(one.name)"))
      var cursor = try using { store throws(StoreFailure) in try store.waiting(for: one.fingerprint) }
      while let entry = try next(&cursor) { try output.append(renderer.text(of: entry)) }
    }
    if isEmpty, form != .json { try output.append("Nothing waits.\n") }
    try output.finish()
  }

  private func next(_ cursor: inout HistoryCursor) throws(ExitReason) -> HistoryEntry? {
    do throws(StoreFailure) { return try cursor.next(store) } catch { throw ExitReason(.store(path: path, error)) }
  }

  func waitingCount(for peer: KnownPeer) throws(ExitReason) -> Int {
    var cursor = try using { store throws(StoreFailure) in try store.waiting(for: peer.fingerprint) }
    var count = 0
    while try next(&cursor) != nil { count += 1 }
    return count
  }
}

/// A text that is written in pieces, to standard output or to a file that takes the place of an older one.
struct PieceOutput: ~Copyable {
  private let file: ReplacedFile?
  private let path: String
  private var piece = ""

  private static let pieceBytes = 64 << 10

  /// - Parameter path: the path of the file; nil for standard output.
  init(_ path: String?) throws(ExitReason) {
    self.path = path ?? ""
    do throws(SystemError) { file = try path.map { path throws(SystemError) in try ReplacedFile(path: path) } } catch {
      throw ExitReason(.cannotCreate, "cannot make \(path ?? ""): \(error)")
    }
  }

  mutating func append(_ text: String) throws(ExitReason) {
    piece += text
    if piece.utf8.count >= PieceOutput.pieceBytes { try flush() }
  }

  /// Writes the rest, and puts the file in its place.
  consuming func finish() throws(ExitReason) {
    try flush()
    do throws(SystemError) { try file?.finish() } catch {
      throw ExitReason(.inputOutput, "writing \(path) failed: \(error)")
    }
  }

  private mutating func flush() throws(ExitReason) {
    defer { piece = "" }
    guard let file else { return try CommandOutput.write(piece) }
    do throws(SystemError) { try file.append(piece) } catch {
      throw ExitReason(.inputOutput, "writing \(path) failed: \(error)")
    }
  }
}
