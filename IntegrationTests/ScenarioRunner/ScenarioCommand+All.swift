import Glibc
import Harness

/// Playing many scenarios, and telling about it.
extension ScenarioCommand {
  /// Gives the exit status.
  func playAll() -> Int32 {
    guard let scenarios = chosen() else { return 2 }
    if list {
      let width = scenarios.map(\.name.count).max() ?? 0
      let lines = scenarios.map { "\($0.name.padded(to: width))  \($0.description)\n" }
      return StandardOutput.write(lines.joined()) ? 0 : cannotPrint()
    }
    return play(scenarios)
  }

  /// The scenarios to play. Nil when one of them cannot be read; then everything that is wrong has been said.
  private func chosen() -> [Scenario]? {
    let found: [String]
    do {
      found = try ScenarioFiles.find(files.isEmpty ? [ScenarioFiles.fromHere(ScenarioFiles.own)] : files)
    } catch {
      complain("\(error)")
      return nil
    }
    let chosen = found.filter { file in
      filter.isEmpty || filter.contains { ScenarioFiles.name(of: file).contains($0) }
    }
    var scenarios: [Scenario] = []
    for file in chosen {
      do {
        scenarios.append(try ScenarioFiles.read(file))
      } catch {
        complain("\(error)")
      }
    }
    return scenarios.count == chosen.count ? scenarios : nil
  }

  private func play(_ scenarios: [Scenario]) -> Int32 {
    guard !scenarios.isEmpty else {
      complain("no scenario was chosen")
      return 2
    }
    var suite = Suite()
    suite.jobs = jobs
    suite.timeoutFactor = timeoutFactor
    suite.keepsFiles = keep
    suite.directory = directory
    suite.programs.merge(named) { $1 }
    suite.supervision = Supervision()
    do {
      try suite.checkPrograms()
      // Whether it can be written is better known before everything is played than after.
      if let junit { try FileTree.write([], to: junit) }
    } catch {
      complain("\(error)")
      return 2
    }
    let all = Array(repeatElement(scenarios, count: times).joined())
    let began = ContinuousClock.now
    let progress = Progress(total: all.count)
    var isPrinted = true
    let results = suite.run(
      all, progress: { progress.show($0) },
      report: { result in
        progress.advance()
        isPrinted = StandardOutput.write("\(result.summary)\n") && isPrinted
      })
    progress.clear()
    if let signal = suite.supervision?.signal { Supervision.end(by: signal) }
    isPrinted = StandardOutput.write("\(summary(results, ContinuousClock.now - began))\n") && isPrinted
    if let junit {
      do {
        try FileTree.write(Array(JUnit.xml(results).utf8), to: junit)
      } catch {
        complain("\(error)")
        return 2
      }
    }
    if !isPrinted { return cannotPrint() }
    if results.contains(where: { $0.status == .couldNotRun }) { return 2 }
    return results.contains { $0.status == .failed } ? 1 : 0
  }

  private func summary(_ results: [ScenarioResult], _ time: Duration) -> String {
    let kinds: [(ScenarioResult.Status, String)] = [
      (.passed, "passed"), (.failed, "failed"), (.couldNotRun, "could not run"), (.skipped, "skipped"),
      (.failedAsKnown, "failed as known"),
    ]
    let counts = kinds.compactMap { status, name -> String? in
      let count = results.count { $0.status == status }
      return count > 0 ? "\(count) \(name)" : nil
    }
    let (seconds, attoseconds) = time.components
    let tenths = attoseconds / 100_000_000_000_000_000
    return "\(counts.joined(separator: ", ")) in \(seconds).\(tenths) s"
  }

  private func cannotPrint() -> Int32 {
    complain("cannot write the results to standard output")
    return 2
  }

  private func complain(_ text: String) {
    StandardError.write("scenario: \(text)\n")
  }
}

/// One line on a terminal that says what is playing; nothing when standard error is none.
private final class Progress {
  private let total: Int
  private var done = 0
  private let isShown = isatty(2) == 1

  init(total: Int) { self.total = total }

  func advance() {
    done += 1
    clear()
  }

  func show(_ names: [String]) {
    guard isShown else { return }
    StandardError.write("\r\u{1B}[K[\(done)/\(total)] \(names.joined(separator: ", "))".prefixed(100))
  }

  func clear() {
    if isShown { StandardError.write("\r\u{1B}[K") }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func prefixed(_ length: Int) -> String { String(prefix(length)) }
}
