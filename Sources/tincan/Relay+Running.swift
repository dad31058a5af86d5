import ArgumentParser
import ChatEndpoint
import Glibc
import PeerSecurity
import RelayCore
import RelayServer
import Sockets

// Running the relay.
extension RelayCommand {
  func run() throws {
    guard let config else { return try run(nil) }
    let configuration = RelayConfiguration(config, CommandLine.arguments)
    try configuration.read().run(configuration)
  }

  /// The settings that may change while it runs, as these options mean them.
  /// - Throws: an ``ExitReason`` for a pass file that cannot be used.
  var policy: RelayPolicy {
    get throws {
      RelayPolicy(
        bounds: try bounds.bounds(threads: threadCount), access: try bounds.access, proxies: try ways.proxies,
        passes: try ways.passes(),
        times: GuestTable.Times(
          preamble: .seconds(preambleTimeout.value), room: roomTimeout.value == 0 ? nil : .seconds(roomTimeout.value)),
        pairLimits: pairs.limits, journal: journal.style, drainDelay: drainDelay.map { .seconds($0.value) },
        drainTime: .seconds(drainTimeout.value), verbosity: journal.verbosity)
    }
  }

  /// All settings that these options mean.
  /// - Throws: as ``policy`` does.
  private var settings: RelaySettings {
    get throws {
      var settings = RelaySettings(
        guests: .at(try listening.place), policy: try policy, portFile: listening.portFile,
        plain: try plainAddress.map { .at($0) }, metrics: try metricsAddress.map { .at($0) }, socketMode: try mode,
        threads: threadCount, version: Tincan.version)
      settings.parkedMemoryHigh = RelayLimits.parkedMemoryHigh(
        threads: threadCount, memory: ControlGroups.current.memory)
      return settings
    }
  }

  /// - Parameter configuration: the file that the settings came from, if there is one.
  private func run(_ configuration: RelayConfiguration?) throws {
    var settings: RelaySettings
    do { settings = try self.settings } catch let reason as ExitReason { reason.leave() }
    try takeOverListeners(&settings)
    if let configuration {
      settings.reload = configuration.reloader(settings)
    } else if let file = ways.passFile {
      let running = Lock(settings.policy)
      settings.reload = { running.withLock { RelayCommand.readPasses(file, anew: &$0) } }
    }
    let closed = StandardStreams.occupy()
    if checkConfig {
      if journal.quiet || closed.output { return }
      throw CleanExit.message("tincan: the options can be used")
    }
    _ = DescriptorLimit.raise()
    if getpid() == 1 { RelayCommand.reapOrphans() }
    do throws(RelayStartFailure) {
      try RelayServer.Relay(settings).run()
    } catch {
      StandardError.write("tincan: \(error.sentence)\n")
      StandardError.finish()
      throw ExitCode(RelayCommand.status(of: error).rawValue)
    }
  }

  /// Reads the passes anew where there is no file of options.
  private static func readPasses(_ file: String, anew policy: inout RelayPolicy) -> RelayReload {
    let old = policy.passes
    do throws(ExitReason) { policy.passes = try PassFile.passes(file) } catch {
      return .broken(problems: [error.sentence ?? ""])
    }
    return .read(policy, changes: PassFile.change(from: old, to: policy.passes).map { [$0] } ?? [], restart: [])
  }

  /// As the first process of a container a relay inherits orphans. The kernel reaps those that end from now on, as
  /// nobody asks for their status (wait(2)); earlier ones have to be asked for.
  private static func reapOrphans() {
    signal(SIGCHLD, SIG_IGN)
    while waitpid(-1, nil, WNOHANG) > 0 {}
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
    settings.guests = .inherited(others)
    if !plain.isEmpty {
      try checkPlainNeedsNoPass()
      settings.plain = .inherited(plain)
    }
    if !metrics.isEmpty { settings.metrics = .inherited(metrics) }
  }

  private static func status(of failure: RelayStartFailure) -> ExitStatus {
    switch failure.kind {
    case .unavailable: .unavailable
    case .unknownHost: .unknownHost
    case .cannotCreate: .cannotCreate
    case .internalFault: .internalFault
    case .askedToEnd: .success
    }
  }
}
