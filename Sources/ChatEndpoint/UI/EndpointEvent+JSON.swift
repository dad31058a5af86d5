import Basics
import ChatProtocol
import MessageStore

/// The renderer for programs: one JSON object on a line for each event and each message. docs/EVENTS.md lists them.
extension EndpointEvent {
  /// The line, with its line feed; empty if another event reports the same to programs.
  func json(at time: WallTime) -> String {
    guard let name else { return "" }
    var object = JSONObject()
    object.add("event", name)
    object.add("time", time.timestamp)
    addMembers(to: &object)
    return object.line
  }

  private var name: String? {
    switch self {
    case .listening: "listening"
    case .connecting: "connecting"
    case .waiting, .waitingForKnown, .waitingForCode: "waiting"
    case .linkUp: "connected"
    case .interrupted: "interrupted"
    case .resumed: "resumed"
    case .secured: nil
    case .code: "code"
    case .wrongCode: "wrong-code"
    case .notAdmitted: "not-let-in"
    case .refused: "refused"
    case .peerEnded: "peer-ended"
    case .ended: "ended"
    case .failed: "failed"
    case .progress: "progress"
    case .accepted: "accepted"
    case .acknowledged: "acknowledged"
    case .note: "note"
    }
  }

  private func addMembers(to object: inout JSONObject) {
    switch self {
    case .listening, .connecting, .waiting, .waitingForKnown, .waitingForCode: addMembersOfTheWay(to: &object)
    case .linkUp(let peer, let address, let security):
      object.add("peer", peer)
      object.add("address", address)
      object.add("encrypted", security.isEncrypted)
      object.add("trust", security.word)
    case .interrupted(let peer, let reason):
      object.add("peer", peer)
      object.add("reason", reason)
    case .resumed(let peer, let address):
      object.add("peer", peer)
      object.add("address", address)
    case .secured: break
    case .code(let code): object.add("code", code)
    case .wrongCode(let address, let guessesLeft):
      object.add("address", address)
      object.add("guesses-left", guessesLeft)
    case .notAdmitted(let caller, let others):
      object.add("caller", caller)
      if others > 0 { object.add("others", others) }
    case .refused(let address, let others):
      object.add("address", address)
      if others > 0 { object.add("others", others) }
    case .peerEnded(let peer): object.add("peer", peer)
    case .ended(let ended): EndpointEvent.add(ended, to: &object)
    case .failed(let reason, let status):
      object.add("reason", reason)
      object.add("status", Int(status))
    case .progress(let lines, let total):
      object.add("lines", lines)
      if let total { object.add("total", total) }
    case .accepted(let id, let name, let isRepeated):
      EndpointEvent.add(id, name, to: &object)
      if isRepeated { object.add("repeated", true) }
    case .acknowledged(let id, let name): EndpointEvent.add(id, name, to: &object)
    case .note(let text): object.add("text", text)
    }
  }

  private func addMembersOfTheWay(to object: inout JSONObject) {
    switch self {
    case .listening(let addresses, let port, _):
      object.add("addresses", addresses)
      if let port { object.add("port", Int(port)) }
    case .connecting(let target, _): object.add("target", target)
    case .waiting(let route, _): object.add("target", route.description)
    case .waitingForKnown(let name, let route, _):
      object.add("target", route.description)
      object.add("peer", name)
    case .waitingForCode(let code, let relays):
      object.add("relay", relays.description)
      object.add("code", code)
    default: preconditionFailure("an event of another kind")
    }
  }

  private static func add(_ id: CallerID?, _ name: MessageName?, to object: inout JSONObject) {
    if let id { object.add("id", id.text) }
    if let name { object.add("name", name.text) }
  }

  private static func add(_ ended: Ended, to object: inout JSONObject) {
    object.add("peer", ended.peer)
    object.add("reason", ended.reason)
    object.add("status", Int(ended.status))
    object.add("sent", ended.sent)
    object.add("unsent", ended.unsent)
    object.add("received", ended.received)
  }
}

extension ReceivedMessages {
  /// The `message` event for one entry, with its line feed.
  /// - Parameter writtenAt: when the peer wrote it, in seconds since 1970-01-01 UTC; 0 if it was sent as it was
  ///   written.
  func json(_ entry: Entry, from peer: String, at time: WallTime, writtenAt: Int = 0) -> String {
    let bytes = text(entry)
    let text = String(decoding: bytes, as: UTF8.self)
    var object = JSONObject()
    object.add("event", "message")
    object.add("time", time.timestamp)
    object.add("from", peer)
    object.add("text", text)
    if writtenAt != 0 { object.add("written", WallTime(seconds: writtenAt).timestamp) }
    if entry.moreFollows { object.add("more", true) }
    // U+FFFD stands for bytes that are not UTF-8. This member distinguishes it from one that the peer sent.
    if !text.utf8.elementsEqual(bytes) { object.add("repaired", true) }
    return object.line
  }
}
