import ChatProtocol
import Glibc
import Sockets

// Opening the places it listens at.
extension Relay {
  static func listen(
    at place: RelaySettings.Place, carries: Bool = true
  ) throws(RelayFault) -> Listener {
    let backlog = carries ? RelayLimits.backlog : Listener.endpointBacklog
    // Looked up first, as it fails in its own way.
    var addresses: [SocketAddress] = []
    if case .host(let host, let port) = place { addresses = try resolve(host, port: port) }
    do throws(SystemError) {
      let listener: Listener
      switch place {
      case .everywhere(let port): listener = try Listener(anyAddressPort: port, backlog: backlog)
      case .host: listener = try Listener(at: addresses, backlog: backlog)
      case .unix(let path): listener = try Listener(unixPath: path, backlog: backlog)
      case .inherited(let numbers): listener = try Listener(inherited: numbers)
      }
      if carries { try listener.tuneForConversation(probeAfter: Limits.probeSeconds) }
      return listener
    } catch {
      throw cannotListen(at: place, error)
    }
  }

  private static func resolve(_ host: String, port: UInt16) throws(RelayFault) -> [SocketAddress] {
    // The program has nothing else to do yet, so it may wait here.
    switch Resolver.waitForAddresses(of: host, port: port, toListen: true) {
    case .success(let addresses): return addresses
    case .failure(.unknownHost): throw unknown(host, "no host is named")
    case .failure(.noAnswer): throw unknown(host, "the name service does not answer about")
    case .failure(.other(let reason)): throw unknown(host, "\(reason):")
    }
  }

  private static func unknown(_ host: String, _ reason: String) -> RelayFault {
    RelayFault(.unknownHost, "cannot listen: \(reason) '\(host)'; check the name")
  }

  private static func cannotListen(at place: RelaySettings.Place, _ error: SystemError) -> RelayFault {
    let (what, isPort) =
      switch place {
      case .everywhere(let port): ("on port \(port)", true)
      case .host(let host, let port): ("on \(host.contains(":") ? "[\(host)]" : host):\(port)", true)
      case .unix(let path): ("on unix:\(path)", false)
      case .inherited(let numbers):
        ("on inherited descriptors \(numbers.map(String.init).joined(separator: ", "))", false)
      }
    let advice =
      switch (error.code, isPort) {
      case (EADDRINUSE, true): "the port is taken by another program; choose another"
      case (EADDRINUSE, false): "somebody listens there already, or the file is no socket; choose another path"
      case (EACCES, true): "ports below 1024 need privileges; choose another"
      case (EINVAL, false): "they are no listening stream sockets"
      default: error.description
      }
    return RelayFault(
      isPort || error.code == EADDRINUSE ? .unavailable : .cannotCreate, "cannot listen \(what): \(advice)")
  }
}
