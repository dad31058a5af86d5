import ArgumentParser
import Basics
import Glibc
import RelayCore
import RelayServer
import Sockets

// Judging the options, before anything is opened.
extension RelayCommand {
  static let timeMax = 366 * 86_400

  var plainAddress: ListeningAddress? {
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

  var metricsAddress: ListeningAddress? {
    get throws {
      guard let metrics else { return nil }
      if metrics.hasPrefix("unix:") { return .unix(path: try HostOption.path(metrics, of: "--metrics")) }
      guard let colon = metrics.lastIndex(of: ":"),
        let port = UInt16(digits: metrics[metrics.index(after: colon)...].utf8),
        metrics.hasPrefix("[") || !metrics[..<colon].contains(":")
      else {
        throw ValidationError("--metrics: an address and a port are needed, such as 127.0.0.1:9463 or [::1]:9463.")
      }
      return .host(try HostOption.host(String(metrics[..<colon]), of: "--metrics"), port: port)
    }
  }

  /// The mode of socket files.
  var mode: mode_t {
    get throws {
      guard let socketMode else { return 0o600 }
      guard let mode = mode_t(digits: socketMode.utf8, radix: 8), mode <= 0o777, mode & 0o600 == 0o600 else {
        throw ValidationError(
          "--socket-mode: an octal mode such as 600, 660 or 666 is needed, with rights for its owner.")
      }
      return mode
    }
  }

  /// Two cannot be at one address. Of names that mean the same address only listening itself finds that out.
  private func checkAddressesDiffer() throws {
    func isOne(_ one: ListeningAddress?, _ other: ListeningAddress?) -> Bool {
      switch (one, other) {
      case (.host(_, 0), _), (.everywhere(0), _), (nil, _): false
      default: one == other
      }
    }
    if isOne(try plainAddress, try listening.place) {
      throw ValidationError("--plain-port: a port other than --port is needed.")
    }
    let metrics = try metricsAddress
    if try isOne(metrics, listening.place) || isOne(metrics, plainAddress) {
      throw ValidationError("--metrics: a place of its own is needed; guests come in at that one.")
    }
  }

  /// Guests of the plain port send nothing that could prove a pass.
  func checkPlainNeedsNoPass() throws {
    if ways.passFile != nil {
      throw ValidationError("--pass-file: guests of the plain port cannot prove a pass, so it has no place beside one.")
    }
  }

  func validate() throws {
    // The options of the file count as well, and are judged together with these.
    if config != nil { return }
    for (value, option, zeroIsNone) in [
      (preambleTimeout, "--preamble-timeout", false), (roomTimeout, "--room-timeout", true),
      (drainTimeout, "--drain-timeout", true), (drainDelay ?? WholeNumber(0), "--drain-delay", true),
    ] {
      guard (1...RelayCommand.timeMax).contains(value.value) || zeroIsNone && value.value == 0 else {
        throw ValidationError(
          "\(option): a whole number of seconds from \(zeroIsNone ? 0 : 1) to \(RelayCommand.timeMax) is needed.")
      }
    }
    if let threads {
      guard (1...RelayLimits.threadsMax).contains(threads.value) else {
        throw ValidationError("--threads: a whole number from 1 to \(RelayLimits.threadsMax) is needed.")
      }
    }
    try checkAddressesDiffer()
    if plainPort != nil { try checkPlainNeedsNoPass() }
    _ = try mode
    _ = try bounds.bounds(threads: threadCount)
  }
}
