import Glibc

/// The program behind tools/simulate and tools/explore.
@main
struct EntryPoint {
  static func main() async {
    let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
    if let bound = arguments.text("--explore") {
      exit(await Exploration(arguments, isLarge: bound == "large").run() ? 0 : 1)
    }
    if let seed = arguments.number("--seed") { exit(Simulation(arguments).show(seed: seed) ? 0 : 1) }
    exit(Simulation(arguments).runAll() ? 0 : 1)
  }
}

/// The words of a command line: `--name value`, `--name`, and numbers.
struct Arguments {
  private let words: [String]

  init(_ words: [String]) { self.words = words }

  func has(_ name: String) -> Bool { words.contains(name) }
  func text(_ name: String) -> String? {
    guard let index = words.firstIndex(of: name), index + 1 < words.count else { return nil }
    return words[index + 1]
  }
  func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
  /// The first word that is a number and no value of an option.
  var count: UInt64? {
    guard let first = words.first else { return nil }
    return UInt64(first)
  }
}

/// Runs seeds and prints what they show.
struct Simulation {
  private let first: UInt64
  private let count: UInt64
  private let planted: Setup.Planted?
  /// The planted fault that is to be found; nil if none is planted.
  private let looksFor: String?

  init(_ arguments: Arguments) {
    first = arguments.number("--from") ?? 1
    count = arguments.count ?? 1_000
    looksFor = arguments.text("--looks-for")
    planted = looksFor.flatMap { Setup.Planted(rawValue: $0) }
  }

  func runAll() -> Bool {
    let begun = clock()
    var events = 0
    for seed in first..<first + count {
      let run = Run(seed: seed, planted: planted)
      events += run.moves.count + run.world.healingMoves
      guard let violation = run.world.violation else { continue }
      if let looksFor {
        print("\(looksFor): found by seed \(seed) in \(run.shrunk().moves.count) steps: \(violation)")
        return true
      }
      print("seed \(seed) breaks \(violation)")
      print("replay: tools/simulate --seed \(seed) --trace")
      return false
    }
    // Of this process alone, because others share the machine.
    let seconds = Double(clock() - begun) / Double(CLOCKS_PER_SEC)
    if let looksFor {
      print("\(looksFor): NOT found by \(count) seeds")
      return false
    }
    print(
      "\(count) seeds without a violation, \(Int(Double(count) / seconds)) a second, "
        + "\(events / Int(count)) events a seed")
    return true
  }

  /// Shows one seed: what happened, and the shortest way to the same violation.
  func show(seed: UInt64) -> Bool {
    let run = Run(seed: seed, planted: planted, isTraced: true)
    print(
      "kinds \(run.setup.kinds), leader \(run.setup.leader), relay \(run.setup.isRelayed), "
        + "commits at once \(run.setup.commitsAtOnce)"
    )
    guard run.world.violation != nil else {
      print((run.world.log ?? []).joined(separator: "\n"))
      print("no violation; digest \(String(run.digest, radix: 16))")
      return true
    }
    let shrunk = run.shrunk()
    print((shrunk.world.log ?? []).joined(separator: "\n"))
    if let violation = shrunk.world.violation { print(violation) }
    return false
  }
}

/// Explores worlds and prints what was seen.
struct Exploration {
  private let isLarge: Bool
  private let looksFor: String?
  /// The only world to explore; nil for all.
  private let only: String?

  init(_ arguments: Arguments, isLarge: Bool) {
    Explorer.isVerbose = arguments.has("--verbose")
    only = arguments.text("--only")
    self.isLarge = isLarge
    looksFor = arguments.text("--looks-for")
  }

  func run() async -> Bool {
    if let looksFor { return find(looksFor) }
    return await exploreAll()
  }

  /// Explores all worlds, as many at once as there are processors, until one breaks a rule.
  private func exploreAll() async -> Bool {
    let begun = ContinuousClock.now
    var states = 0
    var broken: Explorer?
    await withTaskGroup(of: (explorer: Explorer, time: Duration).self) { group in
      var rest = worlds[...]
      func begin() {
        guard let next = rest.popFirst() else { return }
        group.addTask { explored(next) }
      }
      for _ in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) { begin() }
      while let (explorer, time) = await group.next(), broken == nil {
        states += explorer.stateCount
        if explorer.found != nil { broken = explorer } else { show(summary(explorer, time)) }
        begin()
      }
    }
    if let broken, let found = broken.found {
      show("\(broken.name) breaks \(found.violation)")
      show((Run(broken.setup, moves: found.moves, isTraced: true).world.log ?? []).joined(separator: "\n"))
      return false
    }
    show("\(states) states without a violation, \(seconds(ContinuousClock.now - begun)) s")
    return true
  }

  private func explored(_ explorer: Explorer) -> (explorer: Explorer, time: Duration) {
    var explorer = explorer
    let begun = ContinuousClock.now
    explorer.run()
    return (explorer, ContinuousClock.now - begun)
  }

  private func summary(_ explorer: Explorer, _ time: Duration) -> String {
    "\(explorer.name): \(explorer.stateCount) states, depth \(explorer.depth), \(explorer.transitions) steps, "
      + "\(explorer.healed) ends, \(seconds(time)) s: nothing new is left"
  }

  /// Explores one world after the other, until a planted fault shows.
  private func find(_ planted: String) -> Bool {
    var states = 0
    for var explorer in worlds {
      explorer.run()
      states += explorer.stateCount
      guard let found = explorer.found else { continue }
      show(
        "\(planted): found in \(found.moves.count) steps after \(explorer.stateCount) states (\(explorer.name)): "
          + "\(found.violation)")
      return true
    }
    show("\(planted): NOT found in \(states) states")
    return false
  }

  private var worlds: [Explorer] {
    Explorer.worlds(
      isLarge: isLarge, planted: looksFor.flatMap { Setup.Planted(rawValue: $0) },
      first: looksFor.flatMap { Explorer.soonest[$0] }
    ).filter { only == nil || only == $0.name }
  }

  private func seconds(_ time: Duration) -> Double { Double(time / .milliseconds(100)).rounded() / 10 }
}

/// Prints a line at once, because somebody waits for it.
private func show(_ line: String) {
  print(line)
  fflush(nil)
}
