import ArgumentParser
import ChatEndpoint
import RelayCore
import Sockets

/// `tincan relay`: joins pairs who cannot reach each other, and reads nothing.
struct RelayCommand: ParsableCommand, ListeningCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Join pairs who cannot reach each other, reading nothing.",
    discussion: """
      Two who join the same room are connected to each other; a third is refused. What they send is passed on as it is.

      SIGTERM and SIGINT drain: after --drain-delay, newcomers and waiting guests are refused, and pairs may finish. \
      A second SIGINT ends at once, and so does a second SIGTERM after two seconds. Listening sockets of a service \
      manager are taken over (LISTEN_FDS; one named 'plain' or 'metrics' is for that). The manager is told when all \
      is ready (NOTIFY_SOCKET).
      """)

  static let defaultPort = Route.defaultRelayPort

  @OptionGroup var listening: ListenOptions<RelayCommand>

  @Option(
    help: ArgumentHelp(
      """
      A second port, where any two connections are joined in the order they come, without a room: two netcats can \
      chat. Not for the public: it joins any two strangers.
      """, valueName: "port"),
    transform: PortOption.port)
  var plainPort: UInt16?

  @Option(help: ArgumentHelp("The permissions of socket files, octal. Default: 600.", valueName: "mode"))
  var socketMode: String?

  @OptionGroup(title: "Bounds") var bounds: RelayBoundsOptions

  @OptionGroup(title: "Ways in") var ways: RelayAccessOptions

  @Option(help: ArgumentHelp("How long a guest may take to send which room it wants.", valueName: "seconds"))
  var preambleTimeout = WholeNumber(Int(RelayLimits.preambleTime.components.seconds))

  @Option(help: ArgumentHelp("How long a guest may wait for the other one; 0: no limit.", valueName: "seconds"))
  var roomTimeout = WholeNumber(Int(RelayLimits.roomTime.components.seconds))

  @Option(
    help: ArgumentHelp(
      """
      How long newcomers are still let in once the relay was asked to end, while /healthz says no. Default: 3 with \
      --metrics, else 0.
      """, valueName: "seconds"))
  var drainDelay: WholeNumber?

  @Option(help: ArgumentHelp("How long pairs may go on once the relay drains.", valueName: "seconds"))
  var drainTimeout = WholeNumber(Int(RelayLimits.drainTime.components.seconds))

  @Option(
    help: ArgumentHelp(
      "How many threads carry. Default: one for each processor this process may use, by its control group too.",
      valueName: "n"))
  var threads: WholeNumber?

  @Option(
    help: ArgumentHelp(
      "Report to programs: Prometheus text at http://HOST:PORT/metrics, and /healthz; or at unix:PATH.",
      valueName: "host:port"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Read options from this file: 'option = value' lines. Those of the command line go first. SIGHUP reads it anew.",
      valueName: "file"))
  var config: String?

  @Flag(help: "Judge the options and the file of --config, open nothing, and end: with 0 if they can be used.")
  var checkConfig = false

  @OptionGroup(title: "Limits on pairs") var pairs: RelayPairOptions

  @OptionGroup(title: "Reports") var journal: RelayJournalOptions

  /// Threads that carry. A quota of 1.5 processors is worth two: one of them rests half of the time.
  var threadCount: Int {
    let quota = ControlGroups.current.processors.map { Int($0.rounded(.up)) } ?? .max
    return threads?.value ?? min(WorkerThread.processors, quota)
  }
}
