import ChatProtocol
import MessageStore
import Sockets

/// The history, for the person at the keyboard; and messages that are taken back.
extension Endpoint {
  /// So many messages are shown when a conversation goes on.
  private static let recalledCount = 5

  /// Shows the last messages of a conversation that goes on.
  func showRecalled(with name: String) {
    guard let terminal = user.terminal, let kept else { return }
    if let missed = try? kept.notShown(), !missed.isEmpty {
      terminal.showPast(missed, historyLines(name))
      kept.noteShown(missed)
    }
    guard
      let messages = try? kept.history(HistorySelection(peer: kept.fingerprint, newest: Endpoint.recalledCount)),
      !messages.isEmpty
    else { return }
    terminal.showPast(messages, historyLines(name))
  }

  /// Shows messages of the history.
  /// - Parameter words: what is looked for; nil for all.
  func showHistory(newest count: Int, words: String?, _ terminal: TerminalInterface) {
    guard let kept, let peerLabel else { return terminal.note("nothing is kept of this conversation") }
    // A message that the peer has acknowledged just now does not wait.
    commitRest(atOnce: true)
    do throws(Failure) {
      if let words { return try kept.beginSearch(for: words, atMost: count) }
      let messages = try kept.history(HistorySelection(peer: kept.fingerprint, newest: count))
      if messages.isEmpty { return terminal.note("nothing was said before") }
      terminal.showPast(messages, historyLines(peerLabel))
    } catch {
      terminal.note(ExitReason(error).sentence ?? "")
    }
  }

  /// Whether a search has a step to take.
  var isSearching: Bool { exitReason == nil && kept?.isSearching == true }

  /// Takes a step of the search for words. Where no index helps, the whole history is looked at, which is too long for
  /// one turn.
  func goOnSearching() {
    guard isSearching, let kept, let terminal = user.terminal else { return }
    do throws(Failure) {
      guard let found = try kept.goOnSearching() else { return }
      if found.isEmpty { return terminal.note("nothing is found") }
      terminal.showPast(found, historyLines(peerLabel ?? ""))
    } catch {
      terminal.note(ExitReason(error).sentence ?? "")
    }
  }

  private func historyLines(_ name: String) -> HistoryLines {
    let nameInGreeting = (links.current?.session as? FramedSession)?.peer.name
    return HistoryLines(own: settings.name, namesReceivers: false, nameInGreeting: nameInGreeting) { _ in name }
  }

  /// Takes back the last message, if it was sent on no link.
  func withdrawLast(_ terminal: TerminalInterface) {
    guard let kept, let name = conversation.withdrawLast() else {
      return terminal.note("there is no message that was not sent yet")
    }
    do throws(Failure) {
      let text = try kept.withdraw(name, &conversation)
      terminal.note("taken back; it is in the input history")
      terminal.remember(text)
    } catch {
      conversation.keepWithdrawn(name)
      terminal.note("it could not be taken back: \(error.report.problem)")
    }
  }
}
