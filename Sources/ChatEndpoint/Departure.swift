import Glibc
import Sockets

/// How the program ends: one exit status for each family of reasons, and one sentence that says what failed, on what, and what
/// to do. The numbers are those of sysexits(3).
public struct Departure: Error, Equatable, Sendable {
  /// The families.
  public enum Status: CInt, Sendable, CaseIterable {
    /// The conversation ended by goodbye.
    case goodbye = 0
    /// The batch input is not usable.
    case badInput = 65
    /// The batch file cannot be read.
    case noInput = 66
    /// The host name is unknown.
    case unknownHost = 68
    /// Nobody is reachable, the peer is busy, or our own port is taken.
    case unavailable = 69
    /// A fault of ours.
    case internalFault = 70
    /// A file of ours cannot be made.
    case cannotCreate = 73
    /// Input or output failed.
    case inputOutput = 74
    /// The link is gone and messages remain undelivered, or may.
    case undelivered = 75
  }

  public var status: Status
  /// The signal that made us leave, to be raised again with its default effect.
  public var signal: CInt?
  /// For standard error; nil when there is nothing to say.
  public var sentence: String?

  public init(_ status: Status, _ sentence: String? = nil, signal: CInt? = nil) {
    self.status = status
    self.sentence = sentence
    self.signal = signal
  }

  /// The number the shell will see.
  public var number: CInt { signal.map { 128 + $0 } ?? status.rawValue }
}

// The sentences for what the system refuses.
extension Departure {
  /// Nobody could be reached.
  /// - what: what it is, when that is not plain from the role.
  static func unreachable(_ target: Target, _ failures: [ConnectionRace.Failure], what: String = "") -> Departure {
    let reasons = failures.map(\.error.description)
    let tried = failures.map(\.address.description).joined(separator: " and ")
    if let only = reasons.first, Set(reasons).count == 1 {
      let addresses =
        failures.count > 1 || failures[0].address.description != target.description ? " (tried \(tried))" : ""
      return Departure(.unavailable, "cannot reach \(what)\(target): \(only)\(addresses)")
    }
    let list = failures.map { "\($0.address): \($0.error)" }.joined(separator: "; ")
    return Departure(.unavailable, "cannot reach \(what)\(target): \(list)")
  }

  /// A host name that cannot be used.
  static func unresolved(_ host: String, _ failure: Resolver.Failure) -> Departure {
    Departure(.unknownHost, failure.sentence(about: host))
  }

  /// A place we cannot listen at.
  static func cannotListen(_ failure: ListeningFailure) -> Departure {
    Departure(failure.isOfAFile ? .cannotCreate : .unavailable, failure.sentence(option: "--port"))
  }
}
