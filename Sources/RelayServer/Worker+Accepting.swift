import Basics
import Glibc
import RelayCore
import Sockets
import Synchronization

// Newcomers.
extension Worker {
  /// Has the set report newcomers at the listeners.
  func watchListeners() throws(SystemError) {
    watchesListeners = true
    do throws(SystemError) { try addListeners() } catch {
      unwatchListeners()
      throw error
    }
  }

  private func addListeners() throws(SystemError) {
    for number in context.listener.numbers {
      try epoll.watchLevelTriggered(number, as: Worker.listenerToken, wakesOne: true)
    }
    // The room without a name is one for the whole relay, so all plain guests arrive at one thread.
    if let plainListener {
      for number in plainListener.numbers { try epoll.watchLevelTriggered(number, as: Worker.plainListenerToken) }
    }
  }

  private var plainListener: Listener? { index == 0 ? context.plainListener : nil }

  private func unwatchListeners() {
    guard watchesListeners else { return }
    watchesListeners = false
    for number in context.listener.numbers { epoll.forget(number) }
    if let plainListener { for number in plainListener.numbers { epoll.forget(number) } }
  }

  /// Watches the listeners again after a pause.
  func resumeAccepting() {
    acceptAgainAt = nil
    do throws(SystemError) {
      try watchListeners()
      // Whether it works shows at once: a newcomer that waits is accepted, and a broken listener fails again.
      accept(Worker.listenerToken)
      accept(Worker.plainListenerToken)
    } catch {
      pauseAccepting(error)
    }
  }

  /// Accepts nobody any more. A guest in the kernel's queue is refused as well, unless a successor will accept it.
  func stopAccepting() {
    context.hasStoppedListeners.store(true, ordering: .releasing)
    if !context.listener.isInherited { accept(Worker.listenerToken, atMost: Int(RelayLimits.backlog)) }
    if let plainListener, !plainListener.isInherited {
      accept(Worker.plainListenerToken, atMost: Int(RelayLimits.backlog))
    }
    unwatchListeners()
    acceptAgainAt = nil
    context.listener.stop()
    plainListener?.stop()
  }

  func accept(_ token: Int, atMost limit: Int = RelayLimits.acceptsPerTurn) {
    guard watchesListeners else { return }
    let isPlain = token == Worker.plainListenerToken
    guard let listener = isPlain ? plainListener : context.listener else { return }
    do throws(SystemError) {
      for number in listener.numbers {
        for _ in 0..<limit {
          guard let accepted = try listener.accept(on: number) else { break }
          let address = accepted.address
          admit(GuestLink(accepted.take(), from: address), isPlain: isPlain)
        }
      }
      if acceptFailure != nil { endPause() }
    } catch {
      pauseAccepting(error)
    }
  }

  /// Accepts nobody for a moment. The newcomer stays in the kernel's queue; trying again at once would only spin.
  ///
  /// The failure need not be ours: descriptors may be out, a firewall may forbid, another owner of the socket may have
  /// shut it down. So it is tried again for as long as the relay runs, and the health check says no meanwhile.
  private func pauseAccepting(_ failure: SystemError) {
    unwatchListeners()
    // A thread that drains has stopped the listener for all; the mail that says so is on its way.
    if context.hasStoppedListeners.load(ordering: .acquiring) { return }
    acceptAgainAt = now + RelayLimits.acceptPause
    counters.acceptPauses.add(1)
    counters.notAccepting.set(1)
    if acceptFailure == nil, context.pausedThreads.add(1, ordering: .relaxed).newValue == 1, !context.hasReportedPause()
    {
      context.journal.add("nobody can be let in: \(failure); still trying")
    }
    acceptFailure = failure
  }

  private func endPause() {
    acceptFailure = nil
    counters.notAccepting.set(0)
    context.pausedThreads.subtract(1, ordering: .relaxed)
  }
}
