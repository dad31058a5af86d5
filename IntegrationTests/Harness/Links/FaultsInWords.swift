extension FaultyLink {
  /// Its present faults, each as a report says it after its name.
  var faultsInWords: [String] {
    var words: [String] = []
    for direction in Direction.allCases where faults.stalled.contains(direction) {
      words.append("stalls from the \(direction.rawValue)")
    }
    if let delay = faults.delay {
      let most = delay.upperBound > delay.lowerBound ? " to \(Words.duration(delay.upperBound))" : ""
      words.append("delays by \(Words.duration(delay.lowerBound))\(most)")
    }
    if let rate = faults.bytesPerSecond { words.append("passes \(Words.count(rate, "byte")) a second") }
    switch faults.pieces {
    case .asTheyCome: break
    case .singleBytes: words.append("passes byte by byte")
    case .random(let most): words.append("passes random pieces of at most \(Words.count(most, "byte"))")
    }
    for trip in trips {
      words.append(
        "\(trip.action.rawValue) after \(Words.count(trip.bytes, "byte")) from the \(trip.direction.rawValue)")
    }
    if isRefusing { words.append("refuses connections") }
    return words
  }
}

extension LinkConnection {
  /// The bytes that were taken in and have not arrived, as a report says it; nothing when all has.
  var waitingInWords: String {
    var words: [String] = []
    for direction in Direction.allCases {
      let held = lanes[direction]!.queuedBytes
      if held > 0 { words.append("\(Words.count(held, "byte")) from the \(direction.rawValue) held back") }
      if let (unread, unacknowledged) = kernelQueues(direction) {
        if unread > 0 { words.append("\(Words.count(unread, "byte")) from the \(direction.rawValue) not taken in") }
        if unacknowledged > 0 {
          words.append("\(Words.count(unacknowledged, "byte")) from the \(direction.rawValue) not acknowledged")
        }
      }
    }
    return words.isEmpty ? "" : "; \(words.joined(separator: ", "))"
  }
}
