import Basics
import ChatEndpoint
import MessageStore
import PeerSecurity
import Sockets

/// The known peers, for commands that take one's name.
enum KnownPeers {
  /// The peer of that name; nil if there is none, or no store.
  /// Ends the process if the store cannot be used.
  static func find(_ name: String) -> KnownPeer? {
    guard PeerName(name) != nil else { return nil }
    return orLeave { () throws(OwnFileFailure) in
      guard let path = try PrivateFiles.storeIfThere() else { return nil }
      return try use(path) { store throws(StoreFailure) in try store.knownPeer(named: name) }
    }
  }

  /// The peer of that name.
  /// Ends the process if there is none, with the names that are like it.
  static func named(_ name: String) -> KnownPeer {
    if let peer = find(name) { return peer }
    ExitReason(OwnFileFailure.unknownPeer(name: name, nearest: nearest(to: name))).leave()
  }

  /// The way of `connect` to a known peer: the room that only these two can derive if relays are named; else where it
  /// last listened, and that room at the relays where the two last met or at those of TINCAN_RELAY, both at once if
  /// both are known.
  /// Ends the process if none of these is known.
  /// - Parameter given: the relays that were named; nil for none.
  static func role(
    toReach peer: KnownPeer, via given: RelayList?, _ dialling: Settings.Dialling
  ) -> Settings.Role {
    let relays = given ?? (peer.relay ?? Environment.place("TINCAN_RELAY")).flatMap { try? RelayList(parsing: $0) }
    let room = relays.flatMap { relays in
      MeetingSecret(bytes: peer.meetingSecret).map { RelayRoom($0.room, at: relays) }
    }
    let address = given == nil ? peer.address.flatMap { try? Route(parsing: $0) } : nil
    switch (address, room) {
    case (let address?, let room?): return .connectBothWays(address, room, dialling)
    case (let address?, nil): return .connect(address, dialling)
    case (nil, let room?): return .connect(room.route, dialling)
    case (nil, nil):
      if hasOwner(peer) { ExitReason(OwnFileFailure.conversationHeld(peer: "\(peer.name)", by: nil)).leave() }
      ExitReason(
        .unavailable, "it is not known how to reach \(peer.name)",
        advice: "run 'tincan serve --for \(peer.name)', and \(peer.name) connects to you; or both give --via RELAY"
      ).leave()
    }
  }

  /// Whether another program of this user has the conversation with a peer.
  private static func hasOwner(_ peer: KnownPeer) -> Bool {
    orLeave { () throws(OwnFileFailure) in try PrivateFiles.storeIfThere() }
      .flatMap { ConversationOwner(storePath: $0, peer: peer) } != nil
  }

  /// The names that one could have meant by a name that nobody has; empty if none is like it.
  /// Ends the process if the store cannot be used.
  static func nearest(to name: String) -> [PeerName] {
    orLeave { () throws(OwnFileFailure) in
      try PrivateFiles.storeIfThere().map { path throws(OwnFileFailure) in try nearest(to: name, in: path) } ?? []
    }
  }

  /// Changes something about a known peer.
  static func change<Result>(
    _ name: String, _ body: (borrowing MessageStore) throws(StoreFailure) -> Result
  ) throws(OwnFileFailure) -> Result {
    guard let path = try PrivateFiles.storeIfThere() else { throw .unknownPeer(name: name, nearest: []) }
    do throws(OwnFileFailure) { return try use(path, body) } catch {
      guard error == .store(path: path, .unknownName) else { throw error }
      throw .unknownPeer(name: name, nearest: try nearest(to: name, in: path))
    }
  }

  /// Opens a store for one use.
  static func use<Result>(
    _ path: String, _ body: (borrowing MessageStore) throws(StoreFailure) -> Result
  ) throws(OwnFileFailure) -> Result {
    do { return try body(try MessageStore(path: path)) } catch { throw .store(path: path, error) }
  }

  /// The nearest names in a store, if no more than a third of the letters is wrong.
  private static func nearest(to name: String, in path: String) throws(OwnFileFailure) -> [PeerName] {
    nearest(to: name, among: try use(path) { store throws(StoreFailure) in try store.knownPeers() })
  }

  /// The same among some peers.
  static func nearest(to name: String, among peers: [KnownPeer]) -> [PeerName] {
    // A text that is longer than any name is not like one, and comparing it takes time.
    guard name.utf8.count <= 64 else { return [] }
    let known = peers.map(\.name)
    let distances = known.map { editDistance(name.lowercased().utf8, $0.description.lowercased().utf8) }
    guard let least = distances.min(), least <= max(1, name.utf8.count / 3) else { return [] }
    return zip(known, distances).filter { $0.1 == least }.map(\.0)
  }

  private static func orLeave<Result>(_ body: () throws(OwnFileFailure) -> Result) -> Result {
    do throws(OwnFileFailure) { return try body() } catch { ExitReason(error).leave() }
  }
}
