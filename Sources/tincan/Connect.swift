import ArgumentParser
import ChatEndpoint
import Sockets

/// `tincan connect`: dials the peer.
struct Connect: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Connect to the other side, which is waiting.")

  @Argument(
    help: ArgumentHelp(
      "The other side: HOST, HOST:PORT, [IPV6]:PORT, unix:PATH, or ROOM@RELAY[:PORT].", valueName: "target"),
    transform: { text throws in
      do throws(HostPort.Malformed) { return try Route(parsing: text) } catch {
        throw ValidationError(error.description + ".")
      }
    })
  var route: Route

  @Argument(help: .hidden)
  var more: [String] = []

  @Option(
    help: ArgumentHelp(
      "The time to try to reach the other side. Default: 30, without end with --wait.", valueName: "seconds"))
  var timeout: Int?

  @Flag(help: "Try again until the other side is there.")
  var wait = false

  @OptionGroup var common: EndpointOptions

  func validate() throws {
    if let second = more.first {
      let isPort = UInt16(second) != nil && more.count == 1
      throw ValidationError(isPort ? "the port goes behind a colon: \(route):\(second)" : "one target is possible.")
    }
    guard (1...86_400).contains(timeout ?? 1) else {
      throw ValidationError("--timeout: a whole number of seconds from 1 to 86400 is needed.")
    }
  }

  func run() throws {
    let limit = timeout ?? (wait ? nil : Connect.usualTimeout)
    common.run(.connect(route, timeout: limit.map { .seconds($0) }, waits: wait))
  }

  /// In seconds. A person who waits for longer wants to be asked.
  private static let usualTimeout = 30
}
