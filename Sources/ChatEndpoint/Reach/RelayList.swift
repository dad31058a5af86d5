import ChatProtocol
import PeerSecurity
import Sockets

/// The relays at which two ends may meet. Both ends need the same ones; the order in which they are typed says nothing.
public struct RelayList: Equatable, Sendable {
  /// At least one, each once.
  let relays: [HostPort]

  /// More would hardly be of use, and an end that waits does so at each of them.
  public static let countMax = 8

  /// A list of one.
  init(_ relay: HostPort) { relays = [relay] }

  /// Reads `RELAY[:PORT][,…]`. A relay that stands there twice counts once.
  /// - Throws: the reason why the text is none, for the user. It names the entry.
  public init(parsing text: String) throws(HostPort.Malformed) {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var relays: [HostPort] = []
    for entry in entries {
      let relay: HostPort
      do throws(HostPort.Malformed) {
        if entry.hasPrefix("unix:") { throw HostPort.Malformed("a relay is a host, not a socket file") }
        relay = try HostPort(parsing: entry, defaultPort: Route.defaultRelayPort)
      } catch {
        guard entries.count > 1 else { throw error }
        throw HostPort.Malformed(entry.isEmpty ? "an entry of the list is empty" : "'\(entry)': \(error)")
      }
      if !relays.contains(where: { $0.relayKey == relay.relayKey }) { relays.append(relay) }
    }
    guard relays.count <= RelayList.countMax else {
      throw HostPort.Malformed("at most \(RelayList.countMax) relays are possible")
    }
    self.relays = relays
  }

  /// The relays in the order in which an end joins them, the best for the room first (docs/PROTOCOL.md, "Several
  /// relays").
  func ordered(for room: RoomName) -> [HostPort] {
    let weighed = relays.map { relay in
      (relay: relay, weight: RelayWeight.of(relay.relayKey, for: room), key: relay.relayKey)
    }
    return weighed.sorted { ($0.weight, $1.key) > ($1.weight, $0.key) }.map(\.relay)
  }

  /// A part of a sentence that names them.
  var phrase: String { "\(relays.count == 1 ? "the relay" : "one of the relays") \(asTyped)" }

  /// As a user types it.
  var asTyped: String { relays.map(\.asTyped).joined(separator: ",") }
}

extension RelayList: CustomStringConvertible {
  /// With all ports, as it is kept.
  public var description: String { relays.map(\.description).joined(separator: ",") }
}

extension HostPort {
  /// A relay as a user types it: without the default port.
  var asTyped: String { port == Route.defaultRelayPort && !host.contains(":") ? host : description }

  /// The name by which both ends know a relay: with its port, and in lower case, because case means nothing in it.
  fileprivate var relayKey: String { description.lowercased() }
}
