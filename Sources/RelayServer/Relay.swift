import Basics
import ChatProtocol
import Glibc
import RelayCore
import Sockets

/// A relay: joins guests two by two and carries between them what it never reads.
///
/// Its threads carry, each with its own rooms and pairs. The first is the one that runs it, and does the
/// ``Housekeeping`` too.
public final class Relay {
  let context: RelayContext
  private let housekeeping: Housekeeping
  let metrics: MetricsPort?
  private let worker: Worker
  /// Of the other threads, until they start.
  private var others: [Worker] = []
  private var threads: [WorkerThread] = []

  /// Opens everything, and begins to listen.
  public init(_ settings: RelaySettings) throws(RelayFault) {
    RelayLimits.check()
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
      context = try RelayContext(settings, listener: listener, plainListener: plain)
      housekeeping = try Housekeeping(context, signals: signals, metrics: metrics)
      worker = try Worker(0, context, with: housekeeping)
      for index in 1..<max(1, settings.threads) { others.append(try Worker(index, context)) }
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

  /// The last step that can fail, because a thread that runs has to be asked to end.
  private func startThreads() throws(RelayFault) {
    do throws(SystemError) {
      for other in others {
        // From here on it belongs to its thread alone.
        nonisolated(unsafe) let worker = other
        threads.append(try WorkerThread { worker.run() })
      }
      others = []
    } catch {
      for mailbox in context.mailboxes { mailbox.post(.stop) }
      throw RelayFault(.internalFault, "cannot start: \(error.call): \(error)")
    }
  }

  /// Carries until it was asked to end and has. The process is to end with status 0 then.
  public func run() {
    worker.run()
    var now = Instant(sinceOrigin: MonotonicClock.now())
    housekeeping.run(now: now)
    while !housekeeping.isOver {
      housekeeping.wait(now: now)
      now = Instant(sinceOrigin: MonotonicClock.now())
      housekeeping.run(now: now)
    }
    for thread in threads { thread.join() }
  }

  /// Ends it, from any thread.
  public var control: RelayControl { context.control }

  /// The port guests arrive at; 0 for a socket file.
  var port: UInt16 { context.listener.addresses[0].port }

  private func announce() {
    let place = Relay.list(context.listener.addresses)
    if context.settings.verbosity >= 0 {
      var line = "listening at \(place)"
      if let plain = context.plainListener { line += ", plain at \(Relay.list(plain.addresses))" }
      if let metrics { line += ", metrics at \(Relay.list(metrics.addresses))" }
      context.journal.add(line)
    }
    ServiceManager.notify("READY=1\nSTATUS=listening at \(place)")
  }

  private static func list(_ addresses: [SocketAddress]) -> String {
    addresses.map(\.description).joined(separator: " and ")
  }
}
