import ChatProtocol
import Glibc
import RelayCore
import Sockets

// Opening the places it listens at.
extension Relay {
  /// - Parameters:
  ///   - option: which one chooses its port.
  ///   - carries: whether guests come there.
  static func listen(
    at place: RelaySettings.Place, option: String, carries: Bool = true
  ) throws(RelayFault) -> Listener {
    let listener =
      switch place {
      case .at(let place): try listen(at: place, option, carries ? RelayLimits.backlog : Listener.endpointBacklog)
      case .inherited(let numbers): try takeOver(numbers)
      }
    guard carries else { return listener }
    do throws(SystemError) {
      try listener.tuneForConversation(probeAfter: Limits.probeSeconds)
      try listener.keepUrgentBytesInline()
      listener.resetAtClose()
    } catch {
      throw RelayFault(.internalFault, "cannot tune the listening sockets: \(error)")
    }
    return listener
  }

  private static func listen(at place: ListeningAddress, _ option: String, _ backlog: CInt) throws(RelayFault)
    -> Listener
  {
    // Looked up first, as it fails in its own way. The program has nothing else to do yet, so it may wait here.
    var addresses: [SocketAddress] = []
    if case .host(let host, let port) = place {
      switch Resolver.waitForAddresses(of: host, port: port, toListen: true) {
      case .success(let found): addresses = found
      case .failure(let failure): throw RelayFault(.unknownHost, "cannot listen: \(failure.sentence(about: host))")
      }
    }
    do throws(ListeningFailure) { return try place.listen(at: addresses, backlog: backlog) } catch {
      throw RelayFault(error.isOfAFile ? .cannotCreate : .unavailable, error.sentence(option: option))
    }
  }

  private static func takeOver(_ numbers: [CInt]) throws(RelayFault) -> Listener {
    do throws(SystemError) { return try Listener(inherited: numbers) } catch {
      let list = numbers.map(String.init).joined(separator: ", ")
      let reason = error.code == EINVAL ? "they are no listening stream sockets" : error.description
      throw RelayFault(.cannotCreate, "cannot listen on inherited descriptors \(list): \(reason)")
    }
  }
}
