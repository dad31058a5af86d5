import Basics
import MessageStore
import PeerSecurity

/// The known peers, for people as a table and for programs as JSON.
public struct PeerList {
  private let own: Fingerprint?
  private let peers: [(peer: KnownPeer, fingerprint: Fingerprint)]

  /// - Parameters:
  ///   - own: the fingerprint of this end's own identity; nil if there is none yet.
  ///   - peers: the known peers, in the order in which they are to be listed.
  public init(own: Fingerprint?, peers: [KnownPeer]) {
    self.own = own
    self.peers = peers.map { ($0, Fingerprint(bytes: $0.fingerprint)) }
  }

  /// A line for each peer, with a heading and this end's own fingerprint above.
  public var table: String {
    var text = own.map { "you: \($0)\n\n" } ?? ""
    guard !peers.isEmpty else {
      return text + "Nobody is known yet. Two who pair by a code know each other from then on.\n"
    }
    let rows = [["NAME", "FINGERPRINT", "MET", "LAST LINK"]] + peers.map(PeerList.row)
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    return text
  }

  private static func row(_ peer: KnownPeer, _ fingerprint: Fingerprint) -> [String] {
    let met = WallTime(seconds: peer.metAt).text(by: "%Y-%m-%d")
    let how =
      switch peer.met {
      case .directly: "directly"
      case .atRelay: "at a relay"
      }
    let last = WallTime(seconds: peer.lastMetAt).text(by: "%Y-%m-%d %H:%M")
    return [peer.name.description, fingerprint.beginning + "…", "\(met) \(how)", last]
  }

  /// An object with this end's own fingerprint.
  public static func json(own: Fingerprint) -> String {
    var object = JSONObject()
    object.add("fingerprint", own.description)
    return object.line
  }

  /// An object a line for each peer.
  public var json: String {
    peers.map { peer, fingerprint in
      var object = JSONObject()
      object.add("name", peer.name.description)
      object.add("fingerprint", fingerprint.description)
      object.add("met", WallTime(seconds: peer.metAt).timestamp)
      object.add("how", peer.met.rawValue)
      object.add("last", WallTime(seconds: peer.lastMetAt).timestamp)
      if let address = peer.address { object.add("address", address) }
      if let relay = peer.relay { object.add("relay", relay) }
      return object.line
    }.joined()
  }
}
