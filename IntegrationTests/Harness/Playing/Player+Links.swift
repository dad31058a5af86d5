/// Links and what goes wrong with them.
extension Player {
  func link(_ name: String, to address: Template, onUnixSocket: Bool) throws {
    let written = try string(address)
    guard let target = LinkTarget(written, path: path) else {
      throw Failure(expected: "an address that \(name) can lead to", actual: "`\(written)`")
    }
    do {
      add(
        try FaultyLink(
          name: name, target: target, path: onUnixSocket ? "\(stage.directory)/\(name).socket" : nil,
          seed: scenario.settings.seed, timeline: timeline))
    } catch let error as SystemFailure {
      throw Failure(expected: "the link \(name)", actual: error.description)
    }
  }

  // MARK: Faults

  func breakLink(_ name: String, byReset: Bool) throws {
    for connection in try connections(name, where: { !$0.isClosed }) { byReset ? connection.reset() : connection.cut() }
  }

  func setTrip(
    _ name: String, _ action: Trip.Action, after bytes: Int, _ direction: Direction, connections: Int
  ) throws {
    try link(name).add(Trip(action: action, bytes: bytes, direction: direction, connections: connections))
  }

  func stall(_ name: String, _ directions: [Direction]) throws { try system(name) { try $0.stall(directions) } }

  func halfClose(_ name: String, toward direction: Direction) throws {
    for connection in try connections(name, where: \.isOpen) { connection.halfClose(toward: direction) }
  }

  /// Those that can be broken; nothing to break is a failure, since what follows would prove nothing.
  private func connections(
    _ name: String, where canBeBroken: (LinkConnection) -> Bool
  ) throws -> [LinkConnection] {
    let found = try link(name).connections.filter(canBeBroken)
    guard !found.isEmpty else {
      throw Failure(expected: "a connection of \(name) to break", actual: "no connection is open")
    }
    return found
  }

  func delay(_ name: String, within range: ClosedRange<Duration>) throws { try link(name).faults.delay = range }

  func limitRate(_ name: String, to bytesPerSecond: Int) throws {
    try link(name).faults.bytesPerSecond = bytesPerSecond
  }

  func passPieces(_ name: String, _ pieces: Pieces) throws { try link(name).faults.pieces = pieces }

  func acceptConnections(_ name: String, _ accepts: Bool) throws {
    try system(name) { accepts ? try $0.acceptConnections() : $0.refuseConnections() }
  }

  func heal(_ name: String) throws { try system(name) { try $0.heal() } }

  private func system(_ name: String, _ change: (FaultyLink) throws -> Void) throws {
    do {
      try change(try link(name))
    } catch let error as SystemFailure {
      throw Failure(expected: "the link \(name)", actual: error.description)
    }
  }

  // MARK: Seeing

  func hasConnections(_ name: String, open count: Int) throws -> Condition {
    let link = try link(name)
    return Condition(expected: "\(name) to have \(Words.count(count, "connection"))") {
      link.openCount == count ? .met : .notYet("it has \(link.openCount)")
    }
  }

  func hasConnections(_ name: String, inAll count: Int) throws -> Condition {
    let link = try link(name)
    return Condition(expected: "\(name) to have had \(Words.count(count, "connection"))") {
      let now = link.connections.count
      return now == count ? .met : now > count ? .never("it has had \(now)") : .notYet("it has had \(now)")
    }
  }

  /// That one side of the first connection that ended was the first to end it: by a half-close, an end or a reset.
  func wasEnded(_ name: String, firstBy direction: Direction) throws -> Condition {
    let link = try link(name)
    let expected = "a connection of \(name) to be ended first by the \(direction.rawValue)"
    return Condition(expected: expected) {
      guard let ended = link.connections.lazy.compactMap(\.firstEnded).first else { return .notYet("none has ended") }
      return ended == direction ? .met : .never("the \(ended.rawValue) ended it first")
    }
  }

  /// That nothing comes in and nothing goes out for a time that begins now.
  func isQuiet(link name: String, for time: Duration) throws -> Condition {
    let link = try link(name)
    let begin = ContinuousClock.now
    let time = time * timeoutFactor
    return Condition(expected: "\(name) to carry nothing for \(Words.duration(time))", changesSilently: true) {
      let quiet = ContinuousClock.now - max(begin, link.lastMoved ?? begin)
      return quiet >= time ? .met : .notYet("it goes on carrying")
    }
  }

  func hasCarried(_ name: String, bytes count: Int, _ direction: Direction) throws -> Condition {
    let link = try link(name)
    let expected = "\(name) to have carried \(Words.count(count, "byte")) from the \(direction.rawValue)"
    return Condition(expected: expected) {
      let now = link.carried[direction]!.totalBytes
      return now >= count ? .met : .notYet("it has carried \(now)")
    }
  }

  func hasCarried(_ name: String, _ text: TextSource, _ direction: Direction) throws -> Condition {
    let link = try link(name)
    let matcher = try soughtText(text)
    let quoted = try quoted(text)
    var search = TranscriptSearch(matcher)
    return Condition(expected: "\(name) to have carried \(quoted) from the \(direction.rawValue)") {
      switch search.search(in: link.carried[direction]!) {
      case .found: .met
      case .absent: .notYet()
      case .unknown: .notYet(Words.flood(link.carried[direction]!))
      }
    }
  }

  func hasNotCarried(_ name: String, _ text: TextSource) throws -> Invariant {
    let link = try link(name)
    let matcher = try soughtText(text)
    return Invariant(expected: "\(try quoted(text)) never to have gone through \(name)") {
      for direction in Direction.allCases {
        var search = TranscriptSearch(matcher)
        switch search.search(in: link.carried[direction]!) {
        case .found: return "it came from the \(direction.rawValue)"
        case .absent: continue
        case .unknown: return Words.flood(link.carried[direction]!)
        }
      }
      return nil
    }
  }
}

extension LinkTarget {
  /// Reads an address; a path is relative to the scenario's directory.
  fileprivate init?(_ address: String, path: (String) -> String) {
    guard let colon = address.lastIndex(of: ":") else { return nil }
    let rest = String(address[address.index(after: colon)...])
    if let file = address.wholeMatch(of: /unix:(.+)/)?.1 {
      self = .unix(path(String(file)))
    } else if let families = Address.hosts[String(address[..<colon])], let port = UInt16(digits: rest) {
      self = .tcp(port: port, families: families)
    } else {
      return nil
    }
  }
}
