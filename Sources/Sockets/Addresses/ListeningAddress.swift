import Glibc

/// An address to listen at, as it is given on the command line.
public enum ListeningAddress: Equatable, Sendable {
  /// All addresses of this machine.
  case everywhere(port: UInt16)
  /// The addresses of one name.
  case host(String, port: UInt16)
  /// A socket file.
  case unix(path: String)

  /// Listens there.
  /// - Parameters:
  ///   - addresses: those of the name, if it is one.
  ///   - backlog: connections the kernel holds for us until they are accepted.
  ///   - mode: of a socket file; writing to it is what lets a program connect.
  public func listen(
    at addresses: [SocketAddress], backlog: CInt = Listener.endpointBacklog, mode: mode_t = 0o600
  ) throws(ListeningFailure) -> Listener {
    do throws(SystemError) {
      return switch self {
      case .everywhere(let port): try Listener(anyAddressPort: port, backlog: backlog)
      case .host: try Listener(at: addresses, backlog: backlog)
      case .unix(let path): try Listener(unixPath: path, backlog: backlog, mode: mode)
      }
    } catch {
      throw ListeningFailure(self, error)
    }
  }
}

/// The reason why an address cannot be listened at.
public struct ListeningFailure: Error, Equatable, Sendable {
  /// The address that was asked for.
  public let address: ListeningAddress
  /// The refusal of the system.
  public let error: SystemError

  public init(_ address: ListeningAddress, _ error: SystemError) {
    self.address = address
    self.error = error
  }

  /// Whether a file could not be made, rather than the address being taken or not ours.
  public var isOfAFile: Bool {
    if case .unix = address { error.code != EADDRINUSE } else { false }
  }

  /// The failure, its object, and the advice.
  /// - Parameter option: where another port is chosen, such as `--port`.
  public func sentence(option: String) -> String {
    let (what, isFile) =
      switch address {
      case .everywhere(let port): ("on port \(port)", false)
      case .host(let host, let port): ("on \(host.contains(":") ? "[\(host)]" : host):\(port)", false)
      case .unix(let path): ("on unix:\(path)", true)
      }
    let advice =
      switch (error.code, isFile) {
      case (EADDRINUSE, false): "the port is taken by another program; choose another with \(option)"
      case (EADDRINUSE, true): "somebody listens there already, or the file is no socket; choose another path"
      case (EACCES, false): "ports below 1024 need privileges; choose another with \(option)"
      default: error.description
      }
    return "cannot listen \(what): \(advice)"
  }
}
