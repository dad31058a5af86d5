import Glibc

@testable import Harness

/// Plays cases until the time is over or one fails; then makes that one as small as it gets.
struct KeyboardFuzzer {
  let binary: String
  /// How long a line of the peer may take. A machine that does much else at once needs more than an idle one.
  private let limit = Duration.seconds(10)
  /// How often a case is played again to make it smaller.
  private let shrinkingMax = 400
  /// Among so many actions at least one line is sent from a draft that can be read.
  private let comparedActionsMin = 2000

  private var temporary: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// - Parameter first: the number of the case to begin with.
  /// - Returns: whether nothing was found.
  func run(for time: Duration, seed: UInt64, from first: Int) throws -> Bool {
    let end = ContinuousClock.now + time
    var generator = KeyboardGenerator(seed: seed)
    var cases = first - 1
    var actions = 0
    var compared = 0
    for _ in 0..<cases { _ = generator.nextCase() }
    while ContinuousClock.now < end {
      let played = generator.nextCase()
      let (finding, comparedNow) = try play(played, limit: limit)
      if let finding {
        print("seed \(seed), case \(cases + 1): \(finding.kind.rawValue): \(finding.text)")
        let whole = "\(temporary)/keyboard-\(seed)-\(cases + 1).scenario"
        try FileTree.write(Array(played.scenario.utf8), to: whole)
        print("the whole case is in \(whole)")
        fflush(nil)
        let small = try shrink(played, finding.kind)
        print(try play(small, limit: limit).finding?.text ?? "(the smaller one does not fail every time)")
        print("\n\(small.scenario)")
        return false
      }
      cases += 1
      actions += played.actions.count
      compared += comparedNow
    }
    // With a prompt that is not recognised none would be.
    guard compared > 0 || actions < comparedActionsMin else {
      throw SystemFailure("no line that was sent was compared")
    }
    print("seed \(seed): \(cases) cases, \(actions) actions, \(compared) sent lines compared, nothing found")
    return true
  }

  private func play(
    _ played: KeyboardCase, limit: Duration
  ) throws -> (finding: KeyboardFinding?, compared: Int) {
    let root = try FileTree.makeUniqueDirectory("\(temporary)/keyboard")
    defer { FileTree.remove(root) }
    let session = try KeyboardSession(played, root: root, binary: binary, limit: limit)
    defer { session.end() }
    do { try session.play(played.actions) } catch let finding as KeyboardFinding {
      return (finding, session.compared)
    }
    return (nil, session.compared)
  }

  // MARK: Shrinking

  /// Leaves out what can be left out: halves, quarters and so on of the actions, then settings, then bytes.
  private func shrink(_ failing: KeyboardCase, _ kind: KeyboardFinding.Kind) throws -> KeyboardCase {
    var small = failing
    var plays = 0
    let limit: Duration = kind == .silent || kind == .stuck ? .seconds(3) : limit
    func stillFails(_ candidate: KeyboardCase) throws -> Bool {
      plays += 1
      return try plays < shrinkingMax && play(candidate, limit: limit).finding?.kind == kind
    }
    small.actions = try Self.smallest(small.actions) { actions in
      var candidate = small
      candidate.actions = actions
      return try stillFails(candidate)
    }
    small.inputrc = try Self.smallest(small.inputrc) { lines in
      var candidate = small
      candidate.inputrc = lines
      return try stillFails(candidate)
    }
    for index in small.actions.indices {
      guard case .type(let bytes) = small.actions[index] else { continue }
      let fewer = try Self.smallest(bytes) { bytes in
        var candidate = small
        candidate.actions[index] = .type(bytes)
        return try stillFails(candidate)
      }
      small.actions[index] = .type(fewer)
    }
    var plain = small
    plain.environment = KeyboardCase.plainEnvironment
    if try small != plain && stillFails(plain) { small = plain }
    return small
  }

  /// A part of the list, in order, that still fails and of which no single piece can be left out (Zeller and
  /// Hildebrandt's delta debugging, complements only).
  static func smallest<Element>(_ list: [Element], fails: ([Element]) throws -> Bool) rethrows -> [Element] {
    var list = list
    var size = max(1, list.count / 2)
    while !list.isEmpty {
      var start = 0
      var shrank = false
      while start < list.count {
        let candidate = Array(list[..<start] + list[min(start + size, list.count)...])
        if try fails(candidate) {
          list = candidate
          shrank = true
        } else {
          start += size
        }
      }
      if size == 1, !shrank { break }
      if !shrank || size > list.count { size = max(1, min(size / 2, list.count)) }
    }
    return list
  }
}
