import ChatProtocol
import Glibc
import Sockets
import Synchronization

/// A relay: joins guests two by two and carries between them what it never reads.
///
/// Its threads carry; this main thread does the rest: signals, the journal, metrics, and the end. The end has two steps: to
/// *drain* (let nobody in, tell the waiting, let pairs finish, up to a time) and to *stop*.
///
/// ```
///   running ──signal──▶ draining ──signal, or its time is over──▶ stopping ──▶ ended
///                           └────────── no pair is left ─────────────────────▲
/// ```
public final class Relay {
  private enum Stage {
    case running
    case draining(until: Instant)
    case stopping
  }

  private let shared: Shared
  private let metrics: MetricsPort?
  private let signals: SignalSource
  private let remote: Remote
  private var threads: [WorkerThread] = []
  private var stage = Stage.running
  private var polls = PollSet()
  private var written = ByteQueue()

  /// Tells a relay from another thread to drain, and a second time to stop.
  public final class Remote: Sendable {
    private let asked = Atomic<Int>(0)
    fileprivate let waker: Waker

    fileprivate init() throws(SystemError) { waker = try Waker() }

    public func end() {
      asked.add(1, ordering: .relaxed)
      waker.wake()
    }

    fileprivate func take() -> Int {
      waker.clear()
      return asked.exchange(0, ordering: .relaxed)
    }
  }

  // MARK: Beginning

