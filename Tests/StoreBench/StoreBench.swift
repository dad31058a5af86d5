import ChatProtocol
import Glibc
import MessageStore
import TestSupport

/// Measures the store: `tools/bench store` builds and runs it.
///
///     store-bench DIRECTORY [MESSAGES [COMMITS]]      default: 1000000 messages of history, 28000 commits
@main
struct StoreBench {
  static let waitingCount = 100_000
  static let peer = Array(repeating: 7, count: 32) as [UInt8]

  static func main() throws {
    guard CommandLine.arguments.count >= 2 else { fatalError("a directory is needed") }
    let directory = CommandLine.arguments[1]
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    try Outbox(path: makeStore("\(directory)/outbox.sqlite")).measure()
    try Openings(path: makeStore("\(directory)/openings.sqlite")).measure()
    try Commits(path: makeStore("\(directory)/commits.sqlite"), beside: "\(directory)/beside")
      .measure(numbers.dropFirst().first ?? 28_000)
    try History(path: makeStore("\(directory)/history.sqlite")).measure(numbers.first ?? 1_000_000)
    row("memory at its peak, MiB", peakKiB() / 1024)
  }

  private static func makeStore(_ path: String) throws -> String {
    guard let stream = fopen(path, "w") else { fatalError("cannot make \(path)") }
    let bytes = try MessageStore.emptyFile()
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return path
  }

  private static func peakKiB() -> Int {
    let lines = (TextFile.read("/proc/self/status") ?? "").split(separator: "\n")
    return lines.first { $0.hasPrefix("VmHWM") }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

/// Prints a row of a table.
func row(_ name: String, _ value: some CustomStringConvertible) { print("| \(name) | \(value) |") }

/// The milliseconds that `body` takes.
func milliseconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try body()
  let (seconds, attoseconds) = (clock.now - start).components
  return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
}

/// The processor time that this process has used, in milliseconds.
func processorMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// A number with as many digits as it deserves.
func rounded(_ value: Double) -> Double { value < 10 ? (value * 1000).rounded() / 1000 : value.rounded() }

func batch(_ first: UInt64, _ lines: [String], writtenAt: Int = 1_795_000_000) -> MessageBatch {
  MessageBatch(
    first: MessageName(Incarnation(1), first), count: lines.count, writtenAt: writtenAt,
    lines: Array((lines.joined(separator: "\n") + "\n").utf8)[...])
}

/// An outbox in which many messages wait.
struct Outbox {
  let path: String

  func measure() throws {
    let count = StoreBench.waitingCount
    let line = "one of a hundred thousand lines that wait here"
    let lines = Array(repeating: line, count: 1_000)
    let writing = try milliseconds {
      let store = try MessageStore(path: path)
      for first in stride(from: 1, through: count, by: lines.count) {
        var changes = ConversationChanges(now: 1_795_000_000)
        changes.accepted = [batch(UInt64(first), lines)]
        try store.commit(changes, of: StoreBench.peer, keepsHistory: true)
      }
    }
    row("accepting 100,000 messages by 1,000: messages a second", Int(Double(count) / writing * 1000))
    var run: MessageRun?
    let opening = try milliseconds { run = try MessageStore(path: path).record(of: StoreBench.peer).written.first }
    row("opening with 100,000 waiting, ms", rounded(opening))
    let store = try MessageStore(path: path)
    var read: UInt64 = 0
    let reading = try milliseconds {
      while let all = run, read < all.count {
        let rest = MessageRun(all.incarnation, first: all.first + read, count: all.count - read)
        for batch in try store.texts(of: StoreBench.peer, [rest], atMost: 64 << 10) { read += UInt64(batch.count) }
      }
    }
    row("reading them to be sent: messages a second", Int(Double(read) / reading * 1000))
    let acknowledging = try milliseconds {
      for through in stride(from: 1_000, through: count, by: 1_000) {
        var changes = ConversationChanges(now: 1_795_000_000)
        changes.acknowledged = [Incarnation(1): UInt64(through)]
        try store.commit(changes, of: StoreBench.peer, keepsHistory: true)
      }
    }
    row("acknowledging them by 1,000: messages a second", Int(Double(count) / acknowledging * 1000))
  }
}

/// One line at a time, as a person sends them, in turns with writing the same bytes to a file.
struct Commits {
  let path: String
  let beside: String

  /// Others use the disk, too, and what they do in some seconds would decide about the slowest of all commits. So the
  /// ratios are those of the median round.
  private static let rounds = 7

  func measure(_ count: Int) throws {
    let store = try MessageStore(path: path)
    let line = "a line as long as people write them, more or less"
    let bytes = Array((line + "\n").utf8)
    let file = open(beside, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { fatalError("cannot make \(beside)") }
    defer { close(file) }
    var (commits, writes): ([Double], [Double]) = ([], [])
    for number in 1...count {
      var changes = ConversationChanges(now: 1_795_000_000)
      changes.accepted = [batch(UInt64(number), [line])]
      commits.append(try milliseconds { try store.commit(changes, of: StoreBench.peer, keepsHistory: true) })
      writes.append(
        milliseconds {
          guard write(file, bytes, bytes.count) == bytes.count, fdatasync(file) == 0 else { fatalError("cannot write") }
        })
    }
    try measureWithoutHistory(store, from: count + 1)
    report(commits, writes)
  }

  private func report(_ commits: [Double], _ writes: [Double]) {
    let size = max(1, commits.count / Commits.rounds)
    let starts = Array(stride(from: 0, to: commits.count - size + 1, by: size))
    for (name, part) in [("median", 0.5), ("p99", 0.99)] {
      let rounds = starts.map { start -> (commit: Double, write: Double) in
        (quantile(Array(commits[start..<start + size]), part), quantile(Array(writes[start..<start + size]), part))
      }
      row("from Enter to committed, \(name), ms", rounded(quantile(rounds.map(\.commit), 0.5)))
      row("write and fdatasync, \(name), ms", rounded(quantile(rounds.map(\.write), 0.5)))
      let ratios = rounds.map { $0.commit / $0.write }.sorted()
      row(
        "ratio, \(name), of the median round, the lowest and the highest",
        "\(rounded(quantile(ratios, 0.5))), \(rounded(ratios[0])), \(rounded(ratios[ratios.count - 1]))")
    }
  }

  /// Messages that are deleted as soon as they are acknowledged, and erased before the next one.
  private func measureWithoutHistory(_ store: borrowing MessageStore, from first: Int) throws {
    var (commits, erasures): ([Double], [Double]) = ([], [])
    for number in first..<first + 300 {
      var changes = ConversationChanges(now: 1_795_000_000)
      changes.accepted = [batch(UInt64(number), ["a line that nobody keeps, more or less as long"])]
      commits.append(try milliseconds { try store.commit(changes, of: StoreBench.peer, keepsHistory: false) })
      changes = ConversationChanges(now: 1_795_000_000)
      changes.acknowledged = [Incarnation(1): UInt64(number)]
      try store.commit(changes, of: StoreBench.peer, keepsHistory: false)
      erasures.append(try milliseconds { try store.eraseForgotten() })
    }
    row("the same after the log was emptied, median, ms", rounded(quantile(commits, 0.5)))
    row("emptying the log, median, ms", rounded(quantile(erasures, 0.5)))
  }

  private func quantile(_ values: [Double], _ part: Double) -> Double {
    values.sorted()[Int(Double(values.count - 1) * part)]
  }
}
