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
  private var places: [Int32] = []

  /// The nearest.
  var first: (due: Instant, owner: Int)? { heap.first.map { ($0.due, Int($0.owner)) } }
  var count: Int { heap.count }

  /// Sets or changes an owner's deadline; nil drops it.
  mutating func set(_ due: Instant?, for owner: Int) {
    guard let due else { return drop(owner) }
    while places.count <= owner { places.append(-1) }
    if places[owner] < 0 {
      places[owner] = Int32(heap.count)
      heap.append(Entry(due: due, owner: Int32(owner)))
    } else {
      heap[Int(places[owner])].due = due
    }
    sift(Int(places[owner]))
  }

  private mutating func drop(_ owner: Int) {
    guard owner < places.count, places[owner] >= 0 else { return }
    let place = Int(places[owner])
    places[owner] = -1
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    places[Int(last.owner)] = Int32(place)
    sift(place)
  }

  /// Restores the order after the entry at `place` changed: up as far as it is nearer, else down as far as it is
  /// farther.
  private mutating func sift(_ start: Int) {
    var place = start
    while place > 0, heap[place].due < heap[(place - 1) / 2].due {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
    while true {
      var nearest = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].due < heap[nearest].due {
        nearest = child
      }
      if nearest == place { return }
      exchange(place, nearest)
      place = nearest
    }
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    heap.swapAt(one, other)
    places[Int(heap[one].owner)] = Int32(one)
    places[Int(heap[other].owner)] = Int32(other)
  }
}
