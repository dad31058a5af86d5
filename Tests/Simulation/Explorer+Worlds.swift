extension Explorer {
  /// The worlds that are explored.
  /// - Parameters:
  ///   - isLarge: whether there are more faults and messages than end within a minute.
  ///   - planted: a fault of what surrounds the engine.
  ///   - first: the name of the world that comes first; nil if the order does not matter.
  static func worlds(isLarge: Bool, planted: Setup.Planted? = nil, first: String? = nil) -> [Explorer] {
    var worlds = worldsOfPersons(more: isLarge ? 1 : 0) + worldsOfOthers(more: isLarge ? 1 : 0)
    for index in worlds.indices { worlds[index].setup.planted = planted }
    return worlds.filter { $0.name == first } + worlds.filter { $0.name != first }
  }

  /// Both ends are persons who keep a history.
  private static func worldsOfPersons(more: Int) -> [Explorer] {
    [
      Explorer("cuts and kills", [.cut, .crash, .crashB], count: 1, messages: [2 + more, 1 + more]),
      Explorer("two cuts or kills", [.cut, .crashB], count: 1 + more, messages: [1 + more, 0]),
      Explorer("a second link beside the first", [.secondLink, .cut], count: 1 + more, messages: [2, 0]),
      Explorer("A's store goes back", [.restore, .crash], count: 1 + more, messages: [2, 0]),
      Explorer("B's store goes back", [.restoreB, .crash], count: 2, messages: [2, 0]) { $0.linksMax = 3 + more },
      Explorer("a store is wiped", [.wipe, .wipeB, .crash], count: 2 + more, messages: [2, 0]),
      Explorer("A's store is copied", [.copy], count: 1, messages: [1 + more, 0]),
      Explorer("B's store is copied", [.copyB], count: 1, messages: [2 + more, 0]),
      Explorer("a commit comes later", [.cut, .crashB], count: 1 + more, messages: [2, 0]) { $0.commitsAtOnce = false },
      Explorer("a message is taken back", [.unsend, .cut, .crash], count: 2, messages: [1 + more, more]) {
        $0.linksMax = 2
      },
      Explorer("one program after the other", [.takeOver], count: 1 + more, messages: [3, 0]),
      Explorer("through a relay", [.silentCut, .crash], count: 1 + more, messages: [1, 0]) { $0.isRelayed = true },
    ]
  }

  private static func worldsOfOthers(more: Int) -> [Explorer] {
    let (person, forgetful) = (Setup.Kind.person(keepsHistory: true), Setup.Kind.person(keepsHistory: false))
    let receiverFaults: Setup.Faults = more > 0 ? [.cut, .crashB, .crash] : [.cut, .crashB]
    return [
      Explorer("no history", [.wipeB, .crash], count: 2 + more, messages: [2 + more, 0]) {
        $0.kinds = [forgetful, forgetful]
      },
      Explorer("a batch end receives", receiverFaults, count: 1, messages: [2, 0]) { $0.kinds = [person, .batch] },
      Explorer("two batch ends", [.cut], count: 1 + more, messages: [1, 1]) { $0.kinds = [.batch, .batch] },
      Explorer("a slow link, and a message is taken back", [.unsend], count: 2 + more, messages: [10, 0]) {
        // The link takes eight of them, and the last two stay in the outbox.
        $0.messageBytes = 62 << 10
        $0.movesInBulk = true
        $0.linksMax = 1
      },
      Explorer("an outbox is full", [.cut], count: more, messages: [36, 0]) {
        $0.kinds = [.batch, person]
        // 34 of them fill the outbox.
        $0.messageBytes = 62 << 10
        $0.movesInBulk = true
        $0.linksMax = 1
      },
    ]
  }

  /// The world that shows a planted fault by the shortest way, by the name of the fault.
  static let soonest: [String: String] = [
    "acknowledge-before-commit": "a commit comes later",
    "answer-too-high": "through a relay",
    "answer-too-low": "through a relay",
    "answer-uncommitted": "a commit comes later",
    "batch-end-sent-history": "a batch end receives",
    "breach-after-restore": "A's store goes back",
    "copies-oust-each-other": "A's store is copied",
    "gap-in-silence": "no history",
    "generation-across-openings": "A's store is copied",
    "goodbye-not-repeated": "two batch ends",
    "incarnation-reused": "a store is wiped",
    "last-acknowledged-by-time": "B's store is copied",
    "last-acknowledged-not-asked": "B's store is copied",
    "newest-incarnation-first": "one program after the other",
    "no-walk-back": "B's store goes back",
    "old-link-read": "one program after the other",
    "only-asked-sent": "through a relay",
    "receiver-entry-dropped": "no history",
    "second-process-late": "one program after the other",
    "sent-taken-back": "a message is taken back",
    "self-pairing": "through a relay",
    "unbounded-outbox": "an outbox is full",
    "taken-back-sent": "a slow link, and a message is taken back",
    "uncommitted-called-lost": "a commit comes later",
    "walk-stops-early": "B's store goes back",
    "zero-without-goodbye": "two batch ends",
  ]

  private init(
    _ name: String, _ faults: Setup.Faults, count: Int, messages: [Int], _ change: (inout Setup) -> Void = { _ in }
  ) {
    var setup = Setup()
    (setup.faults, setup.faultCount, setup.messages) = (faults, count, messages)
    setup.linksMax = 3
    setup.mixesIncarnations = false
    change(&setup)
    self.init(name, setup)
  }
}
