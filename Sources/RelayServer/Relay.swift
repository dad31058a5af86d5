import Basics
import ChatProtocol
import Glibc
import Sockets

/// A relay: joins guests two by two and carries between them what it never reads.
///
/// Its threads carry, each with its own rooms and pairs; the first is the one that runs it, and tends the ``Supervisor`` too.
public final class Relay {
  private let shared: Shared
  private let supervisor: Supervisor
  private let metrics: MetricsPort?
  private let worker: Worker
  /// Of the other threads, until they start.
  private var others: [Worker] = []
  private var threads: [WorkerThread] = []

  /// Opens everything, and begins to listen. Only what was checked before can fail here for a reason other than another
  /// program's.
  public init(_ settings: RelaySettings) throws(RelayFault) {
    let signals: SignalSource
    do throws(SystemError) {
      // Before any thread starts: they inherit what is blocked.
      signals = try SignalSource(settings.handlesSignals ? [SIGINT, SIGTERM, SIGHUP] : [])
    } catch {
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
    do throws(SystemError) {
      if let path = settings.portFile { try FileWriting.remove(path) }
    } catch {
      throw RelayFault(.cannotCreate, "cannot write the port file \(settings.portFile ?? ""): \(error)")
    }
    let listener = try Relay.listen(at: settings.place, option: "--port")
    let plain = try settings.plainPlace.map { place throws(RelayFault) in
      try Relay.listen(at: place, option: "--plain-port")
    }
    metrics = try settings.metricsPlace.map { place throws(RelayFault) in
      MetricsPort(try Relay.listen(at: place, option: "--metrics", carries: false))
    }
    do throws(SystemError) {
      shared = try Shared(settings, listener: listener, plainListener: plain)
      supervisor = try Supervisor(shared, signals: signals, metrics: metrics)
      worker = try Worker(0, shared, tending: supervisor)
      for index in 1..<max(1, settings.threads) { others.append(try Worker(index, shared)) }
    } catch {
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
    if settings.portFile != nil, port == 0 {
      throw RelayFault(.cannotCreate, "cannot write the port file: a socket file was handed over, and has no port")
    }
    do throws(SystemError) {
      if let path = settings.portFile { try FileWriting.replace(path, with: "\(port)\n") }
    } catch {
      throw RelayFault(.cannotCreate, "cannot write the port file \(settings.portFile ?? ""): \(error)")
    }
    try startThreads()
    announce()
  }

  /// The last that can fail: a thread that runs must be told to end.
  private func startThreads() throws(RelayFault) {
    do throws(SystemError) {
      for other in others {
        // From here on it belongs to its thread alone.
        nonisolated(unsafe) let worker = other
        threads.append(try WorkerThread { worker.run() })
      }
      others = []
    } catch {
      for mailbox in shared.mailboxes { mailbox.post(.stop) }
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
  }

  /// Carries until it was told to end and has. The process is to end with status 0 then.
  public func run() {
    worker.run()
    var now = Instant(sinceOrigin: MonotonicClock.now())
    supervisor.tend(now: now)
    while !supervisor.isOver {
      supervisor.wait(now: now)
      now = Instant(sinceOrigin: MonotonicClock.now())
      supervisor.tend(now: now)
    }
    for thread in threads { thread.join() }
  }

  /// For telling it to end, from any thread.
  public var remote: Remote { shared.remote }

  /// The port guests come in at; 0 for a socket file.
  public var port: UInt16 { shared.listener.addresses[0].port }
  public var plainPort: UInt16? { shared.plainListener?.addresses[0].port }
  public var metricsPort: UInt16? { metrics?.addresses[0].port }

  private func announce() {
    let place = Relay.list(shared.listener.addresses)
    if shared.settings.verbosity >= 0 {
      var line = "listening at \(place)"
      if let plain = shared.plainListener { line += ", plain at \(Relay.list(plain.addresses))" }
      if let metrics { line += ", metrics at \(Relay.list(metrics.addresses))" }
      shared.journal.add(line)
    }
    ServiceManager.notify("READY=1\nSTATUS=listening at \(place)")
  }

  private static func list(_ addresses: [SocketAddress]) -> String {
    addresses.map(\.description).joined(separator: " and ")
  }
}
