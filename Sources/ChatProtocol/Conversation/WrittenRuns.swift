/// Runs of messages in the order in which they were written, found by their names. Each step takes the same time
/// however many runs there are: a script that hands over a message a second makes thousands of openings, with one run
/// each.
///
/// ```
///   place:     3          4          5          6           (three before it are gone)
///   runs:      i1: 1…9    i2: 1…4    i1: 10…12  i3: 1 2
///   newest:    i1 ▸ 5, i2 ▸ 4, i3 ▸ 6
///   previous:  none       none       3          none        (of the same incarnation)
/// ```
///
/// A run whose messages are all gone stays with a count of 0 until those on one side of it are gone as well, so that no
/// other one moves. ``all`` leaves it out.
///
/// Invariants: the numbers of an incarnation rise with the places. The first run and the last one have messages.
struct WrittenRuns: Sendable {
  /// A run, and the place of the one before it of the same incarnation; -1 if there was none.
  private struct Entry {
    var run: MessageRun
    let previous: Int
  }

  private var entries: ArraySlice<Entry> = []
  /// The place of the newest run of each incarnation that has messages.
  private var newest: [Incarnation: Int] = [:]
  /// How many runs have no messages.
  private var emptyCount = 0

  init(_ runs: [MessageRun]) {
    newest.reserveCapacity(runs.count)
    for run in runs { append(run) }
  }

  /// The runs that have messages, in order.
  var all: [MessageRun] { emptyCount == 0 ? entries.map(\.run) : entries.map(\.run).filter { $0.count > 0 } }

  /// The newest run.
  var last: MessageRun? { entries.last?.run }

  /// The run at a place.
  subscript(_ place: Int) -> MessageRun { entries[place].run }

  // MARK: Looking

  /// Whether there is a run of an incarnation.
  func has(_ incarnation: Incarnation) -> Bool { newest[incarnation] != nil }

  /// The place of the newest run of an incarnation; nil if there is none.
  func place(of incarnation: Incarnation) -> Int? { newest[incarnation] }

  /// The place of the newest run of an incarnation that begins with a number or before; nil if there is none.
  func place(of incarnation: Incarnation, through number: UInt64) -> Int? {
    var place = newest[incarnation]
    while let here = place, entries[here].run.first > number { place = previous(here) }
    return place
  }

  /// The place of the run before one, of the same incarnation; nil if there is none.
  func previous(_ place: Int) -> Int? {
    var before = entries[place].previous
    while before >= entries.startIndex, entries[before].run.count == 0 { before = entries[before].previous }
    return before >= entries.startIndex ? before : nil
  }

  // MARK: Changing

  /// Adds messages at the end.
  mutating func append(_ run: MessageRun) {
    guard run.count > 0 else { return }
    let last = entries.endIndex - 1
    if let before = self.last, before.incarnation == run.incarnation, before.last + 1 == run.first {
      entries[last].run.count += run.count
    } else {
      entries.append(Entry(run: run, previous: newest[run.incarnation] ?? -1))
      newest[run.incarnation] = last + 1
    }
  }

  /// Removes messages from the end of the last run.
  mutating func removeLast(_ count: UInt64) {
    let last = entries.endIndex - 1
    precondition(count <= entries[last].run.count)
    setRun(at: last, first: entries[last].run.first, count: entries[last].run.count - count)
  }

  /// Removes the messages of a run up to a number.
  mutating func drop(through number: UInt64, at place: Int) {
    let run = entries[place].run
    guard number >= run.first else { return }
    setRun(at: place, first: number + 1, count: run.last - min(number, run.last))
  }

  private mutating func setRun(at place: Int, first: UInt64, count: UInt64) {
    let incarnation = entries[place].run.incarnation
    entries[place].run = MessageRun(incarnation, first: first, count: count)
    guard count == 0 else { return }
    emptyCount += 1
    if newest[incarnation] == place { newest[incarnation] = previous(place) }
    while entries.first?.run.count == 0 {
      entries.removeFirst()
      emptyCount -= 1
    }
    while entries.last?.run.count == 0 {
      entries.removeLast()
      emptyCount -= 1
    }
  }
}

extension WrittenRuns: Hashable {
  /// Whether both have the same messages.
  static func == (left: WrittenRuns, right: WrittenRuns) -> Bool { left.all == right.all }
  /// Hashes the messages. No list is made for it, because an exploration hashes every state.
  func hash(into hasher: inout Hasher) {
    hasher.combine(entries.count - emptyCount)
    for entry in entries where entry.run.count > 0 { hasher.combine(entry.run) }
  }
}
