import Basics

/// Deadlines of many, at most one each, the nearest at hand: a binary heap that knows where everybody stands in it, so
/// that a deadline can be changed or dropped. Setting and dropping cost the logarithm of how many there are.
struct DeadlineHeap: Sendable {
  private struct Entry {
    var due: Instant
    var owner: Int32
  }

  private var heap: [Entry] = []
  /// For each owner, where it stands in the heap; -1 when it has no deadline.
  private var positions: [Int32] = []

  /// The nearest.
  var first: (due: Instant, owner: Int)? { heap.first.map { ($0.due, Int($0.owner)) } }
  var count: Int { heap.count }

  /// Sets or changes an owner's deadline; nil drops it.
  mutating func set(_ due: Instant?, for owner: Int) {
    guard let due else { return drop(owner) }
    while positions.count <= owner { positions.append(-1) }
    if positions[owner] < 0 {
      positions[owner] = Int32(heap.count)
      heap.append(Entry(due: due, owner: Int32(owner)))
    } else {
      heap[Int(positions[owner])].due = due
    }
    sift(Int(positions[owner]))
  }

  private mutating func drop(_ owner: Int) {
    guard owner < positions.count, positions[owner] >= 0 else { return }
    let position = Int(positions[owner])
    positions[owner] = -1
    let last = heap.removeLast()
    guard position < heap.count else { return }
    heap[position] = last
    positions[Int(last.owner)] = Int32(position)
    sift(position)
  }

  /// Restores the order after the entry at `position` changed: up as far as it is nearer, else down as far as it is
  /// farther.
  private mutating func sift(_ start: Int) {
    var position = start
    while position > 0, heap[position].due < heap[(position - 1) / 2].due {
      exchange(position, (position - 1) / 2)
      position = (position - 1) / 2
    }
    while true {
      var nearest = position
      for child in [2 * position + 1, 2 * position + 2] where child < heap.count && heap[child].due < heap[nearest].due
      {
        nearest = child
      }
      if nearest == position { return }
      exchange(position, nearest)
      position = nearest
    }
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    heap.swapAt(one, other)
    positions[Int(heap[one].owner)] = Int32(one)
    positions[Int(heap[other].owner)] = Int32(other)
  }
}
