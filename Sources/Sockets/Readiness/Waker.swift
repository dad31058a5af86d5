import CSystem

/// Wakes a loop from another thread: readable after ``wake()``, until ``clear()`` (eventfd(2)).
public struct Waker: ~Copyable, Sendable {
  private let descriptor: Descriptor

  public init() throws(SystemError) {
    descriptor = Descriptor(owning: try SystemCalls.retrying("eventfd") { csystem_event_descriptor() })
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// Makes it readable. Many calls before ``clear()`` are as one.
  public func wake() {
    // Eight bytes in the machine's order, as eventfd(2) wants; it fails only where it is readable anyway.
    let one = withUnsafeBytes(of: UInt64(1)) { Array($0) }
    _ = try? SystemCalls.write(descriptor.number, one[...])
  }

  /// Ends its being readable. Call it before the work, so that work added meanwhile is not missed.
  public func clear() {
    var count = [UInt8](repeating: 0, count: 8)
    _ = try? SystemCalls.read(descriptor.number, into: &count)
  }
}
