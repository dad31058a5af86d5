import ArgumentParser
import Basics
import ChatEndpoint
import MessageStore
import PeerSecurity
import Sockets

/// `tincan connect`: dials the peer.
struct Connect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect",
    _superCommandName: "tincan",
    abstract: "Connect to the other side, which is waiting.",
    discussion: """
      At a first meeting the code is asked for that the other side shows. With --via and no target it also says where \
      the two meet. A name of 'tincan peers' goes before a host of that name, and needs no code.
      """)

  @Argument(
    help: ArgumentHelp(
      "The other side: somebody known, HOST, HOST:PORT, [IPV6]:PORT, unix:PATH, or ROOM@RELAY[:PORT][,...].",
      valueName: "target"))
  var target: String?

  @Argument(help: .hidden)
  var more: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      The relay where the two meet, RELAY[:PORT], or the best of several that is alive; both sides name the same ones. \
      Default: TINCAN_RELAY, if no target is given.
      """, valueName: "relay[,...]"))
  var via: String?

  @Option(
    help: ArgumentHelp(
      "The time to try to reach the other side. Default: 30, without end with --wait.", valueName: "seconds"))
  var timeout: WholeNumber?

  @Flag(help: "Try again until the other side is there.")
  var wait = false

  @OptionGroup var common: EndpointOptions

  /// In seconds. A person who waits for longer wants to be asked.
  private static let usualTimeout = 30

  private var relays: RelayList? {
    get throws {
      let text = via ?? (target == nil ? Environment.place("TINCAN_RELAY") : nil)
      return try text.map { text throws in
        do throws(HostPort.Malformed) {
          return try RelayList(parsing: text)
        } catch {
          throw ValidationError("--via: \(error.description).")
        }
      }
    }
  }

  private func route(_ target: String) throws -> Route {
    do throws(HostPort.Malformed) { return try Route(parsing: target) } catch {
      throw ValidationError(error.description + ".")
    }
  }

  func validate() throws {
    if let second = more.first {
      let isPort = UInt16(digits: second.utf8) != nil && more.count == 1
      throw ValidationError(
        isPort ? "the port goes behind a colon: \(target ?? "HOST"):\(second)" : "one target is possible.")
    }
    guard (1...86_400).contains(timeout?.value ?? 1) else {
      throw ValidationError("--timeout: a whole number of seconds from 1 to 86400 is needed.")
    }
    if let target { _ = try route(target) }
    if try relays == nil, target == nil {
      throw ValidationError("say whom to connect to: a known name, HOST, or --via RELAY.")
    }
    if common.takeOver, target == nil || common.security.plain || common.security.open {
      throw ValidationError("--take-over: whose conversation? Give a name of 'tincan peers'.")
    }
    if common.security.plain || common.security.open, target == nil || via != nil {
      throw ValidationError(
        "--via goes with a pairing code or a name of 'tincan peers'; with --plain and --open name a room, ROOM@RELAY.")
    }
  }

  func run() throws {
    let limit = (timeout?.value ?? (wait ? nil : Connect.usualTimeout)).map { Duration.seconds($0) }
    let dialling = Settings.Dialling(
      timeout: limit, triesAgain: wait, staysInRoom: timeout == nil && common.input == .keyboard)
    guard let target else {
      common.run(.connectByCode(relays: try relays!, dialling))
    }
    let mayBeKnown = !common.security.plain && !common.security.open
    if mayBeKnown, let peer = via == nil ? KnownPeers.find(target) : KnownPeers.named(target) {
      let relays = via == nil ? nil : try self.relays
      common.run(KnownPeers.role(toReach: peer, via: relays, dialling), expecting: peer)
    }
    let route = try route(target)
    if common.relay.passFile != nil, !route.isAtRelay {
      throw ValidationError("--pass-file: a pass is for a relay, and '\(target)' is none.")
    }
    common.run(
      .connect(route, dialling),
      resembling: mayBeKnown ? KnownPeers.nearest(to: target) : [])
  }
}
