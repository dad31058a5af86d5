import Basics
import ChatProtocol
import TestSupport
import Testing

/// Two ends with one list of relays, each of which is up or down for each end as a seed says. They must meet whenever
/// both reach one relay.
@Suite("Two ends that see different relays alive")
struct RelayMeetingSimulationTests {
  private static let seeds: UInt64 = 5_000

  @Test("They meet within ten seconds, and within twenty if they took each other's links for lost at first")
  func meet() {
    var times: [Duration] = []
    var crossings = 0
    for seed in 0..<RelayMeetingSimulationTests.seeds {
      var world = MeetingWorld(seed: seed)
      guard world.canMeet else { continue }
      guard let time = world.run() else {
        Issue.record("seed \(seed): the two never met")
        return
      }
      times.append(time)
      if world.crossings > 0 { crossings += 1 }
      #expect(time <= .seconds(world.crossings == 0 ? 10 : 20), "seed \(seed)")
    }
    RelayMeetingSimulationTests.report("meetings", times, crossings)
  }

  @Test("After the relay of a pair has died, they meet at another within three seconds, and one for each silent relay")
  func meetAgain() {
    var times: [Duration] = []
    var crossings = 0
    for seed in 0..<RelayMeetingSimulationTests.seeds {
      var world = MeetingWorld(seed: seed, agrees: true)
      guard world.canMeet, world.run() != nil, world.killTheRelayOfThePair(), world.canMeet else { continue }
      guard let time = world.run() else {
        Issue.record("seed \(seed): the two never met again")
        return
      }
      times.append(time)
      if world.crossings > 0 { crossings += 1 }
      #expect(time <= .seconds(3 + world.silentCount), "seed \(seed)")
    }
    RelayMeetingSimulationTests.report("meetings after a death", times, crossings)
  }

  private static func report(_ what: String, _ times: [Duration], _ crossings: Int) {
    let sorted = times.sorted()
    #expect(sorted.count > Int(seeds) / 4, "the seeds must give cases")
    guard let last = sorted.last else { return }
    print(
      "\(sorted.count) \(what): half within \(sorted[sorted.count / 2]), 99 of 100 within "
        + "\(sorted[sorted.count * 99 / 100]), all within \(last); \(crossings) with links that crossed")
  }
}
