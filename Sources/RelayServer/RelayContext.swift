import ChatProtocol
import RelayCore
import Sockets
import Synchronization

/// Tells a relay to drain, and a second time to stop. From any thread.
public final class RelayControl: Sendable {
  private let asked = Atomic<Int>(0)
  private let waker: Waker

  init() throws(SystemError) { waker = try Waker() }

  /// For interest in readiness.
  var number: CInt { waker.number }

  /// Asks for the next step of the end.
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

/// The parts that all threads of a relay share.
final class RelayContext: Sendable {
  let settings: RelaySettings
  /// The listeners for guests that send which room they want.
  let listener: Listener
  /// The listeners for guests that are paired in the order they come.
  let plainListener: Listener?
  let admission: Lock<Admission>
  let journal: Journal
  /// One of each for each thread.
  let mailboxes: [Mailbox]
  let counters: [Counters]
  /// Pairs so far: the journal numbers them from 1.
  let pairsNumbered = Atomic<Int>(0)
  /// The number of threads whose accepting is paused.
  let pausedThreads = Atomic<Int>(0)
  /// Whether a thread has stopped the listeners for all threads, because the relay drains.
  let hasStoppedListeners = Atomic<Bool>(false)
  /// The number of threads that have ended.
  let endedThreads = Atomic<Int>(0)
  /// Wakes the first thread when another one has ended.
  let endedWaker: Waker
  let control: RelayControl

  init(_ settings: RelaySettings, listener: Listener, plainListener: Listener?) throws(SystemError) {
    self.settings = settings
    self.listener = listener
    self.plainListener = plainListener
    admission = Lock(Admission(settings.policy.bounds))
    journal = try Journal(settings.policy.journal)
    endedWaker = try Waker()
    control = try RelayControl()
    var mailboxes: [Mailbox] = []
    for _ in 0..<settings.threads { mailboxes.append(try Mailbox()) }
    self.mailboxes = mailboxes
    counters = (0..<settings.threads).map { _ in Counters() }
  }

  /// Whether a pause was reported within a minute. A machine that is always short of descriptors would fill the journal
  /// otherwise.
  func hasReportedPause() -> Bool {
    let minute = Int(MonotonicClock.now().components.seconds / 60)
    return pauseReportedMinute.exchange(minute, ordering: .relaxed) == minute
  }
  private let pauseReportedMinute = Atomic<Int>(-1)

  /// The thread a room lives on. The hash is seeded anew in every process (SE-0206), so nobody can choose rooms that
  /// all live on one.
  func home(of room: RoomName) -> Int {
    mailboxes.count == 1 ? 0 : Int(UInt(bitPattern: room.hashValue) % UInt(mailboxes.count))
  }
}