  /// Opens everything, and begins to carry. Only what was checked before can fail here for a reason other than another
  /// program's.
  public init(_ settings: RelaySettings) throws(RelayFault) {
    do throws(SystemError) {
      // Before any thread starts: they inherit what is blocked.
      signals = try SignalSource(settings.handlesSignals ? [SIGINT, SIGTERM] : [])
      remote = try Remote()
    } catch {
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
    do throws(SystemError) {
      if let path = settings.portFile { try FileWriting.remove(path) }
    } catch {
      throw RelayFault(.cannotCreate, "cannot write the port file \(settings.portFile ?? ""): \(error)")
    }
    let listener = try Relay.listen(at: settings.place)
    let plain = try settings.plainPlace.map { place throws(RelayFault) in try Relay.listen(at: place) }
    metrics = try settings.metricsPlace.map { place throws(RelayFault) in
      MetricsPort(try Relay.listen(at: place, carries: false))
    }
    do throws(SystemError) {
      shared = try Shared(settings, listener: listener, plainListener: plain)
      for index in 0..<settings.threads {
        let shared = shared
        // Made here, so that what fails is told here; then it belongs to its thread alone.
        nonisolated(unsafe) let worker = try Worker(index, shared)
        threads.append(try WorkerThread { worker.run() })
      }
    } catch {
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
    do throws(SystemError) {
      if let path = settings.portFile { try FileWriting.replace(path, with: "\(port)\n") }
    } catch {
      throw RelayFault(.cannotCreate, "cannot write the port file \(settings.portFile ?? ""): \(error)")
    }
    announce()
  }

  private func announce() {
    if shared.settings.verbosity >= 0 {
      var line = "listening at \(Relay.list(shared.listener.addresses))"
      if let plain = shared.plainListener { line += ", plain at \(Relay.list(plain.addresses))" }
      if let metrics { line += ", metrics at \(Relay.list(metrics.addresses))" }
      shared.journal.add(line)
    }
    ServiceManager.notify("READY=1\nSTATUS=listening at \(Relay.list(shared.listener.addresses))")
  }

  private static func list(_ addresses: [SocketAddress]) -> String {
    addresses.map(\.description).joined(separator: " and ")
  }

  /// The port guests come in at; 0 for a socket file.
  public var port: UInt16 { shared.listener.addresses[0].port }
  public var plainPort: UInt16? { shared.plainListener?.addresses[0].port }
  public var metricsPort: UInt16? { metrics?.addresses[0].port }

  /// For telling it to end.
  public var control: Remote { remote }

  // MARK: Running

  /// Runs until it has ended. The process is to end with status 0 then.
  public func run() {
    while shared.ended.load(ordering: .acquiring) < threads.count || !written.isEmpty { turn() }
    for thread in threads { thread.join() }
    flushJournal()
  }

  private func turn() {
    let allEnded = shared.ended.load(ordering: .acquiring) == threads.count
    polls.removeAll()
    polls.watch(signals.number, for: .reading)
    polls.watch(remote.waker.number, for: .reading)
    if !allEnded { polls.watch(shared.endedWaker.number, for: .reading) }
    polls.watch(shared.journal.number, for: .reading)
    if !written.isEmpty { polls.watch(ErrorStream.number, for: .writing) }
    metrics?.watch(in: &polls)
    let before = Instant(sinceOrigin: MonotonicClock.now())
    do throws(SystemError) {
      try polls.wait(atMost: deadline.map { $0 - before })
    } catch {
      preconditionFailure("waiting failed: \(error)")
    }
    let now = Instant(sinceOrigin: MonotonicClock.now())
    shared.endedWaker.clear()
    while signals.next() != nil { end(now) }
    for _ in 0..<remote.take() { end(now) }
    if case .draining(let until) = stage, until <= now { stop("the time to drain is over") }
    metrics?.serve(polls, now: now, isDraining: isDraining) { MetricsPage.text(of: shared, isDraining: isDraining) }
    writeJournal(now)
  }

  private var isDraining: Bool { if case .running = stage { false } else { true } }

  private var deadline: Instant? {
    var deadlines = [metrics?.deadline, journalStuckAt]
    if case .draining(let until) = stage { deadlines.append(until) }
    return deadlines.compactMap(\.self).min()
  }

  /// Told to end: first to drain, then to stop.
  private func end(_ now: Instant) {
    switch stage {
    case .running:
      stage = .draining(until: now + shared.settings.drainTime)
      let microseconds = (shared.settings.drainTime.components.seconds + 10) * 1_000_000
      ServiceManager.notify("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=\(microseconds)")
      if shared.settings.verbosity >= 0 {
        shared.journal.add("draining: pairs may go on for \(shared.settings.drainTime.components.seconds) s")
      }
      for mailbox in shared.mailboxes { mailbox.post(.drain) }
    case .draining: stop("told to end a second time")
    case .stopping: break
    }
  }

  private func stop(_ reason: String) {
    stage = .stopping
    if shared.settings.verbosity >= 0 { shared.journal.add("ending now: \(reason)") }
    for mailbox in shared.mailboxes { mailbox.post(.stop) }
  }

  // MARK: The journal

  /// When standard error was full all the time since the threads ended: then what waits is given up.
  private var journalStuckAt: Instant?

  private func writeJournal(_ now: Instant) {
    // Taken only when the last is written: what comes meanwhile is bounded by the journal.
    if written.isEmpty { written.append(shared.journal.take()) }
    guard !written.isEmpty else { return }
    if polls.readiness(of: ErrorStream.number).contains(.writable) {
      written.take(ErrorStream.write(written.bytes))
      journalStuckAt = nil
    }
    guard shared.ended.load(ordering: .acquiring) == threads.count else { return }
    if let stuckAt = journalStuckAt, stuckAt <= now { written.take(written.count) }
    journalStuckAt = journalStuckAt ?? now + Limits.drainSilence
  }

  /// The last lines, as far as standard error takes them at once.
  private func flushJournal() {
    written.append(shared.journal.take())
    while !written.isEmpty {
      var only = PollSet()
      only.watch(ErrorStream.number, for: .writing)
      try? only.wait(atMost: Limits.goodbyeWait)
      guard only.readiness(of: ErrorStream.number).contains(.writable) else { return }
      written.take(ErrorStream.write(written.bytes))
    }
  }
}

// Opening the places it listens at.
extension Relay {
  private static func listen(
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
    let found: Result<[SocketAddress], Resolver.Failure>
    do throws(SystemError) {
      let resolver = try Resolver(host: host, port: port, toListen: true)
      var only = PollSet()
      only.watch(resolver.number, for: .reading)
      var result = resolver.result()
      while result == nil {
        try only.wait(atMost: nil)
        result = resolver.result()
      }
      found = result!
    } catch {
      throw RelayFault(.internalFault, "cannot look up '\(host)': \(error)")
    }
    switch found {
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
