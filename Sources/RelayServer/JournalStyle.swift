import RelayCore
import Sockets

/// How the journal is written.
public struct JournalStyle: Equatable, Sendable {
  /// The form of a line.
  public enum Format: String, CaseIterable, Sendable {
    /// For people, with `name=value` where numbers are to be found again.
    case text
    /// One JSON object a line, for programs.
    case json
  }

  /// How much of a guest's address is written.
  public enum Addresses: String, CaseIterable, Sendable {
    /// The address and the port: both are needed to find a customer behind a provider's translator (RFC 6302).
    case full
    /// The network: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address.
    case prefix
    case none
  }

  /// The form of a line.
  public var format: Format
  /// How much of a guest's address is written.
  public var addresses: Addresses

  /// Text without addresses, unless something else is given.
  public init(format: Format = .text, addresses: Addresses = .none) {
    self.format = format
    self.addresses = addresses
  }

  /// A guest's address as far as it is written; nil for not at all.
  func text(of address: SocketAddress) -> String? {
    switch addresses {
    case .none: return nil
    case .full: return address.description
    case .prefix:
      guard let bits = address.bits else { return "unix" }
      return NetworkAddress(high: bits.high, low: bits.low).prefixText
    }
  }
}
