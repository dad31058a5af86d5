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
  public init(_ settings: RelaySettings) throws(RelayStartFailure) {
    RelayLimits.check()
    ProcessUsage.noteStart()
    // Before any thread starts: they inherit what is blocked.
    let signals = try Relay.starting { () throws(SystemError) in
      try SignalSource(settings.handlesSignals ? Housekeeping.signals : [])
    }
    try Relay.portFile(settings) { path throws(SystemError) in try FileWriting.remove(path) }
    let mode = settings.socketMode
    var wait = PortWait(settings)
    let listener = try Relay.listenForGuests(at: settings.guests, mode: mode, option: "--port", &wait, signals)
    let plain = try settings.plain.map { listening throws(RelayStartFailure) in
      try Relay.listenForGuests(at: listening, mode: mode, option: "--plain-port", &wait, signals)
    }
    metrics = try settings.metrics.map { listening throws(RelayStartFailure) in
      MetricsPort(try Relay.listenForMetrics(at: listening, mode: mode, signals))
    }
    do throws(SystemError) {
      context = try RelayContext(settings, listener: listener, plainListener: plain)
      let now = Instant(sinceOrigin: MonotonicClock.now())
      housekeeping = try Housekeeping(context, signals: signals, metrics: metrics, now: now)
      worker = try Worker(0, context, with: housekeeping)
      for index in 1..<max(1, settings.threads) { others.append(try Worker(index, context)) }
    } catch {
      throw Relay.cannotStart(error)
    }
    if settings.portFile != nil, port == 0 {
      throw RelayStartFailure(
        .cannotCreate, "cannot write the port file: a socket file was handed over, and has no port")
    }
    let text = "\(port)\n"
    try Relay.portFile(settings) { path throws(SystemError) in try FileWriting.replace(path, with: text) }
    try startThreads()
    announce()
  }

  private static func starting<Value: ~Copyable>(
    _ body: () throws(SystemError) -> Value
  ) throws(RelayStartFailure) -> Value {
    do throws(SystemError) { return try body() } catch { throw cannotStart(error) }
  }

  static func cannotStart(_ error: SystemError) -> RelayStartFailure {
    RelayStartFailure(.internalFault, "cannot start: \(error.call): \(error)")
  }

  private static func portFile(
    _ settings: RelaySettings, _ change: (String) throws(SystemError) -> Void
  ) throws(RelayStartFailure) {
    guard let path = settings.portFile else { return }
    do throws(SystemError) { try change(path) } catch {
      throw RelayStartFailure(.cannotCreate, "cannot write the port file \(path): \(error)")
    }
  }

  /// The last step that can fail, because a thread that runs has to be asked to end.
  private func startThreads() throws(RelayStartFailure) {
    do throws(SystemError) {
      for other in others {
        // From here on it belongs to its thread alone.
        nonisolated(unsafe) let worker = other
        threads.append(try WorkerThread { worker.run() })
      }
      others = []
    } catch {
      for mailbox in context.mailboxes { mailbox.post(.stop) }
      throw Relay.cannotStart(error)
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
    let addresses = Relay.list(context.listener.addresses)
    ServiceManager.notify("READY=1\nSTATUS=listening at \(addresses)")
    guard context.settings.policy.verbosity >= 0 else { return }
    var line = "listening at \(addresses)"
    if let plain = context.plainListener { line += ", plain at \(Relay.list(plain.addresses))" }
    if let metrics { line += ", metrics at \(Relay.list(metrics.addresses))" }
    context.journal.add(line)
    let plain = context.plainListener?.addresses.compactMap(\.bits) ?? []
    if plain.contains(where: { NetworkAddress(high: $0.high, low: $0.low).isPublic }) {
      context.journal.add(
        "warning: the plain port is on a public address: it joins any two strangers, unencrypted; "
          + "choose --listen localhost or a firewall if it is meant for few")
    }
  }

  private static func list(_ addresses: [SocketAddress]) -> String {
    addresses.map(\.description).joined(separator: " and ")
  }
}
