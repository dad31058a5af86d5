import ChatProtocol
import RelayCore
import Sockets

// Reading the settings anew.
extension Housekeeping {
  /// SIGHUP: bounds, lists, limits and the journal's style change; no guest is disturbed. A setting that cannot change
  /// without a restart stays, and is named.
  func reload() {
    switch settings.reload() {
    case .nothing:
      note(
        "SIGHUP: there is nothing to reload, as neither --config nor --pass-file was given; "
          + "start it anew to change the options")
    case .broken(let problems):
      reloads.failed += 1
      reloads.isLastGood = false
      for problem in problems { context.journal.add("SIGHUP: nothing is changed: \(problem)") }
    case .read(let new, let changes, let restart):
      reloads.succeeded += 1
      reloads.isLastGood = true
      reloads.lastGood = .now
      adopt(new)
      note("SIGHUP: \(changes.isEmpty ? "nothing has changed" : "changed: " + changes.joined(separator: "; "))")
      if !restart.isEmpty { note("SIGHUP: only after a restart: \(restart.joined(separator: "; "))") }
    }
  }

  private func adopt(_ new: RelayPolicy) {
    settings.policy = new
    ending.drainDelay = settings.announceTime
    ending.drainTime = new.drainTime
    context.journal.use(new.journal)
    context.admission.withLock { $0.bounds = new.bounds }
    for mailbox in context.mailboxes { mailbox.post(.policy(new)) }
  }
}

/// How often the settings were read anew, for the metrics.
struct ReloadCounts {
  var succeeded = 0
  var failed = 0
  /// The settings that were read at the start could be used, too.
  var isLastGood = true
  var lastGood = UTCTime.now
}
