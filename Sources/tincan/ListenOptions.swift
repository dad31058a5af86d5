import ArgumentParser
import Basics
import Sockets

/// A command that listens.
protocol ListeningCommand {
  static var defaultPort: UInt16 { get }
}

/// The options for the listening address of a command, and for the file with its port.
struct ListenOptions<Command: ListeningCommand>: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The port to listen on; 0 lets the system choose. Default: \(Command.defaultPort).", valueName: "port"),
    transform: PortOption.port)
  var port: UInt16?

  @Option(
    help: ArgumentHelp(
      "Listen at this host name or address, or at unix:PATH, a socket file. Default: all addresses, IPv4 and IPv6.",
      valueName: "host"))
  var listen: String?

  @Option(help: ArgumentHelp("Write the port to this file once listening.", valueName: "path"))
  var portFile: String?

  var place: ListeningAddress {
    get throws {
      let chosen = port ?? Command.defaultPort
      guard let listen else { return .everywhere(port: chosen) }
      guard listen.hasPrefix("unix:") else {
        // An IPv6 address has more than one colon, so this one stands before a port.
        if !listen.hasPrefix("["), listen.split(separator: ":", omittingEmptySubsequences: false).count == 2 {
          throw ValidationError("--listen: give the port with --port.")
        }
        return .host(try HostOption.host(listen, of: "--listen"), port: chosen)
      }
      guard port == nil else { throw ValidationError("--port: a socket file has no port.") }
      guard portFile == nil else { throw ValidationError("--port-file: a socket file has no port.") }
      return .unix(path: try HostOption.path(listen, of: "--listen"))
    }
  }

  /// Whether none of these options was given.
  var areUnused: Bool { port == nil && listen == nil && portFile == nil }

  func validate() throws {
    if portFile == "" { throw ValidationError("--port-file: no path.") }
    _ = try place
  }
}

/// A reader for ports to listen on, of which 0 lets the system choose.
enum PortOption {
  static func port(_ text: String) throws -> UInt16 {
    guard let port = UInt16(digits: text.utf8) else {
      throw ValidationError("a whole number from 0 to 65535 is needed.")
    }
    return port
  }
}

/// Readers for hosts and socket files in options.
enum HostOption {
  /// Reads a host name or address, an IPv6 address with or without brackets.
  static func host(_ text: String, of option: String) throws -> String {
    let host = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !host.contains(where: { "[]".contains($0) })
    else {
      throw ValidationError("\(option): '\(text)' is no host name or address.")
    }
    return host
  }

  /// Reads the path behind `unix:`.
  static func path(_ text: String, of option: String) throws -> String {
    let path = String(text.dropFirst("unix:".count))
    guard !path.isEmpty else { throw ValidationError("\(option): no path after 'unix:'.") }
    guard (try? SocketAddress(unixPath: path)) != nil else {
      throw ValidationError("\(option): the path of a socket file is too long: at most 107 bytes are possible.")
    }
    return path
  }
}
