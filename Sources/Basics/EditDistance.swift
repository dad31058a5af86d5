/// How many single mistakes lie between two words: a byte left out, one too many, another one, or two neighbours
/// swapped. Optimal string alignment (Boytsov, "Indexing methods for approximate dictionary searching", 2011, section
/// 2.2). The time and the memory grow with the product of the lengths, so words are to be short.
public func editDistance(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Int {
  let (one, other) = (Array(one), Array(other))
  // distances[i][j]: between the first i bytes of one and the first j of the other.
  var distances = [Array(0...other.count)]
  for i in 0..<one.count {
    var row = [i + 1]
    for j in 0..<other.count {
      let change = one[i] == other[j] ? 0 : 1
      var least = min(row[j] + 1, distances[i][j + 1] + 1, distances[i][j] + change)
      if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
        least = min(least, distances[i - 1][j - 1] + 1)
      }
      row.append(least)
    }
    distances.append(row)
  }
  return distances[one.count][other.count]
}
