/// The place that something seen came from.
enum SeenOn {
  case screen
  case output
  case errors
}

/// Everything that was done and seen, in order, with times: the story a failure report tells.
final class Timeline {
  /// The beginning is kept, for how it started, and the end, for how it went wrong; a flood loses its middle.
  static let keptAtBeginning = 60
  static let keptAtEnd = 120
  /// As much of one burst as helps; the rest is counted.
  static let keptBytesOfOne = 160

  enum Event {
    case step(line: Int, text: String)
    case note(String)
    case seen([UInt8], SeenOn, total: Int)
    case sent([UInt8], total: Int)
  }

  struct Entry {
    let time: Duration
    let who: String
    var event: Event
  }

  private let started = ContinuousClock.now
  private var beginning: [Entry] = []
  private var end: [Entry] = []
  private(set) var droppedCount = 0

  /// The time since the scenario began.
  var elapsed: Duration { ContinuousClock.now - started }

  /// Both kept parts and the number of entries lost between them.
  var kept: (beginning: [Entry], dropped: Int, end: [Entry]) {
    let excess = max(0, end.count - Self.keptAtEnd)
    return (beginning, droppedCount + excess, Array(end.dropFirst(excess)))
  }

  func step(line: Int, _ text: String) { add("", .step(line: line, text: text)) }

  func note(_ text: String, about who: String) { add(who, .note(text)) }

  func sent(_ bytes: [UInt8], to who: String) {
    add(who, .sent(Array(bytes.prefix(Self.keptBytesOfOne)), total: bytes.count))
  }

  /// Bursts of one stream with nothing between them become one entry.
  func saw(_ bytes: [UInt8], from who: String, on place: SeenOn) {
    if case .seen(let before, place, let total)? = last?.event, last?.who == who {
      let room = Self.keptBytesOfOne - before.count
      last?.event = .seen(before + bytes.prefix(max(0, room)), place, total: total + bytes.count)
    } else {
      add(who, .seen(Array(bytes.prefix(Self.keptBytesOfOne)), place, total: bytes.count))
    }
  }

  private var last: Entry? {
    get { end.last ?? beginning.last }
    set {
      guard let newValue else { return }
      if end.isEmpty { beginning[beginning.count - 1] = newValue } else { end[end.count - 1] = newValue }
    }
  }

  private func add(_ who: String, _ event: Event) {
    let entry = Entry(time: elapsed, who: who, event: event)
    if beginning.count < Self.keptAtBeginning {
      beginning.append(entry)
    } else {
      end.append(entry)
      if end.count > 2 * Self.keptAtEnd {
        end.removeFirst(Self.keptAtEnd)
        droppedCount += Self.keptAtEnd
      }
    }
  }
}
