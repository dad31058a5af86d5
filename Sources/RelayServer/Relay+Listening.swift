import ChatProtocol
import Glibc
import RelayCore
import Sockets

// Opening the addresses it listens at.
extension Relay {
  /// Where guests arrive.
  /// - option: which one chooses the port.
  static func listenForGuests(
    at listening: RelaySettings.Listening, mode: mode_t, option: String
  ) throws(RelayStartFailure) -> Listener {
    let listener =
      switch listening {
      case .at(let address): try listen(at: address, RelayLimits.backlog, mode, option)
      case .inherited(let numbers): try takeOver(numbers)
      }
    do throws(SystemError) {
      try listener.tuneForConversation(keepaliveAfter: Limits.keepaliveSeconds)
      try listener.keepUrgentBytesInline()
      listener.resetAtClose()
    } catch {
      throw RelayStartFailure(.internalFault, "cannot tune the listening sockets: \(error)")
    }
    return listener
  }

  /// Where metrics are asked for. A relay that drains there leaves the address to its successor.
  static func listenForMetrics(at listening: RelaySettings.Listening, mode: mode_t) throws(RelayStartFailure)
    -> Listener
  {
    switch listening {
    case .inherited(let numbers): return try takeOver(numbers)
    case .at(let address):
      let (backlog, option) = (Listener.endpointBacklog, "--metrics")
      do throws(RelayStartFailure) { return try listen(at: address, backlog, mode, option) } catch {
        guard error.kind == .unavailable, MetricsRelease.ask(at: address) else { throw error }
        return try listen(at: address, backlog, mode, option)
      }
    }
  }

  private static func listen(
    at address: ListeningAddress, _ backlog: CInt, _ mode: mode_t, _ option: String
  ) throws(RelayStartFailure) -> Listener {
    // Looked up first, as it fails in its own way. The program has nothing else to do yet, so it may wait here.
    var addresses: [SocketAddress] = []
    if case .host(let host, let port) = address {
      switch Resolver.waitForAddresses(of: host, port: port, toListen: true) {
      case .success(let found): addresses = found
      case .failure(let failure): throw cannotListen(failure, host)
      }
    }
    do throws(ListeningFailure) {
      return try address.listen(at: addresses, backlog: backlog, mode: mode)
    } catch {
      throw RelayStartFailure(error.isOfAFile ? .cannotCreate : .unavailable, error.sentence(option: option))
    }
  }

  /// The failure to listen at a name that has no addresses.
  static func cannotListen(_ failure: Resolver.Failure, _ host: String) -> RelayStartFailure {
    let kind = failure.isUnknownHost ? RelayStartFailure.Kind.unknownHost : .unavailable
    return RelayStartFailure(kind, "cannot listen: \(failure.sentence(about: host))")
  }

  private static func takeOver(_ numbers: [CInt]) throws(RelayStartFailure) -> Listener {
    do throws(SystemError) { return try Listener(inherited: numbers) } catch {
      let list = numbers.map(String.init).joined(separator: ", ")
      let reason = error.code == EINVAL ? "they are no listening stream sockets" : error.description
      throw RelayStartFailure(.cannotCreate, "cannot listen on inherited descriptors \(list): \(reason)")
    }
  }
}
