import ChatProtocol
import Glibc
import RelayCore
import Sockets

/// A guest's socket, and what must not be lost when it moves to the thread its room lives on. A class, because a
/// collection holds no noncopyable socket.
final class GuestLink: Sendable {
  let socket: Socket
  /// Whether the connection came through a socket file.
  let isOfSocketFile: Bool
  /// The guest's address, for the bounds and the journal. Only the thread that has the guest uses it; the lock of a
  /// mailbox stands between two threads.
  nonisolated(unsafe) private(set) var address: SocketAddress

  init(_ socket: consuming Socket, from address: SocketAddress) {
    self.socket = socket
    self.address = address
    isOfSocketFile = address.family == .unix
  }

  /// The guest is not where its connection comes from: a load balancer stands between.
  func setAddress(_ address: SocketAddress) { self.address = address }

  /// The address without its port; nil for a socket file.
  var source: NetworkAddress? { address.bits.map { NetworkAddress(high: $0.high, low: $0.low) } }

  /// Its source, for the table of guests.
  func origin(isPlain: Bool, _ list: AccessList) -> GuestTable.Origin {
    let source = source
    let access = source.map { list.access(of: $0) } ?? .trusted
    return GuestTable.Origin(
      source: access == .trusted ? nil : source, isDenied: access == .denied, isPlain: isPlain,
      acknowledges: !isOfSocketFile)
  }
}

/// A guest's socket on the thread that carries for it: what epoll reported, and the bytes that wait. What
/// state the guest is in is known to ``GuestTable`` alone.
final class Guest {
  let link: GuestLink
  /// The link's socket, for the path every byte takes.
  let number: CInt
  /// Its number in the table and in the epoll set.
  let slot: Int

  // The last report of epoll. It holds until a call finds otherwise.
  var isReadable = false
  var isWritable = true
  /// Nothing comes after what is there to be read.
  var hasEnded = false
  var isHungUp = false
  /// Its share of a turn was used up before its bytes were.
  var isUnfinished = false
  /// Whether it was released: it is not served any more, and the last phase of this turn frees its slot.
  var isReleased = false
  /// Whether a read that came up short has emptied the socket. Not where something may stand behind what it took: an
  /// end of stream, an urgent mark, or, on a socket file, a descriptor that was passed along (unix(7)).
  var shortReadsEmpty: Bool

  /// The bytes that it is still to be sent. They take memory only while something waits.
  private(set) var parked: [UInt8] = []
  private var parkedTaken = 0

  // As the table's last actions want it.
  /// The guest its bytes go to, while it is read.
  private(set) var receiver: Guest?
  /// The guest whose bytes go to it.
  private(set) var sender: Guest?

  // For the journal.
  /// The number of its pair, from 1.
  var pairNumber = 0
  /// Bytes that went to its partner.
  var carriedBytes = 0
  /// The bytes that its pair may still carry; nil when that is not limited.
  var budget: SharedBudget?

  init(_ link: GuestLink, slot: Int) {
    self.link = link
    number = link.socket.number
    self.slot = slot
    shortReadsEmpty = !link.isOfSocketFile
  }

  /// Notes what epoll reports.
  func note(_ readiness: Readiness) {
    if readiness.contains(.readable) { isReadable = true }
    if readiness.contains(.writable) { isWritable = true }
    if readiness.contains(.ended) { hasEnded = true }
    if !readiness.isDisjoint(with: [.ended, .marked]) { shortReadsEmpty = false }
    // A Unix-domain peer that closed in good order looks the same: its end of stream tells.
    if readiness.contains(.hungUp), !link.isOfSocketFile { isHungUp = true }
  }

  func carry(to receiver: Guest) {
    self.receiver = receiver
    receiver.sender = self
  }

  func stopCarrying() {
    receiver?.sender = nil
    receiver = nil
  }

  // MARK: Parked bytes

  var hasParked: Bool { !parked.isEmpty }
  var parkedCount: Int { parked.count - parkedTaken }
  /// The memory this takes, which is more than what waits.
  var parkedMemory: Int { parked.capacity }

  func park(_ bytes: [UInt8]) {
    if parked.isEmpty { parked = bytes } else { parked += bytes }
  }

  /// Sends what is parked, as much as is taken.
  /// - Returns: nil while the link takes bytes; else what the failed write says about it.
  func flush() -> LinkEvent? {
    while !parked.isEmpty {
      do throws(SystemError) {
        guard case .moved(let count) = try link.socket.send(parked[parkedTaken...]) else {
          isWritable = false
          return nil
        }
        parkedTaken += count
        if parkedTaken == parked.count {
          unpark()
        } else if parkedTaken > parked.count / 2 {
          // More is taken than waits: what waits is moved, at less than what was moved already, and the rest is given
          // back.
          parked = Array(parked[parkedTaken...])
          parkedTaken = 0
        }
      } catch {
        unpark()
        return Guest.event(ofWriteError: error.code)
      }
    }
    return nil
  }

  /// The meaning of a failed write for a link. `EPIPE` is reported where the peer's end came before; anything else is
  /// the one time the kernel reports that the link is gone.
  static func event(ofWriteError code: CInt) -> LinkEvent { code == EPIPE ? .takesNoMore : .writeFailed }

  /// Forgets what is parked, and gives its memory back.
  func unpark() {
    parked = []
    parkedTaken = 0
  }
}
