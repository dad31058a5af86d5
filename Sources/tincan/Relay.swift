import ArgumentParser
import ChatEndpoint
import ChatProtocol
import Glibc
import RelayCore
import RelayServer
import Sockets

/// `tincan relay`: joins pairs who cannot reach each other, and reads nothing.
struct RelayCommand: ParsableCommand, ListeningCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Join pairs who cannot reach each other, reading nothing.",
    discussion: """
      Two who join the same room are connected to each other; a third is refused. What they send is passed on as it is.

      SIGTERM, SIGINT and SIGHUP drain: nobody is let in any more, who waits is told to go, pairs may finish. A second signal ends \
      at once. Listening sockets of a service manager are taken over (LISTEN_FDS; one named 'plain' or 'metrics' is for \
      that), and it is told when all is ready (NOTIFY_SOCKET).
      """)

  static let defaultPort = Route.defaultRelayPort

  @OptionGroup var listening: ListenOptions<RelayCommand>

  @Option(
    help: ArgumentHelp(
      "A second port, where any two connections are joined in the order they come, without a room: two netcats can chat.",
      valueName: "port"))
  var plainPort: UInt16?

  @Option(
    help: ArgumentHelp(
      """
      How many guests at a time, paired or not; 0: no limit. Default: what the limit on open files leaves, so that whoever \
      is one too many can still be told.
      """, valueName: "n"))
  var maxGuests: Int?

  @Option(
    help: ArgumentHelp(
      "How many may wait for their other one at a time; 0: no limit. Default: half of --max-guests, as each needs room for a partner.",
      valueName: "n"))
  var maxWaiting: Int?

  @Option(
    help: ArgumentHelp(
      "How many connections one address (IPv6: /64 network) may make in a minute; 0: no limit.", valueName: "n"))
  var joinsPerMinute: Int = RelayLimits.joinsPerMinute

  @Option(
    help: ArgumentHelp(
      "How many guests of one address may be without a partner at a time; 0: no limit.", valueName: "n"))
  var waitingPerSource: Int = RelayLimits.waitingPerSource

  @Option(help: ArgumentHelp("How long a guest may take to say which room it wants.", valueName: "seconds"))
  var preambleTimeout: Int = Int(RelayLimits.preambleTime.components.seconds)

  @Option(help: ArgumentHelp("How long a guest may wait for the other one; 0: no limit.", valueName: "seconds"))
  var roomTimeout: Int = Int(RelayLimits.roomTime.components.seconds)

  @Option(help: ArgumentHelp("How long pairs may go on once the relay was told to end.", valueName: "seconds"))
  var drainTimeout: Int = Int(RelayLimits.drainTime.components.seconds)

  @Option(
    help: ArgumentHelp("How many threads carry. Default: one for each processor this process may use.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Tell programs how it goes: Prometheus text at http://HOST:PORT/metrics, and /healthz; or at unix:PATH.",
      valueName: "host:port"))
  var metrics: String?

  @Flag(help: "Judge the options, open nothing, and end: with 0 if they can be used.")
  var checkConfig = false

  @Flag(name: [.customShort("q"), .long], help: "Say only what went wrong.")
  var quiet = false

  @Flag(name: [.customShort("v"), .long], help: "Say more: who was turned away and why, and addresses.")
  var verbose: Int

  // MARK: Judging

  private static let timeRange = 1...(366 * 86_400)
  private static let countMax = 10_000_000

  private var plainPlace: ListeningAddress? {
    get throws {
      guard let plainPort else { return nil }
      // On the same addresses as the other port; beside a socket file, which is for this machine alone, on this
      // machine's own.
      switch try listening.place {
      case .host(let host, _): return .host(host, port: plainPort)
      case .everywhere: return .everywhere(port: plainPort)
      case .unix: return .host("localhost", port: plainPort)
      }
    }
  }

  private var metricsPlace: ListeningAddress? {
    get throws {
      guard let metrics else { return nil }
      if metrics.hasPrefix("unix:") { return .unix(path: try HostOption.path(metrics, of: "--metrics")) }
      guard let colon = metrics.lastIndex(of: ":"), let port = UInt16(metrics[metrics.index(after: colon)...]),
        metrics.hasPrefix("[") || !metrics[..<colon].contains(":")
      else {
        throw ValidationError("--metrics: an address and a port are needed, such as 127.0.0.1:9463 or [::1]:9463.")
      }
      return .host(try HostOption.host(String(metrics[..<colon]), of: "--metrics"), port: port)
    }
  }

  /// Two cannot be one place. Of names that mean the same address only listening itself finds that out.
  private func checkPlacesDiffer() throws {
    func isOne(_ one: ListeningAddress?, _ other: ListeningAddress?) -> Bool {
      switch (one, other) {
      case (.host(_, 0), _), (.everywhere(0), _), (nil, _): false
      default: one == other
      }
    }
    if isOne(try plainPlace, try listening.place) {
      throw ValidationError("--plain-port: a port other than --port is needed.")
    }
    let metricsPlace = try metricsPlace
    if try isOne(metricsPlace, listening.place) || isOne(metricsPlace, plainPlace) {
      throw ValidationError("--metrics: a place of its own is needed; guests come in at that one.")
    }
  }

  private var threadCount: Int { threads ?? WorkerThread.processors }

  /// The bounds, judged against the limit on open files. A higher one is asked for as far as the system allows.
  private var bounds: Admission.Bounds {
    get throws {
      let limit = DescriptorLimit.current.hard
      let own = RelayLimits.descriptorsReserved(threads: threadCount)
      guard limit - own >= (maxGuests ?? 2) else {
        throw ValidationError(
          """
          \(maxGuests == nil ? "--threads" : "--max-guests"): \(maxGuests ?? 2) guests and \(threadCount) threads need \
          \((maxGuests ?? 2) + own) open files, and \(limit) are allowed; raise that limit (ulimit -Hn, LimitNOFILE=) or choose fewer.
          """)
      }
      let guests = maxGuests ?? limit - own
      return Admission.Bounds(
        guests: guests, waiting: maxWaiting ?? guests / 2, joinsPerMinute: joinsPerMinute,
        waitingPerSource: waitingPerSource)
    }
  }

  func validate() throws {
    if quiet && verbose > 0 { throw ValidationError("--quiet and --verbose contradict each other.") }
    for (value, option) in [
      (maxGuests ?? 0, "--max-guests"), (maxWaiting ?? 0, "--max-waiting"), (joinsPerMinute, "--joins-per-minute"),
      (waitingPerSource, "--waiting-per-source"),
    ] {
      guard (0...RelayCommand.countMax).contains(value) else {
        throw ValidationError("\(option): a whole number from 0 (no limit) to \(RelayCommand.countMax) is needed.")
      }
    }
    if maxGuests == 1 { throw ValidationError("--max-guests: a pair are two.") }
    for (value, option, zeroIsNone) in [
      (preambleTimeout, "--preamble-timeout", false), (roomTimeout, "--room-timeout", true),
      (drainTimeout, "--drain-timeout", true),
    ] {
      guard RelayCommand.timeRange.contains(value) || zeroIsNone && value == 0 else {
        throw ValidationError("\(option): a whole number of seconds from \(zeroIsNone ? 0 : 1) to 31622400 is needed.")
      }
    }
    if let threads {
      guard (1...256).contains(threads) else {
        throw ValidationError("--threads: a whole number from 1 to 256 is needed.")
      }
    }
    try checkPlacesDiffer()
    _ = try bounds
  }

  // MARK: Running

  func run() throws {
    var settings = RelaySettings(
      place: .at(try listening.place), portFile: listening.portFile, plainPlace: try plainPlace.map { .at($0) },
      metricsPlace: try metricsPlace.map { .at($0) }, bounds: try bounds,
      times: GuestTable.Times(
        preamble: .seconds(preambleTimeout), room: roomTimeout == 0 ? nil : .seconds(roomTimeout)),
      threads: threadCount, drainTime: .seconds(drainTimeout), verbosity: quiet ? -1 : verbose)
    try takeOverListeners(&settings)
    let closed = StandardStreams.occupy()
    if checkConfig {
      if !quiet, !closed.output { print("tincan: the options can be used") }
      return
    }
    _ = DescriptorLimit.raise()
    do throws(RelayFault) {
      try RelayServer.Relay(settings).run()
    } catch {
      StandardError.write("tincan: \(error.sentence)\n")
      StandardError.finish()
      throw ExitCode(RelayCommand.status(of: error).rawValue)
    }
  }

  /// Listening sockets that were handed to us take the place of those we would open.
  private func takeOverListeners(_ settings: inout RelaySettings) throws {
    guard let listeners = ServiceManager.takeListeners() else {
      throw ValidationError("LISTEN_FDS: a number of sockets from 0 to \(ServiceManager.listenersMax) is needed.")
    }
    guard !listeners.isEmpty else { return }
    func numbers(_ name: String) -> [CInt] { listeners.filter { $0.name == name }.map(\.number) }
    let others = listeners.filter { $0.name != "plain" && $0.name != "metrics" }.map(\.number)
    let (plain, metrics) = (numbers("plain"), numbers("metrics"))
    guard !others.isEmpty else { throw ValidationError("LISTEN_FDS: no socket for guests is among them.") }
    guard listening.listen == nil, listening.port == nil, plainPort == nil,
      metrics.isEmpty || self.metrics == nil
    else {
      throw ValidationError(
        "LISTEN_FDS: sockets were handed over, so the options that say where to listen have no place.")
    }
    settings.place = .inherited(others)
    if !plain.isEmpty { settings.plainPlace = .inherited(plain) }
    if !metrics.isEmpty { settings.metricsPlace = .inherited(metrics) }
  }

  private static func status(of fault: RelayFault) -> ExitStatus {
    switch fault.kind {
    case .unavailable: .unavailable
    case .unknownHost: .unknownHost
    case .cannotCreate: .cannotCreate
    case .internalFault: .internalFault
    }
  }
}
