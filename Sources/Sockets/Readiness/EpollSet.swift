import CSystem
import Glibc

/// Readiness of very many descriptors: epoll(7). Unlike with `poll`, the cost of a wait grows with what is ready, not
/// with what is watched.
///
/// Guests are watched *edge-triggered* and once, from accept to close: the kernel reports when a descriptor
/// **becomes** ready, in either direction, and not again until it was found not ready. So forwarding a line costs no
/// call that changes interest, and the owner keeps the last report for each descriptor. Two duties come with it. A
/// readable descriptor is read until it would block, or came up short, or else is remembered as unfinished. After
/// ``Readiness/ended`` or ``Readiness/marked``, a short read does not mean that nothing is left.
public struct EpollSet: ~Copyable {
  /// How many descriptors one wait reports at most: enough that a busy turn spreads its wait over many guests, few
  /// enough that the turn's other phases come round soon.
  static let reportsPerWait = 256

  private let descriptor: Descriptor
  /// The reports of the last wait. Memory of our own rather than an array, so that a wait changes nothing of the set
  /// and its owner can keep it in a constant: the checks for exclusive access to a variable cost as much as the rest
  /// of a turn.
  private let reports: UnsafeMutableBufferPointer<csystem_event>

  public init() throws(SystemError) {
    descriptor = Descriptor(owning: try SystemCalls.retrying("epoll_create1") { csystem_epoll_create() })
    reports = .allocate(capacity: EpollSet.reportsPerWait)
    reports.initialize(repeating: csystem_event())
  }

  deinit { reports.deallocate() }

  /// A set can be watched by another: it is readable while one of its descriptors is ready.
  public var number: CInt { descriptor.number }

  /// Watches a descriptor, edge-triggered, for everything. The next wait reports what it is ready for already, too.
  /// - Parameter token: the name under which it is reported.
  public func watchEdges(_ number: CInt, as token: Int) throws(SystemError) {
    _ = try SystemCalls.retrying("epoll_ctl") {
      csystem_epoll_add(descriptor.number, number, UInt64(bitPattern: Int64(token)))
    }
  }

  /// Watches a descriptor, level-triggered, for reading: each wait reports it until nothing is there. For listeners
  /// and wakers.
  /// - Parameter wakesOne: whether its readiness wakes one of several sets that watch it, not all (`EPOLLEXCLUSIVE`).
  public func watchLevelTriggered(_ number: CInt, as token: Int, wakesOne: Bool = false) throws(SystemError) {
    _ = try SystemCalls.retrying("epoll_ctl") {
      csystem_epoll_add_level(descriptor.number, number, UInt64(bitPattern: Int64(token)), wakesOne ? 1 : 0)
    }
  }

  /// Stops watching a descriptor that stays open. Closing one does this by itself, unless another process or
  /// descriptor shares its open file description.
  public func forget(_ number: CInt) {
    _ = try? SystemCalls.retrying("epoll_ctl") { csystem_epoll_remove(descriptor.number, number) }
  }

  /// Waits until something is ready, the time is over, or a signal comes.
  /// - Parameter timeout: nil waits for ever; a fraction of a millisecond is rounded up.
  /// - Returns: how many descriptors are reported. The reports are numbered from 0, and hold until the next wait.
  public func wait(atMost timeout: Duration?) throws(SystemError) -> Int {
    try SystemCalls.waiting("epoll_wait") {
      csystem_epoll_wait(descriptor.number, reports.baseAddress, CInt(reports.count), timeout.milliseconds)
    }
  }

  /// The token of the descriptor in a report of the last wait.
  public func token(at index: Int) -> Int { Int(Int64(bitPattern: reports[index].token)) }

  /// The readiness in a report of the last wait.
  public func readiness(at index: Int) -> Readiness {
    let bits = reports[index].events
    var readiness: Readiness = []
    if bits & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
    if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
    if bits & EPOLLPRI.rawValue != 0 { readiness.formUnion([.readable, .marked]) }
    if bits & EPOLLRDHUP.rawValue != 0 { readiness.formUnion([.readable, .ended]) }
    // As with poll: the next read or write gives the error, and earlier bytes are still there to be read.
    if bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
      readiness.formUnion([.readable, .writable, .ended, .hungUp])
    }
    return readiness
  }
}

extension Readiness {
  /// The other side sends no more: the bytes that are there are the last (`EPOLLRDHUP`).
  public static let ended = Readiness(rawValue: 8)
  /// An urgent mark (TCP) stands among the bytes, and reads stop at it (`EPOLLPRI`).
  public static let marked = Readiness(rawValue: 16)
}
