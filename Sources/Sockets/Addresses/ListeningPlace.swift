import Glibc

/// Where somebody is to be waited for.
public enum ListeningPlace: Equatable, Sendable {
  /// All addresses of this machine.
  case everywhere(port: UInt16)
  /// The addresses of one name.
  case host(String, port: UInt16)
  /// A socket file.
  case unix(path: String)

  /// Listens there.
  /// - Parameters:
  ///   - addresses: those of the name, when the place has one.
  ///   - backlog: connections the kernel holds for us until they are accepted.
  public func listen(
    at addresses: [SocketAddress], backlog: CInt = Listener.endpointBacklog
  ) throws(ListeningFailure) -> Listener {
    do throws(SystemError) {
      return switch self {
      case .everywhere(let port): try Listener(anyAddressPort: port, backlog: backlog)
      case .host: try Listener(at: addresses, backlog: backlog)
      case .unix(let path): try Listener(unixPath: path, backlog: backlog)
      }
    } catch {
      throw ListeningFailure(self, error)
    }
  }
}

/// Why one cannot listen at a place.
public struct ListeningFailure: Error, Equatable, Sendable {
  public let place: ListeningPlace
  public let error: SystemError

  public init(_ place: ListeningPlace, _ error: SystemError) {
    self.place = place
    self.error = error
  }

  /// Whether a file could not be made, rather than the place being another's or not for us.
  public var isOfAFile: Bool {
    if case .unix = place { error.code != EADDRINUSE } else { false }
  }

  /// What failed, on what, and what to do.
  /// - Parameter option: where another port is chosen, such as `--port`.
  public func sentence(option: String) -> String {
    let (what, isFile) =
      switch place {
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

extension Resolver.Failure {
  /// Why a name cannot be used, and what to do.
  public func sentence(about host: String) -> String {
    switch self {
    case .unknownHost: "no host is named '\(host)': check the name"
    case .noAnswer: "the name '\(host)' cannot be looked up now: the name service does not answer"
    case .other(let reason): "the name '\(host)' cannot be looked up: \(reason)"
    }
  }
}
