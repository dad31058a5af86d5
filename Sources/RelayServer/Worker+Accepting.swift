import Basics
import Glibc
import RelayCore
import Sockets

// Newcomers.
extension Worker {
  /// Watches the listeners.
  func listen() throws(SystemError) {
    isListening = true
    do throws(SystemError) { try watchListeners() } catch {
      stopListening()
      throw error
    }
  }

  private func watchListeners() throws(SystemError) {
    for number in context.listener.numbers { try queue.watchLevel(number, as: Worker.listenerToken, wakesOne: true) }
    // The room without a name is one for the whole relay, so all plain guests arrive at one thread.
    if let plainListener {
      for number in plainListener.numbers { try queue.watchLevel(number, as: Worker.plainListenerToken) }
    }
  }

  private var plainListener: Listener? { index == 0 ? context.plainListener : nil }

  private func stopListening() {
    guard isListening else { return }
    isListening = false
    for number in context.listener.numbers { queue.forget(number) }
    if let plainListener { for number in plainListener.numbers { queue.forget(number) } }
  }

  func listenAgain() {
    acceptAgainAt = nil
    do throws(SystemError) { try listen() } catch { acceptAgainAt = now + RelayLimits.acceptPause }
  }

  /// Accepts nobody any more. A guest in the kernel's queue is refused as well, unless a successor will accept it.
  func stopAccepting() {
    if !context.listener.isInherited { accept(Worker.listenerToken, atMost: Int(RelayLimits.backlog)) }
    if let plainListener, !plainListener.isInherited {
      accept(Worker.plainListenerToken, atMost: Int(RelayLimits.backlog))
    }
    stopListening()
    acceptAgainAt = nil
    context.listener.stop()
    plainListener?.stop()
  }

  func accept(_ token: Int, atMost limit: Int = RelayLimits.acceptsPerTurn) {
    guard isListening else { return }
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
    } catch {
      stopListening()
      // Another thread that drains has stopped the listener; our mail will say so.
      if error.code == EINVAL { return }
      // The newcomer stays in the kernel's queue; trying again at once would only spin.
      acceptAgainAt = now + RelayLimits.acceptPause
      if context.counters.allSatisfy({ $0.acceptPauses.value == 0 }) {
        context.journal.add("nobody can be let in for a moment: \(error)")
      }
      counters.acceptPauses.add(1)
    }
  }

  private func admit(_ link: GuestLink, isPlain: Bool) {
    (isPlain ? counters.plainArrivals : counters.arrivals).add(1)
    seat(link) { slot in account { $0.arrive(slot, from: link.origin(isPlain: isPlain), now: now, &$1) } }
  }
}
