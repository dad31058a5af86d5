import ArgumentParser
import ChatEndpoint
import PeerSecurity
import RelayCore
import RelayServer
import Sockets

/// How a relay's guests come in: through a load balancer, with a pass.
struct RelayAccessOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      Load balancers, whose connections begin with a PROXY header of version 1 or 2; 'unix' for those through a socket \
      file. From these it is required, and refused from all others. Bounds and lists go by the address it states.
      """,
      valueName: "cidr"))
  var proxyFrom: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Serve only guests that prove a pass: a file of passes, one a line, each of 16 characters or more. With \
      --config, SIGHUP reads it anew.
      """, valueName: "file"))
  var passFile: String?

  /// The connections that have to begin with a PROXY header.
  var proxies: ProxyList {
    get throws {
      let ranges = try proxyFrom.filter { $0 != "unix" }.map { text in
        guard let range = AddressRange(parsing: text) else {
          throw ValidationError(
            "--proxy-from: '\(text)' is no address or network such as 192.0.2.0/24 or 2001:db8::/32, nor 'unix'.")
        }
        return range
      }
      return ProxyList(ranges: ranges, includesSocketFiles: proxyFrom.contains("unix"))
    }
  }

  /// The passes of the file; none if none is asked for.
  func passes() throws(ExitReason) -> [RelayPass] { try passFile.map(PassFile.passes) ?? [] }

  func validate() throws {
    _ = try proxies
    if passFile == "" { throw ValidationError("--pass-file: no file name.") }
  }
}
