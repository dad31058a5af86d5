import Sockets
import Terminal

/// The renderer for people: one sentence for each event.
extension EndpointEvent {
  /// A sentence for people, escaped for a terminal.
  var sentence: String {
    let text =
      switch self {
      case .listening(let addresses, nil):
        "listening on \(addresses[0])"
      case .listening(let addresses, let port?):
        "listening on port \(port)\(EndpointEvent.places(addresses)); the other side runs: tincan connect "
          + EndpointEvent.here(addresses, port, LocalMachine.hostName, LocalMachine.address?.host)
      case .connecting(let target): "connecting to \(target)"
      case .waiting(let route): "waiting for the other side, which runs: tincan connect \(route)"
      case .linkUp(let peer, let address): peer == address ? "connected: \(address)" : "connected: \(peer) (\(address))"
      case .notEncrypted: "not encrypted: whoever is between the two of you can read and change what you say"
      case .refused(let address, 0): "\(address) wanted in, and was told that you are busy"
      case .refused(let address, let others):
        "\(address) and \(others) \(others == 1 ? "other" : "others") wanted in, and were told that you are busy"
      case .peerEnded(let peer): "\(peer) has nothing more to say"
      case .ended(let ended): ended.reason
      case .failed(let reason, _): reason
      case .progress(let lines, let total?): "\(lines) of \(total) lines sent"
      case .progress(let lines, nil): "\(lines) lines sent"
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

  private static func places(_ addresses: [String]) -> String {
    isEverywhere(addresses) ? ", all addresses" : " at " + addresses.joined(separator: " and ")
  }

  private static func isEverywhere(_ addresses: [String]) -> Bool {
    addresses.contains { $0.hasPrefix("[::]:") || $0.hasPrefix("0.0.0.0:") }
  }
}
