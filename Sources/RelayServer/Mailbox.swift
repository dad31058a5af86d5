import ChatProtocol
import RelayCore
import Sockets

/// The messages of one thread to another.
enum Mail: Sendable {
  /// A guest comes over, whose room lives there.
  case guest(GuestLink, GuestTable.Origin, JoinRequest)
  /// Admit nobody any more; end when the last pair has.
  case drain
  /// These settings hold from now on.
  case policy(RelayPolicy)
  /// End now.
  case stop
  /// Answer that the thread turns.
  case ping
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
