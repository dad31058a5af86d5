import Basics
import ChatProtocol
import RelayCore
import Sockets
import Synchronization

/// What one thread tells another.
enum Mail: Sendable {
  /// A guest comes over, whose room lives there.
  case guest(GuestLink, RoomName)
  /// Let nobody in any more; end when the last pair has.
  case drain
  /// End now.
  case stop
}

/// Mail for one thread.
final class Mailbox: Sendable {
  private struct State {
    var mail: [Mail] = []
    var isClosed = false
  }
  private let state = Lock(State())
  private let waker: Waker

  init() throws(SystemError) { waker = try Waker() }

  /// For interest in readiness: readable when something was posted.
  var number: CInt { waker.number }

  /// - Returns: false when the thread has ended.
  @discardableResult
  func post(_ mail: Mail) -> Bool {
    let isTaken = state.withLock { state in
      if !state.isClosed { state.mail.append(mail) }
      return !state.isClosed
    }
    if isTaken { waker.wake() }
    return isTaken
  }

  func take() -> [Mail] {
    waker.clear()
    return state.withLock { state in
      defer { state.mail = [] }
      return state.mail
    }
  }

  /// Closes it, unless something is in it.
  func closeIfEmpty() -> Bool {
    state.withLock { state in
      if state.mail.isEmpty { state.isClosed = true }
      return state.isClosed
    }
  }

  /// Closes it; what is in it is dropped.
  func close() {
    state.withLock { state in
      state.mail = []
      state.isClosed = true
    }
  }
}

/// Tells a relay from any thread to drain, and a second time to stop.
public final class Remote: Sendable {
  private let asked = Atomic<Int>(0)
  private let waker: Waker

  init() throws(SystemError) { waker = try Waker() }

  /// For interest in readiness.
  var number: CInt { waker.number }

  public func end() {
    asked.add(1, ordering: .relaxed)
    waker.wake()
  }

  /// How often it was asked since the last call.
  func take() -> Int {
    waker.clear()
    return asked.exchange(0, ordering: .relaxed)
  }
}

/// What all threads of a relay share.
final class Shared: Sendable {
  let settings: RelaySettings
  /// Where guests come in who say which room they want, and where the plain ones do.
  let listener: Listener
  let plainListener: Listener?
  let admission: Lock<Admission>
  let journal: Journal
  /// One of each for each thread.
  let mailboxes: [Mailbox]
  let counters: [Counters]
  /// For the journal: pairs are numbered from 1.
  let pairsNumbered = Atomic<Int>(0)
  /// Threads that have ended.
  let ended = Atomic<Int>(0)
  /// Wakes the first when one has.
  let endedWaker: Waker
  let remote: Remote

  init(_ settings: RelaySettings, listener: Listener, plainListener: Listener?) throws(SystemError) {
    self.settings = settings
    self.listener = listener
    self.plainListener = plainListener
    admission = Lock(Admission(settings.bounds))
    journal = try Journal()
    endedWaker = try Waker()
    remote = try Remote()
    var mailboxes: [Mailbox] = []
    for _ in 0..<settings.threads { mailboxes.append(try Mailbox()) }
    self.mailboxes = mailboxes
    counters = (0..<settings.threads).map { _ in Counters() }
  }

  /// The thread a room lives on. The hash is seeded anew in every process (SE-0206), so nobody can choose rooms that all live
  /// on one.
  func home(of room: RoomName) -> Int {
    mailboxes.count == 1 ? 0 : Int(UInt(bitPattern: room.hashValue) % UInt(mailboxes.count))
  }
}
