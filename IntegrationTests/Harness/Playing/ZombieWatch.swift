/// Looks at running programs now and then for children that have ended and that nobody waits for.
///
/// A child is dead for a moment before the most careful parent has waited for it, and a parent that is killed just
/// then leaves it behind. So a parent is accused only when it had time: its child was seen dead at every check for a
/// while, and the parent could run in between.
final class ZombieWatch: Participant {
  /// Between two checks.
  private static let interval = Duration.milliseconds(100)
  /// How long a child has to have been dead.
  private static let leastAge = Duration.milliseconds(200)

  private struct Sighting {
    let name: String
    let parent: Program
    let first: Instant
    var last: Instant
  }

  private var parents: [Program] = []
  private var sightings: [Int32: Sighting] = [:]
  private var nextCheck = Instant.now

  /// Has it looked after, too.
  func add(_ program: Program) { parents.append(program) }

  /// The name and parent of a child that has ended, if that parent had the time to wait for it and did not.
  func neglected(_ pid: Int32) -> (name: String, parent: Program)? {
    guard let sighting = sightings[pid], sighting.last - sighting.first >= Self.leastAge else { return nil }
    return (sighting.name, sighting.parent)
  }

  // MARK: The loop

  func interests(now: Instant) -> [Interest] { [] }

  var nextMoment: Instant? { parents.contains(where: \.isRunning) ? nextCheck : nil }

  func advance(to now: Instant) {
    guard now >= nextCheck else { return }
    nextCheck = now + Self.interval
    for parent in parents where parent.isRunning { check(parent, now) }
  }

  private func check(_ parent: Program, _ now: Instant) {
    let before = sightings.filter { $0.value.parent === parent }
    for pid in before.keys { sightings[pid] = nil }
    // A stopped parent can wait for nobody: its time begins when it goes on.
    guard !parent.isStopped else { return }
    for entry in ProcessTable.children(of: parent.pid) where entry.isZombie {
      let first = before[entry.pid]?.first ?? now
      sightings[entry.pid] = Sighting(name: entry.name, parent: parent, first: first, last: now)
    }
  }
}
