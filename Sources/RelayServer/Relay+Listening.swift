import ChatProtocol
import Glibc
import RelayCore
import Sockets

// Opening the addresses it listens at.
extension Relay {
  /// The listeners for guests. A relay that was asked to end, and still lets newcomers in, is waited for.
  /// - Parameters:
  ///   - option: which one chooses the port.
  ///   - signals: those that end the wait for a name, and for the port.
  static func listenForGuests(
    at listening: RelaySettings.Listening, mode: mode_t, option: String, _ wait: inout PortWait,
    _ signals: borrowing SignalSource
  ) throws(RelayStartFailure) -> Listener {
    let listener: Listener
    switch listening {
    case .at(let address):
      let found = try NameResolution.addresses(of: address, signals)
      listener = try wait.listen(signals) { () throws(RelayStartFailure) in
        try listen(at: address, found, RelayLimits.backlog, mode, option)
      }
    case .inherited(let numbers): listener = try takeOver(numbers)
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

  /// The listener for metrics. A relay that drains there leaves the address to its successor.
  static func listenForMetrics(
    at listening: RelaySettings.Listening, mode: mode_t, _ signals: borrowing SignalSource
  ) throws(RelayStartFailure) -> Listener {
    switch listening {
    case .inherited(let numbers): return try takeOver(numbers)
    case .at(let address):
      let (backlog, option) = (Listener.endpointBacklog, "--metrics")
      let found = try NameResolution.addresses(of: address, signals)
      do throws(RelayStartFailure) { return try listen(at: address, found, backlog, mode, option) } catch {
        guard error.kind == .unavailable, MetricsRelease.ask(at: address, found) else { throw error }
        return try listen(at: address, found, backlog, mode, option)
      }
    }
  }

  /// - Parameter found: the addresses of a host's name.
  private static func listen(
    at address: ListeningAddress, _ found: [SocketAddress], _ backlog: CInt, _ mode: mode_t, _ option: String
  ) throws(RelayStartFailure) -> Listener {
    do throws(ListeningFailure) {
      return try address.listen(at: found, backlog: backlog, mode: mode)
    } catch {
      throw RelayStartFailure(
        error.isOfAFile ? .cannotCreate : .unavailable, error.sentence(option: option),
        isAddressTaken: error.error.code == EADDRINUSE)
    }
  }

  private static func takeOver(_ numbers: [CInt]) throws(RelayStartFailure) -> Listener {
    do throws(SystemError) { return try Listener(inherited: numbers) } catch {
      let list = numbers.map(String.init).joined(separator: ", ")
      let reason = error.code == EINVAL ? "they are no listening stream sockets" : error.description
      throw RelayStartFailure(.cannotCreate, "cannot listen on inherited descriptors \(list): \(reason)")
    }
  }
}
