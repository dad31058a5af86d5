/// Durations counted in buckets, by one thread, for the metrics. A bucket counts what is above the bound of the one
/// before it and not above its own; the page sums them up, as Prometheus wants them.
final class Histogram: Sendable {
  /// The upper bounds of all buckets but the last, in seconds, ascending.
  let bounds: [Int]
  private let buckets: [Tally]
  private let milliseconds = Tally()

  init(bounds: [Int]) {
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Tally() }
  }

  func add(_ duration: Duration) {
    let (seconds, part) = duration.components
    let index = bounds.firstIndex { duration <= .seconds($0) } ?? bounds.count
    buckets[index].add(1)
    milliseconds.add(Int(seconds) * 1000 + Int(part / 1_000_000_000_000_000))
  }

  /// How many are in each bucket, and the sum of all in seconds.
  var counts: [Int] { buckets.map(\.value) }
  var sum: Double { Double(milliseconds.value) / 1000 }
}
