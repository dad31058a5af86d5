import CSystem
import Glibc

/// Readiness of very many descriptors: epoll(7). Unlike with `poll`, a wait costs what is ready, not what is watched.
///
/// Guests are watched *edge-triggered* and once, from arrival to close: the kernel tells when a descriptor **becomes** ready,
/// in either direction, and never again until it was found not ready. So forwarding a line costs no call that changes
/// interest, and the owner keeps for each descriptor what it was last told. Two duties come with it: what is readable is
/// read until it would block, came up short, or is remembered as unfinished; and after ``Readiness/ended`` or
/// ``Readiness/marked`` a short read does not mean that nothing is left.
public struct EventQueue: ~Copyable {
  /// How many events one wait brings at most: enough that a busy turn spreads its wait over many guests, few enough that
  /// the turn's other phases come round soon.
  public static let eventsPerWait = 256

  private let descriptor: Descriptor
  /// Where the kernel puts events. Memory of our own rather than an array, so that a wait changes nothing of the queue and
  /// its owner can keep it in a constant: the checks for exclusive access to a variable cost as much as the rest of a turn.
  private let events: UnsafeMutableBufferPointer<csystem_event>

  public init() throws(SystemError) {
    descriptor = Descriptor(owning: try SystemCalls.retrying("epoll_create1") { csystem_epoll_create() })
    events = .allocate(capacity: EventQueue.eventsPerWait)
    events.initialize(repeating: csystem_event())
  }

  deinit { events.deallocate() }

  /// A queue can be watched by another: it is readable while an event waits in it.
  public var number: CInt { descriptor.number }

  /// Watches a descriptor, edge-triggered, for everything. What is ready already is told by the next wait.
  /// - Parameter token: what an event of it is known by.
  public func watch(_ number: CInt, as token: Int) throws(SystemError) {
    _ = try SystemCalls.retrying("epoll_ctl") {
      csystem_epoll_add(descriptor.number, number, UInt64(bitPattern: Int64(token)))
    }
  }

  /// Watches a descriptor, level-triggered, for reading: told of in every wait until nothing is there. For listeners and what
  /// wakes a loop.
  /// - Parameter isShared: of several queues that watch it, a newcomer is to wake one, not all (`EPOLLEXCLUSIVE`).
  public func watchLevel(_ number: CInt, as token: Int, isShared: Bool = false) throws(SystemError) {
    _ = try SystemCalls.retrying("epoll_ctl") {
      csystem_epoll_add_level(descriptor.number, number, UInt64(bitPattern: Int64(token)), isShared ? 1 : 0)
    }
  }

  /// Stops watching a descriptor that stays open. Closing one does this by itself.
  public func forget(_ number: CInt) {
    _ = try? SystemCalls.retrying("epoll_ctl") { csystem_epoll_remove(descriptor.number, number) }
  }

  /// Waits until something is ready or the time is over.
  /// - Parameter timeout: nil waits for ever; a fraction of a millisecond is rounded up.
  /// - Returns: how many events there are, numbered from 0, until the next wait.
  public func wait(atMost timeout: Duration?) throws(SystemError) -> Int {
    let milliseconds = timeout.map { $0.wholeMilliseconds } ?? -1
    let count = csystem_epoll_wait(descriptor.number, events.baseAddress, CInt(events.count), milliseconds)
    // Not repeated after EINTR: the caller goes round and works out its timeout anew.
    if count < 0, errno != EINTR { throw SystemError(call: "epoll_wait", code: errno) }
    return max(0, Int(count))
  }

  /// The token of an event of the last wait.
  public func token(at index: Int) -> Int { Int(Int64(bitPattern: events[index].token)) }

  /// What an event of the last wait says.
  public func readiness(at index: Int) -> Readiness {
    let bits = events[index].events
    var readiness: Readiness = []
    if bits & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
    if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
    if bits & EPOLLPRI.rawValue != 0 { readiness.formUnion([.readable, .marked]) }
    if bits & EPOLLRDHUP.rawValue != 0 { readiness.formUnion([.readable, .ended]) }
    // As with poll: the next read or write tells what happened, and what came before is still there to be read.
    if bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
      readiness.formUnion([.readable, .writable, .ended, .hungUp])
    }
    return readiness
  }
}

extension Readiness {
  /// The other side sends no more: what is there is the rest (`EPOLLRDHUP`).
  public static let ended = Readiness(rawValue: 8)
  /// An urgent mark (TCP) stands among the bytes, and reads stop at it (`EPOLLPRI`).
  public static let marked = Readiness(rawValue: 16)
}

extension Duration {
  /// Rounded up, so that a deadline has really passed when the wait for it ends; a day at most.
  fileprivate var wholeMilliseconds: CInt {
    let exact = Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    return CInt(max(0, min(exact.rounded(.up), 86_400_000)))
  }
}
