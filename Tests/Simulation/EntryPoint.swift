import Glibc

/// The program behind tools/simulate and tools/explore.
@main
struct EntryPoint {
  static func main() {
    let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
    if let bound = arguments.text("--explore") { exit(Exploration(arguments, isLarge: bound == "large").run() ? 0 : 1) }
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
        print(
          "\(looksFor): found by seed \(seed) in \(run.shrunk().moves.count) steps: rule \(violation.rule), "
            + violation.text
        )
        return true
      }
      print("seed \(seed) breaks rule \(violation.rule): \(violation.text)")
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
    if let violation = shrunk.world.violation { print("rule \(violation.rule): \(violation.text)") }
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

  func run() -> Bool {
    let planted = looksFor.flatMap { Setup.Planted(rawValue: $0) }
    var states = 0
    let begun = clock()
    let first = looksFor.flatMap { Explorer.soonest[$0] }
    for var explorer in Explorer.worlds(isLarge: isLarge, planted: planted, first: first)
    where only == nil || only == explorer.name {
      let scopeBegun = clock()
      explorer.run()
      states += explorer.stateCount
      if let found = explorer.found { return report(found, explorer) }
      guard looksFor == nil else { continue }
      show(
        "\(explorer.name): \(explorer.stateCount) states, depth \(explorer.depth), \(explorer.transitions) steps, "
          + "\(explorer.healed) ends, \(seconds(since: scopeBegun)) s: nothing new is left")
    }
    if let looksFor {
      show("\(looksFor): NOT found in \(states) states")
      return false
    }
    show("\(states) states without a violation, \(seconds(since: begun)) s")
    return true
  }

  private func seconds(since begun: clock_t) -> Double { Double((clock() - begun) / (CLOCKS_PER_SEC / 10)) / 10 }

  private func report(_ found: (violation: Violation, moves: [Move]), _ explorer: Explorer) -> Bool {
    let text = "rule \(found.violation.rule), \(found.violation.text)"
    if let looksFor {
      show(
        "\(looksFor): found in \(found.moves.count) steps after \(explorer.stateCount) states "
          + "(\(explorer.name)): \(text)"
      )
      return true
    }
    show("\(explorer.name) breaks \(text)")
    show((Run(explorer.setup, moves: found.moves, isTraced: true).world.log ?? []).joined(separator: "\n"))
    return false
  }
}

/// Prints a line at once, because somebody waits for it.
private func show(_ line: String) {
  print(line)
  fflush(nil)
}
