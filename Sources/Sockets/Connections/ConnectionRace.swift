import Glibc

/// Connects to the first of several addresses that answers.
///
/// The addresses are tried in turn, the families interleaved, a new one 250 ms after the last or as soon as the last
/// failed; earlier attempts stay in the race. So a dead IPv6 address never hides a live IPv4 one, and costs a quarter
/// of a second at most. This is the connection race of RFC 8305, sections 4 and 5, after the names are known.
public final class ConnectionRace {
  /// How long one attempt runs before the next starts: the "Connection Attempt Delay" that RFC 8305 section 5
  /// recommends.
  static let attemptDelay = Duration.milliseconds(250)

  /// One address that did not answer, and why.
  public struct Failure: Equatable, Sendable {
    /// The address that was tried.
    public let address: SocketAddress
    /// The error of the attempt.
    public let error: SystemError
  }

  /// The state of the race.
  public enum Outcome: ~Copyable {
    case waiting
    case connected(Socket, to: SocketAddress)
    /// No address is left; in the order they failed.
    case failed([Failure])
  }

  /// An attempt under way. A class because a collection cannot hold a noncopyable socket.
  private final class Attempt {
    let address: SocketAddress
    let number: CInt
    private var socket: Socket?

    init(_ socket: consuming Socket, to address: SocketAddress) {
      number = socket.number
      self.socket = consume socket
      self.address = address
    }

    /// Hands the socket on, once.
    func take() -> Socket { socket.take()! }
  }

  private var untried: [SocketAddress]
  private var attempts: [Attempt] = []
  private var failures: [Failure] = []

  /// The time at which the next address is to be tried, on the clock of the `now` given to ``step(now:readiness:)``.
  public private(set) var deadline: Duration?

  /// Begins with the first address.
  /// - Parameter addresses: in the order the system prefers; the families are interleaved here.
  public init(to addresses: [SocketAddress], now: Duration) {
    untried = ConnectionRace.interleaved(addresses)
    deadline = now
  }

  /// The descriptors to watch for ``Interest/writing``.
  public var numbers: [CInt] { attempts.map(\.number) }

  /// Takes the attempts that are ready further, and starts the next when its time has come.
  /// - Parameter readiness: what the loop found on a descriptor of ``numbers``.
  public func step(now: Duration, readiness: (CInt) -> Readiness) -> Outcome {
    for (index, attempt) in attempts.enumerated().reversed() where readiness(attempt.number).contains(.writable) {
      attempts.remove(at: index)
      do throws(SystemError) {
        let socket = attempt.take()
        if let error = try socket.takePendingError(of: "connect") { throw error }
        return try ConnectionRace.won(by: socket, to: attempt.address)
      } catch {
        failures.append(Failure(address: attempt.address, error: error))
        deadline = now
      }
    }
    while let due = deadline, due <= now {
      guard !untried.isEmpty else {
        deadline = nil
        break
      }
      let address = untried.removeFirst()
      deadline = now + ConnectionRace.attemptDelay
      do throws(SystemError) {
        let socket = try Socket(address.family)
        if try socket.connect(to: address) { return try ConnectionRace.won(by: socket, to: address) }
        attempts.append(Attempt(socket, to: address))
      } catch {
        failures.append(Failure(address: address, error: error))
        deadline = now
      }
    }
    return attempts.isEmpty && untried.isEmpty ? .failed(failures) : .waiting
  }

  /// - Throws: `ECONNREFUSED` for a socket that reached itself.
  private static func won(by socket: consuming Socket, to address: SocketAddress) throws(SystemError) -> Outcome {
    if try socket.isConnectedToItself { throw SystemError(call: "connect", code: ECONNREFUSED) }
    return .connected(socket, to: address)
  }

  /// Alternates the families, beginning with that of the first address, each in its own order (RFC 8305 section 4).
  static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard let first = addresses.first else { return [] }
    let preferred = addresses.filter { $0.family == first.family }
    let others = addresses.filter { $0.family != first.family }
    var result: [SocketAddress] = []
    for index in 0..<max(preferred.count, others.count) {
      if index < preferred.count { result.append(preferred[index]) }
      if index < others.count { result.append(others[index]) }
    }
    return result
  }
}
