import TestSupport

/// The choices that are made before a world begins: its ends, their links, and the faults that may happen.
struct Setup: Sendable {
  /// The user of an end, and what keeps its messages.
  enum Kind: Hashable, Sendable {
    case person(keepsHistory: Bool)
    case batch
  }

  /// Faults that may happen.
  struct Faults: OptionSet, Hashable, Sendable {
    let rawValue: Int
    static let cut = Faults(rawValue: 1 << 0)
    static let silentCut = Faults(rawValue: 1 << 1)
    static let endsForResets = Faults(rawValue: 1 << 2)
    static let crash = Faults(rawValue: 1 << 3)
    static let restore = Faults(rawValue: 1 << 4)
    static let wipe = Faults(rawValue: 1 << 5)
    static let copy = Faults(rawValue: 1 << 6)
    static let secondLink = Faults(rawValue: 1 << 7)
    static let clock = Faults(rawValue: 1 << 8)
    static let storeFull = Faults(rawValue: 1 << 9)
    static let decline = Faults(rawValue: 1 << 10)
    static let unsend = Faults(rawValue: 1 << 11)
    static let leave = Faults(rawValue: 1 << 12)
    static let takeOver = Faults(rawValue: 1 << 13)
    static let split = Faults(rawValue: 1 << 14)
    static let time = Faults(rawValue: 1 << 15)
    static let crashB = Faults(rawValue: 1 << 16)
    static let restoreB = Faults(rawValue: 1 << 17)
    static let wipeB = Faults(rawValue: 1 << 18)
    static let copyB = Faults(rawValue: 1 << 19)
    static let all = Faults(rawValue: 1 << 20 - 1)
  }

  /// Faults of what surrounds the engine, planted to see that they are found.
  enum Planted: String, CaseIterable, Sendable {
    /// The incarnation is a count in the store, so one that goes back takes it up again.
    case incarnationReused = "incarnation-reused"
    /// An end that was told that another has its conversation dials again.
    case copiesOustEachOther = "copies-oust-each-other"
    /// A relay does not look at sides.
    case selfPairing = "self-pairing"
    /// A process that takes a conversation over reads the store before the other is gone.
    case secondProcessLate = "second-process-late"
    /// The store takes the message that was acknowledged last for the newest acknowledged one.
    case lastAcknowledgedByTime = "last-acknowledged-by-time"
    /// An old link is still read.
    case oldLinkRead = "old-link-read"
  }

  var kinds: [Kind] = [.person(keepsHistory: true), .person(keepsHistory: true)]
  /// The end with the lower fingerprint.
  var leader = 0
  var isRelayed = false
  /// Whether every turn commits, as when no output is held up.
  var commitsAtOnce = true
  /// Whether acknowledgements are stored in the turn in which they come.
  var storesAcknowledgementsAtOnce = true
  /// How many messages each end writes at most.
  var messages = [2, 1]
  /// The size of a message's text, about.
  var messageBytes = 0
  var faults: Faults = []
  var faultCount = 2
  var backups = 1
  var linksMax = Int.max
  /// Whether a program writes until its outbox is full, and a link brings all that its end reads, each in one move. So
  /// a world with much in it has few states.
  var movesInBulk = false
  /// Whether batch ends give up after 60 seconds without a link.
  var givesUp = false
  /// Whether incarnations are mixed bits, rather than small numbers that make states alike.
  var mixesIncarnations = true
  var seed: UInt64 = 0
  var planted: Planted?

  func kind(of machine: Int) -> Kind { kinds[machine / 2] }
  func isBatch(_ machine: Int) -> Bool { kind(of: machine) == .batch }

  /// A setup that a seed decides. Each allows only some of the faults, so that what one of them would hide is seen.
  static func random(seed: UInt64, _ dice: inout Dice, planted: Planted?) -> Setup {
    var setup = Setup()
    setup.seed = seed
    setup.planted = planted
    setup.kinds = (0..<2).map { _ in
      switch Int.random(in: 0..<10, using: &dice) {
      case ..<5: .person(keepsHistory: true)
      case ..<7: .person(keepsHistory: false)
      default: .batch
      }
    }
    setup.leader = Int.random(in: 0...1, using: &dice)
    setup.isRelayed = Int.random(in: 0..<4, using: &dice) == 0
    setup.commitsAtOnce = Bool.random(using: &dice)
    setup.storesAcknowledgementsAtOnce = Bool.random(using: &dice)
    setup.messages = (0..<2).map { _ in Int.random(in: 0...12, using: &dice) }
    setup.faults = Faults(
      rawValue: Int(truncatingIfNeeded: dice.next() & dice.next() | dice.next() & dice.next()) & Faults.all.rawValue)
    setup.faultCount = Int.random(in: 0...8, using: &dice)
    setup.givesUp = Int.random(in: 0..<3, using: &dice) == 0
    switch Int.random(in: 0..<200, using: &dice) {
    case 0: setup.meetBounds()
    case 1...2: setup.takeBack()
    case ..<40: setup.takeStoresBack(&dice)
    default: break
    }
    return setup
  }

  /// Bulk that nobody commits.
  private mutating func meetBounds() {
    messages = [50, 4]
    messageBytes = 62 << 10
    kinds[0] = .batch
    commitsAtOnce = false
    faults.remove(.split)
  }

  /// Two persons with much to say and a link that does not take it, so that some of it can be taken back.
  private mutating func takeBack() {
    kinds = [.person(keepsHistory: true), .person(keepsHistory: true)]
    messages = [20, 2]
    messageBytes = 62 << 10
    commitsAtOnce = false
    faults = [.unsend, .storeFull]
    faultCount = 8
  }

  /// Two persons whose stores go back while links break: what they know of each other differs most then.
  private mutating func takeStoresBack(_ dice: inout Dice) {
    kinds = [.person(keepsHistory: true), .person(keepsHistory: true)]
    faults = [.cut, .crash, .crashB, .restoreB]
    if Bool.random(using: &dice) { faults.insert(.restore) }
    faultCount = 6
    backups = 3
    messages = messages.map { max($0, 4) }
  }
}
