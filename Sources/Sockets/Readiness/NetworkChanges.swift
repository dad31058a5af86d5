import CSystem
import Glibc

/// Readable when an address or a route of this machine has changed: rtnetlink(7). A link that was made before may lead
/// nowhere now, and one that could not be made may be possible.
///
/// The kernel also reports what changes nothing, such as a router that confirms an address (RFC 4861, 6.2). The reports
/// are not read for that: a look at the link costs less.
public struct NetworkChanges: ~Copyable {
  private let descriptor: Descriptor
  /// The reports that one call takes. A machine that is being configured has some dozens; later ones are readable in
  /// the next turn.
  static let reportsPerCall = 256

  /// - Throws: if the system has no such socket or does not permit it.
  public init() throws(SystemError) {
    descriptor = Descriptor(owning: try SystemCalls.retrying("netlink") { csystem_route_reports() })
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// Takes all reports that are there, without waiting for one.
  /// - Returns: whether anything has changed since the last call. Reports that the kernel had no room for count.
  public func take() -> Bool {
    // The rest of a report that is longer is discarded.
    var report = [UInt8](repeating: 0, count: 16)
    for count in 0..<NetworkChanges.reportsPerCall {
      do throws(SystemError) {
        guard case .moved = try SystemCalls.receive(descriptor.number, into: &report) else { return count > 0 }
      } catch {
        // ENOBUFS: reports were lost. Every other failure is treated alike, because a look too many harms nobody.
        return true
      }
    }
    return true
  }
}
