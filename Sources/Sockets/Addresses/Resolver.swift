import CSystem
import Glibc

/// Looks a host name up without blocking the loop: getaddrinfo(3) runs on a thread of its own, and its answer becomes
/// readable here. Dropping a resolver abandons its answer; the thread ends by itself. A numeric address needs no
/// thread.
public final class Resolver {
  /// The reason why a name has no addresses.
  public enum Failure: Error, Equatable, Sendable {
    /// The name does not exist, or has no address.
    case unknownHost
    /// The name service did not answer.
    case noAnswer
    /// A port, a flag or memory: anything else, in the words of gai_strerror(3).
    case other(String)
  }

  private let descriptor: Descriptor
  private let answer: Answer

  /// Starts looking up.
  /// - Parameters:
  ///   - host: a name or a numeric address.
  ///   - port: put into each address.
  ///   - toListen: whether the addresses are to be listened on.
  public init(host: String, port: UInt16, toListen: Bool = false) throws(SystemError) {
    var ends: [CInt] = [-1, -1]
    _ = try SystemCalls.retrying("pipe2") { csystem_pipe(&ends) }
    descriptor = Descriptor(owning: ends[0])
    answer = Answer(host: host, port: port, toListen: toListen, announcedBy: Descriptor(owning: ends[1]))
    if case .success(let addresses) = lookUp(host, port: port, toListen: toListen, isNumeric: true) {
      answer.give(.success(addresses))
    } else {
      try Resolver.startThread(for: answer)
    }
  }

  private static func startThread(for answer: Answer) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let passed = Unmanaged.passRetained(answer)
    let code = pthread_create(
      &thread, &attributes,
      { context in
        Unmanaged<Answer>.fromOpaque(context!).takeRetainedValue().lookUpName()
        return nil
      }, passed.toOpaque())
    guard code == 0 else {
      passed.release()
      throw SystemError(call: "pthread_create", code: code)
    }
  }

  /// The descriptor to watch: it is readable once there is an answer.
  public var number: CInt { descriptor.number }

  /// The answer, nil while there is none: the addresses to try, in the order the system prefers (RFC 6724), without
  /// repetition.
  public func result() -> Result<[SocketAddress], Failure>? { answer.found.withLock { $0 } }

  /// The part that both threads use: the question, which does not change, and the answer behind a lock.
  private final class Answer: Sendable {
    let found = Lock<Result<[SocketAddress], Failure>?>(nil)
    private let host: String
    private let port: UInt16
    private let toListen: Bool
    private let announcement: Descriptor

    init(host: String, port: UInt16, toListen: Bool, announcedBy announcement: consuming Descriptor) {
      self.host = host
      self.port = port
      self.toListen = toListen
      self.announcement = announcement
    }

    func lookUpName() { give(lookUp(host, port: port, toListen: toListen)) }

    func give(_ result: Result<[SocketAddress], Failure>) {
      found.withLock { $0 = result }
      // One byte makes it readable. It cannot fail but for a resolver that was dropped: then nobody waits.
      _ = try? SystemCalls.write(announcement.number, [1])
    }
  }
}

/// The look-up itself, which waits for the name service.
/// - Parameter isNumeric: whether `host` must be a numeric address; then it waits for nothing.
private func lookUp(
  _ host: String, port: UInt16, toListen: Bool, isNumeric: Bool = false
) -> Result<[SocketAddress], Resolver.Failure> {
  var hints = addrinfo()
  hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
  hints.ai_flags = AI_NUMERICSERV | (toListen ? AI_PASSIVE : 0) | (isNumeric ? AI_NUMERICHOST : 0)
  var list: UnsafeMutablePointer<addrinfo>?
  switch getaddrinfo(host, String(port), &hints, &list) {
  case 0: break
  // -5 is EAI_NODATA, which netdb.h hides behind a GNU feature test.
  case EAI_NONAME, -5: return .failure(.unknownHost)
  case EAI_AGAIN: return .failure(.noAnswer)
  case let code: return .failure(.other(String(cString: gai_strerror(code))))
  }
  defer { freeaddrinfo(list) }
  var addresses: [SocketAddress] = []
  var next = list
  while let entry = next?.pointee {
    next = entry.ai_next
    guard let pointer = entry.ai_addr, [AF_INET, AF_INET6].contains(entry.ai_family) else { continue }
    let address = SocketAddress(pointer, length: entry.ai_addrlen)
    if !addresses.contains(address) { addresses.append(address) }
  }
  return addresses.isEmpty ? .failure(.unknownHost) : .success(addresses)
}

extension Resolver.Failure {
  /// Whether there is no such name. Otherwise the same look-up may succeed later, or elsewhere.
  public var isUnknownHost: Bool { self == .unknownHost }

  /// The reason why a name cannot be used, and what to do.
  public func sentence(about host: String) -> String {
    switch self {
    case .unknownHost: "no host is named '\(host)': check the name"
    case .noAnswer: "the name '\(host)' cannot be looked up now: the name service does not answer"
    case .other(let reason): "the name '\(host)' cannot be looked up: \(reason)"
    }
  }
}
