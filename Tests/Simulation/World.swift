import Basics

@testable import ChatProtocol

/// A rule that was broken, by its number in docs/SIMULATION.md.
struct Violation: Hashable, Sendable, CustomStringConvertible {
  let rule: Int
  let text: String

  var description: String { "rule \(rule): \(text)" }
}

/// Two ends of a conversation in an invented world: the real engine, with stores, links, a relay and a clock that are
/// models. Two more machines are there for copies of the stores.
///
/// It is a value. ``moves`` has everything that can happen next, and ``apply(_:)`` lets one of it happen and checks
/// what must hold. Nothing in it is random: the simulator chooses moves by a seed, the explorer tries all of them.
struct World: Sendable {
  /// A message that was accepted.
  struct Written: Hashable, Sendable {
    let name: MessageName
    let machine: Int
    /// The messages that were written before it in the same store.
    var before = MessageSet()
  }

  /// A guest that waits in the room at the relay.
  struct Guest: Hashable, Sendable {
    let machine: Int
    let side: Incarnation
  }

  let setup: Setup
  /// A, a copy of A, B, a copy of B.
  var machines = [Machine](repeating: Machine(), count: 4)
  /// Whether a copy exists.
  var exists = [true, false, true, false]
  var links: [Link] = []
  var linkCount = 0
  var now = Instant(sinceOrigin: .seconds(1000))
  var openings: UInt64 = 0
  var waiting: Guest?
  /// The link of the pair that the relay knows.
  var pair: Int?
  var messagesLeft: [Int]
  var faultsLeft: Int
  var backupsLeft: Int

  /// Every message that was accepted. Its index is its text.
  var written: [Written] = []
  /// The messages that each machine has sent on some link.
  var sent = [MessageSet](repeating: MessageSet(), count: 4)
  /// The messages that a sink of the other end has ever committed.
  var everCommitted = MessageSet()
  /// The messages whose loss was told to a user of the other end.
  var everReportedLost = MessageSet()
  /// The messages that a person refused to repeat.
  var declined = MessageSet()
  /// The first link since when nothing goes wrong any more; nil before.
  var firstGoodLink: Int?
  /// How many moves it took to heal.
  var healingMoves = 0
  /// How many links were used.
  var usedLinks = 0
  var violation: Violation?
  /// The moves and their effects, for people; nil unless it is wanted.
  var log: [String]?

  init(_ setup: Setup) {
    self.setup = setup
    messagesLeft = setup.messages
    faultsLeft = setup.faultCount
    backupsLeft = setup.backups
  }

  static let names = ["A", "A'", "B", "B'"]

  /// A number that stands for everything that decides about the future.
  var digest: Int {
    var hasher = Hasher()
    hasher.combine(machines)
    hasher.combine(exists)
    hasher.combine(links)
    hasher.combine(linkCount)
    hasher.combine(now)
    hasher.combine(openings)
    hasher.combine(waiting)
    hasher.combine(pair)
    hasher.combine(messagesLeft)
    hasher.combine(faultsLeft)
    hasher.combine(backupsLeft)
    hasher.combine(written)
    hasher.combine(everCommitted)
    hasher.combine(declined)
    hasher.combine(everReportedLost)
    // Only the rule about messages that are taken back asks for it.
    if setup.faults.contains(.unsend) { hasher.combine(sent) }
    return hasher.finalize()
  }

  var isTraced: Bool { log != nil }
  /// Adds to the log. Texts cost, so ask ``isTraced`` first.
  mutating func note(_ text: String) { log?.append("      " + text) }

  mutating func violate(_ rule: Int, _ text: String) {
    if violation == nil { violation = Violation(rule: rule, text: text) }
  }

  // MARK: Texts

  /// The text of a message: its index, and something that makes it long, several lines or not ASCII.
  func text(of message: Int) -> [UInt8] {
    var text = Array("\(message) ".utf8)
    if message % 5 == 4 { text += Array("\nü".utf8) }
    if setup.messageBytes > 0 { text += [UInt8](repeating: UInt8(ascii: "x"), count: setup.messageBytes) }
    return text
  }

  /// The message of a text.
  func message(of text: ArraySlice<UInt8>) -> Int? {
    var number = 0
    for byte in text {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), number < 1000 else { break }
      number = number * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return number < written.count && text.elementsEqual(self.text(of: number)) ? number : nil
  }

  func message(named name: MessageName) -> Int? { written.lastIndex { $0.name == name } }

  // MARK: Openings

  /// The name of the next opening of a machine's store.
  mutating func nextIncarnation(_ machine: Int) -> Incarnation {
    openings += 1
    var count = openings
    if setup.planted == .incarnationReused {
      machines[machine].disk.openings += 1
      count = machines[machine].disk.openings + UInt64(machine / 2) << 32
    }
    guard setup.mixesIncarnations else { return Incarnation(count) }
    var bits = (count &+ setup.seed) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return Incarnation(bits ^ (bits >> 27))
  }

  mutating func start(_ machine: Int) { start(machine, with: machines[machine].disk.openedRecord) }

  mutating func start(_ machine: Int, with record: ConversationRecord) {
    let kind = setup.kind(of: machine)
    if kind == .batch { machines[machine].disk = Disk() }
    let incarnation = nextIncarnation(machine)
    var process = Process(kind, incarnation: incarnation, record: kind == .batch ? ConversationRecord() : record)
    if kind == .batch { process.inputLeft = messagesLeft[machine / 2] }
    machines[machine].run(process)
  }

  /// A program ends at once, and loses what it had not committed.
  mutating func kill(_ machine: Int, _ ending: Link.Ending = .reset) {
    guard machines[machine].isRunning else { return }
    machines[machine].run(nil)
    for index in links.indices {
      for end in 0...1 where links[index].ends[end].machine == machine && links[index].ends[end].stage != .gone {
        links[index].close(end, ending)
      }
    }
    if waiting?.machine == machine { waiting = nil }
    reap()
  }

  /// Forgets links that are over at both ends.
  mutating func reap() {
    for index in links.indices {
      for end in 0...1 {
        let pipe = links[index].pipes[end]
        // A direction that ends for an end that is gone ends.
        if links[index].ends[end].stage == .gone, !pipe.frames.isEmpty { links[index].pipes[end].frames = [] }
      }
    }
    for link in links where link.isOver || link.pipes.contains(where: { $0.ending != nil }) {
      if pair == link.id { pair = nil }
    }
    links.removeAll(where: \.isOver)
  }
}
