import Sockets
import Terminal

/// Something that happened to an endpoint, besides messages: the one list both the sentences for people and the events for
/// programs are made from.
enum Happening {
  /// It waits for somebody.
  /// - port: nil for a socket file.
  case listening(addresses: [String], port: UInt16?)
  case connecting(to: String)
  /// It waits in a room at a relay.
  case waiting(at: Target)
  /// The link is up.
  /// - peer: what the peer is called here.
  case linkUp(peer: String, address: String)
  /// Nothing keeps others from reading and changing what is said.
  case notEncrypted
  /// Somebody else wanted in during a conversation.
  case turnedAway(address: String)
  /// The peer sends no more.
  case peerEnded(peer: String)
  /// The conversation is over.
  /// - reason: a sentence without its period.
  case ended(reason: String, status: Int32, sent: Int, heard: Int, unsent: Int)
  /// There was no conversation. People hear of it as the last thing the program says.
  case failed(reason: String, status: Departure.Status)
  /// How far a long batch is.
  case progress(lines: Int, of: Int?)
  /// Anything else worth a sentence.
  case note(String)

  /// How much must be asked for to be told: -1 even when quiet, 0 as usual, 1 with `-v`.
  var verbosity: Int {
    switch self {
    case .listening, .connecting, .waiting, .linkUp, .notEncrypted, .ended, .progress, .note, .turnedAway: 0
    case .peerEnded: 1
    case .failed: .max
    }
  }

  /// For people; fit for a terminal.
  var sentence: String {
    let text =
      switch self {
      case .listening(let addresses, nil):
        "listening on \(addresses[0])"
      case .listening(let addresses, let port?):
        "listening on port \(port)\(Happening.places(addresses)); the other side runs: tincan connect "
          + Happening.here(addresses, port)
      case .connecting(let target): "connecting to \(target)"
      case .waiting(let target): "waiting for the other side, which runs: tincan connect \(target)"
      case .linkUp(let peer, let address): peer == address ? "connected: \(address)" : "connected: \(peer) (\(address))"
      case .notEncrypted: "not encrypted: whoever is between the two of you can read and change what you say"
      case .turnedAway(let address): "\(address) wanted in, and was told that you are busy"
      case .peerEnded(let peer): "\(peer) has nothing more to say"
      case .ended(let reason, _, _, _, _), .failed(let reason, _): reason
      case .progress(let lines, let total?): "\(lines) of \(total) lines sent"
      case .progress(let lines, nil): "\(lines) lines sent"
      case .note(let text): text
      }
    return EscapedText.of(text)
  }

  /// What the other side types to reach us, as far as we know.
  private static func here(_ addresses: [String], _ port: UInt16) -> String {
    guard isEverywhere(addresses) else { return addresses[0] }
    let host = LocalMachine.hostName ?? "HOST"
    return port == Target.defaultPort ? host : "\(host):\(port)"
  }

  private static func places(_ addresses: [String]) -> String {
    isEverywhere(addresses) ? ", all addresses" : " at " + addresses.joined(separator: " and ")
  }

  private static func isEverywhere(_ addresses: [String]) -> Bool {
    addresses.contains { $0.hasPrefix("[::]:") || $0.hasPrefix("0.0.0.0:") }
  }

  /// For programs. The members are documented in docs/EVENTS.md.
  var json: String {
    var object = JSONObject()
    func begin(_ event: String) {
      object.add("event", event)
      object.add("time", WallClock.timestamp())
    }
    switch self {
    case .listening(let addresses, let port):
      begin("listening")
      object.add("addresses", addresses)
      if let port { object.add("port", Int(port)) }
    case .connecting(let target):
      begin("connecting")
      object.add("target", target)
    case .waiting(let target):
      begin("waiting")
      object.add("target", target.description)
    case .linkUp(let peer, let address):
      begin("connected")
      object.add("peer", peer)
      object.add("address", address)
      object.add("encrypted", false)
    case .notEncrypted: return ""
    case .turnedAway(let address):
      begin("turned-away")
      object.add("address", address)
    case .peerEnded(let peer):
      begin("peer-ended")
      object.add("peer", peer)
    case .ended(let reason, let status, let sent, let heard, let unsent):
      begin("ended")
      object.add("reason", reason)
      object.add("status", Int(status))
      object.add("sent", sent)
      object.add("unsent", unsent)
      object.add("received", heard)
    case .failed(let reason, let status):
      begin("failed")
      object.add("reason", reason)
      object.add("status", Int(status.rawValue))
    case .progress(let lines, let total):
      begin("progress")
      object.add("lines", lines)
      if let total { object.add("total", total) }
    case .note(let text):
      begin("note")
      object.add("text", text)
    }
    return object.line
  }
}
