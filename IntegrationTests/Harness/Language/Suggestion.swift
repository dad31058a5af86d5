/// Finds the word somebody meant.
enum Suggestion {
  /// The valid word nearest to what was written, if one is near enough to be meant.
  static func nearest(to written: String, among words: some Sequence<String>) -> String? {
    let allowance = max(1, (written.count + 1) / 3)
    let best = words.map { ($0, distance(written, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let best, best.1 <= allowance else { return nil }
    return best.0
  }

  /// The number of letters to insert, remove, replace or swap (optimal string alignment).
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first.lowercased())
    let b = Array(second.lowercased())
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1] + [Int](repeating: 0, count: b.count)
      for j in b.indices {
        row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1) }
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
