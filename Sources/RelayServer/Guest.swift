import Basics
import ChatProtocol
import Glibc
import RelayCore
import Sockets

/// A guest's socket, and what must not be lost when it moves to the thread its room lives on. A class because collections hold no
/// noncopyable socket; closed when the last who knows it lets go.
final class GuestLink: Sendable {
  let socket: Socket
  /// For the bounds on each source; nil when it has none.
  let source: Source?
  /// For the journal.
  let address: SocketAddress

  init(_ socket: consuming Socket, from address: SocketAddress) {
    self.socket = socket
    self.address = address
    source = address.network.map { Source(high: $0.high, low: $0.low) }
  }
}

/// One attached end, as the thread that carries for it sees it.
final class Guest {
  let link: GuestLink
  /// The link's socket, for the path every byte takes.
  let number: CInt
  /// Its number in ``Rooms`` and in the event queue.
  let slot: Int
  /// It said which room it wants, or will; else it is joined with whoever comes next.
  let isPlain: Bool

  // What the event queue told last, and is true until a call finds otherwise.
  var isReadable = false
  var isWritable = true
  /// Nothing comes after what is there to be read.
  var hasEnded = false
  var isHungUp = false
  /// Whether a read that came up short has emptied the socket. Not where something may stand behind what it took: an end of
  /// stream, an urgent mark, or, on a socket file, a descriptor that was passed along (unix(7)).
  var shortReadsEmpty: Bool

  /// What it is still to be sent. Takes memory only while something waits.
  private(set) var parked: [UInt8] = []
  private var parkedTaken = 0

  /// It and its partner; nil when it has none.
  var pair: Pair?
  private(set) var partner: Guest?
  private(set) var side = Splice.Side.first
  /// What it says goes to its partner: ``Splice/reads(from:)``, kept where it is asked for every line.
  var isCarried = false
  /// Bytes that went to its partner.
  var carriedBytes = 0

  /// Its turn was over before its bytes were.
  var isUnfinished = false
  /// Told to go: the end of our direction is to be announced once nothing is parked.
  var owesHalfClose = false
  /// Its partner's end was announced to it.
  var isHalfClosed = false
  /// What a write found out about its link, until it is known to a pair.
  var writeFailure: Splice.Event?
  /// It is to see a reset, not a goodbye.
  var endsByReset = false
  /// A survivor's: when it was last found to take something, how much was left, and until when it is given time for that.
  var untakenBytes = Int.max
  var patienceUntil: Instant?
  /// What it sent since it was told to go.
  var discardedBytes = 0
  /// Let go of; the last phase of the turn closes it.
  var isGone = false

  init(_ link: GuestLink, slot: Int, isPlain: Bool) {
    self.link = link
    number = link.socket.number
    self.slot = slot
    self.isPlain = isPlain
    shortReadsEmpty = link.address.family != .unix
  }

  func join(_ pair: Pair, _ partner: Guest, as side: Splice.Side) {
    self.pair = pair
    self.partner = partner
    self.side = side
    isCarried = true
  }

  /// Forgets its partner.
  func part() {
    pair = nil
    partner = nil
    isCarried = false
  }

  var hasParked: Bool { !parked.isEmpty }
  var parkedCount: Int { parked.count - parkedTaken }

  func park(_ bytes: [UInt8]) {
    if parked.isEmpty { parked = bytes } else { parked += bytes }
  }

  /// Sends what is parked, as much as is taken.
  /// - Returns: false when the link takes nothing any more.
  func flush() -> Bool {
    while !parked.isEmpty {
      do throws(SystemError) {
        guard case .moved(let count) = try link.socket.send(parked[parkedTaken...]) else {
          isWritable = false
          return true
        }
        parkedTaken += count
        if parkedTaken == parked.count { unpark() }
      } catch {
        // The first is what happened: the next merely say that it did.
        writeFailure = writeFailure ?? Guest.event(ofWriteError: error.code)
        unpark()
        return false
      }
    }
    return true
  }

  /// What the first failed write says about a link. `EPIPE` is told where the peer's end came before; anything else is the one time
  /// the kernel tells that the link is gone.
  static func event(ofWriteError code: CInt) -> Splice.Event { code == EPIPE ? .takesNoMore : .wasReset }

  /// Forgets what is parked, and gives its memory back.
  func unpark() {
    parked = []
    parkedTaken = 0
  }
}

/// Two joined guests.
final class Pair {
  let number: Int
  let first: Guest
  let second: Guest
  var splice = Splice()
  let opened: Instant
  /// Marked as over; the last phase of the turn takes it apart.
  var isOver = false

  init(_ number: Int, _ first: Guest, _ second: Guest, at now: Instant) {
    self.number = number
    self.first = first
    self.second = second
    opened = now
    first.join(self, second, as: .first)
    second.join(self, first, as: .second)
  }
}
