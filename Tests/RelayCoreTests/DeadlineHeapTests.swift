import Basics
import TestSupport
import Testing

@testable import RelayCore

@Suite("A heap of deadlines")
struct DeadlineHeapTests {
  @Test("It always gives the nearest, whatever was set, changed and dropped")
  func order() {
    var numbers = Dice(seed: 8462)
    var heap = DeadlineHeap()
    var model: [Int: Instant] = [:]
    for _ in 0..<20_000 {
      let owner = Int.random(in: 0..<200, using: &numbers)
      let due: Instant? =
        Bool.random(using: &numbers)
        ? Instant(sinceOrigin: .milliseconds(Int.random(in: 0..<1000, using: &numbers))) : nil
      heap.set(due, for: owner)
      model[owner] = due
      #expect(heap.count == model.count)
      #expect(heap.first?.due == model.values.min())
      if let first = heap.first { #expect(model[first.owner] == first.due) }
    }
  }
}
