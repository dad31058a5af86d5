import Sockets

/// Looks up the names of addresses to listen at, before there is a loop. A name service may take long, and the signals
/// are blocked by then, so they are waited for as well.
enum NameResolution {
  /// - Parameter signals: those that a relay handles.
  /// - Returns: the addresses of a host's name; none for a place without a name.
  /// - Throws: a failure of the kind ``RelayStartFailure/Kind/askedToEnd`` when a signal asks the relay to end.
  static func addresses(
    of place: ListeningAddress, _ signals: borrowing SignalSource
  ) throws(RelayStartFailure) -> [SocketAddress] {
    guard case .host(let host, let port) = place else { return [] }
    let answer: Result<[SocketAddress], Resolver.Failure>?
    do throws(SystemError) {
      answer = try wait(for: Resolver(host: host, port: port, toListen: true), signals)
    } catch {
      throw Relay.cannotStart(error)
    }
    switch answer {
    case .success(let found): return found
    case .failure(let failure): throw cannotListen(failure, host)
    case nil: throw RelayStartFailure(.askedToEnd, "asked to end while '\(host)' was looked up")
    }
  }

  /// The failure to listen at a name that has no addresses.
  static func cannotListen(_ failure: Resolver.Failure, _ host: String) -> RelayStartFailure {
    let kind = failure.isUnknownHost ? RelayStartFailure.Kind.unknownHost : .unavailable
    return RelayStartFailure(kind, "cannot listen: \(failure.sentence(about: host))")
  }

  /// - Returns: the answer; nil if a signal asked the relay to end before.
  private static func wait(
    for resolver: Resolver, _ signals: borrowing SignalSource
  ) throws(SystemError) -> Result<[SocketAddress], Resolver.Failure>? {
    let hadTerminal = ControllingTerminal.isThere
    var set = PollSet()
    set.watch(resolver.number, for: .reading)
    set.watch(signals.number, for: .reading)
    while true {
      if let answer = resolver.result() { return answer }
      try set.wait(atMost: nil)
      // The others mean nothing yet: there is no journal, and no setting that could be read anew.
      while let signal = signals.next() { if Housekeeping.request(of: signal, hadTerminal) != nil { return nil } }
    }
  }
}
