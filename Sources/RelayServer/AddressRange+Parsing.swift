import RelayCore
import Sockets

extension AddressRange {
  /// Reads `192.0.2.0/24`, `2001:db8::/32` or a single address.
  /// - Returns: nil for what is none.
  public init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = SocketAddress.bits(of: String(parts[0])) else { return nil }
    let width = address.isIPv4 ? 32 : 128
    let length = parts.count == 1 ? width : NetworkAddress.decimal(Array(parts[1].utf8)[...], atMost: width)
    guard let length else { return nil }
    self.init(NetworkAddress(high: address.high, low: address.low), length: 128 - width + length)
  }
}
