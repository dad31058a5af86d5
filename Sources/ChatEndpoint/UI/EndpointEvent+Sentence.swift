import Basics
import Sockets
import Terminal

/// The renderer for people: one sentence for each event.
extension EndpointEvent {
  /// A sentence for people, escaped for a terminal.
  var sentence: String {
    let text =
      switch self {
      case .listening(let addresses, nil, _): "listening on \(addresses[0])"
      case .listening(let addresses, let port?, let options):
        "listening on port \(port)\(EndpointEvent.places(addresses)); the other side runs: tincan connect \(options)"
          + EndpointEvent.here(addresses, port, LocalMachine.hostName, LocalMachine.address?.host)
      case .connecting(let target, let known): "connecting to \(known ?? target)"
      case .waiting(let route, let options):
        "waiting for the other side, which runs: tincan connect \(options)\(route)"
      case .waitingForKnown(let name, _, let relays):
        "waiting for \(name) at \(relays.phrase); \(name) runs: tincan connect --via \(relays.asTyped) NAME, "
          + "with your name there"
      case .waitingForCode(let code, let relays):
        "waiting; tell the other side, by telephone say, to run: tincan connect --via \(relays.asTyped), and to type: "
          + code
      case .linkUp(let peer, let address, _):
        peer == address ? "connected: \(address)" : "connected: \(peer) (\(address))"
      case .interrupted(let peer, let reason): "the link to \(peer) was lost: \(reason)"
      case .resumed(let peer, _): "\(peer) is back"
      case .secured(let security): security.sentence
      case .code(let code): "have you two never met? Then read this code to the other side, by telephone say: \(code)"
      case .wrongCode(let address, let left): "\(address) gave a wrong code; \(EndpointEvent.guesses(left))"
      case .notAdmitted(let caller, 0): "not let in: \(caller)"
      case .notAdmitted(let caller, let others): "not let in: \(caller); and \(others) more"
      case .refused(let address, 0): "\(address) wanted in, and was told that you are busy"
      case .refused(let address, let others):
        "\(address) and \(others.counted("other", "others")) wanted in, and were told that you are busy"
      case .peerEnded(let peer): "\(peer) has nothing more to say"
      case .ended(let ended): ended.reason
      case .failed(let reason, _): reason
      case .progress(let lines, let total?): "\(lines) of \(total) lines sent"
      case .progress(let lines, nil): "\(lines) lines sent"
      case .accepted(let id, let name, _): "accepted: \(id?.text ?? name?.text ?? "a message")"
      case .acknowledged(let id, let name): "acknowledged: \(id?.text ?? name.text)"
      case .note(let text): text
      }
    return EscapedText.of(text)
  }

  /// The target that the peer types to reach this end, as far as it is known. The name of this machine may mean nothing
  /// to the peer's, so its address stands beside it.
  static func here(_ addresses: [String], _ port: UInt16, _ hostName: String?, _ address: String?) -> String {
    guard isEverywhere(addresses) else { return addresses[0] }
    let hosts = [hostName, address].compactMap(\.self)
    return (hosts.isEmpty ? ["HOST"] : hosts).map { host in
      guard port != Route.defaultPort else { return host }
      return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }.joined(separator: ", or ")
  }

  private static func guesses(_ left: Int) -> String {
    left == 0 ? "it is void now" : "\(left.counted("more guess", "more guesses")) and it is void"
  }

  private static func places(_ addresses: [String]) -> String {
    isEverywhere(addresses) ? ", all addresses" : " at " + addresses.joined(separator: " and ")
  }

  private static func isEverywhere(_ addresses: [String]) -> Bool {
    addresses.contains { $0.hasPrefix("[::]:") || $0.hasPrefix("0.0.0.0:") }
  }
}

extension LinkSecurity {
  /// The sentence for people.
  var sentence: String {
    switch self {
    case .plain: "not encrypted: whoever is between the two of you can read and change what you say"
    case .open: "encrypted, but nobody vouches for the other side: somebody may be between the two of you"
    case .paired(let name?, let meeting):
      "private from end to end; you know each other now, and next time no code is needed: "
        + meeting.again(with: name)
    case .paired(nil, .withOneself):
      "private from end to end; both ends are you (they have the same key), so nothing is remembered"
    case .paired(nil, _): "private from end to end; nothing is remembered, so next time a code is needed again"
    case .known(let name): "private from end to end: it is \(name), whom you have met before"
    }
  }
}

extension LinkSecurity.Meeting {
  /// How the two meet again, as a part of a sentence.
  fileprivate func again(with name: String) -> String {
    switch self {
    case .listening(let options):
      "run 'tincan serve\(options)', and \(name) runs 'tincan connect' with your name there"
    case .dialling(let options): "\(name) runs 'tincan serve\(options)', and you 'tincan connect \(name)'"
    case .atRelay, .withOneself: "'tincan connect \(name)'"
    }
  }
}
