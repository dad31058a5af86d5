/// Filling in what a scenario's texts leave open.
extension Player {
  /// The most bytes that one sentence holds in memory.
  private static let longestText = 1 << 28

  /// The text with its variables filled in, and other holes as they are written.
  func bytes(_ template: Template) throws -> [UInt8] {
    try template.pieces.flatMap { piece -> [UInt8] in
      switch piece {
      case .literal(let bytes): bytes
      case .variable(let name, let property): try value(of: name, property)
      case .digit: Array("{#}".utf8)
      case .digits: Array("{##}".utf8)
      case .anything: Array("{*}".utf8)
      case .kept(let name, .digit): Array("{\(name)=#}".utf8)
      case .kept(let name, .digits): Array("{\(name)=##}".utf8)
      case .kept(let name, _): Array("{\(name)=*}".utf8)
      }
    }
  }

  func string(_ template: Template) throws -> String {
    String(decoding: try bytes(template), as: UTF8.self)
  }

  func bytes(_ source: TextSource) throws -> [UInt8] {
    switch source {
    case .written(let template): return try bytes(template)
    case .repeated(let text, let count):
      let once = try bytes(text)
      guard once.count <= Self.longestText / max(1, count) else {
        throw Failure(
          expected: "a text of at most \(Self.longestText >> 20) MiB", actual: "\(once.count) bytes \(count) times")
      }
      var all: [UInt8] = []
      all.reserveCapacity(once.count * count)
      for _ in 0..<count { all += once }
      return all
    case .numberedLines(let count): return Array((0..<count).map { "line \($0 + 1)\n" }.joined().utf8)
    case .contents(let file):
      let path = self.path(try string(file))
      guard let content = FileTree.read(path) else {
        throw Failure(expected: "the contents of \(path)", actual: "there is no such file to read")
      }
      return content
    case .either: throw Failure(expected: "one text", actual: "a choice of several")
    }
  }

  /// The text as a report names it.
  func quoted(_ source: TextSource) throws -> String {
    if case .either(let one, let other) = source { return "\(try quoted(one)) or \(try quoted(other))" }
    return Words.quoted(try bytes(source))
  }

  /// A block's lines, each ended by a newline, as one text.
  func text(_ block: [Template]) -> TextSource {
    var whole = Template()
    for line in block {
      whole.append(line)
      whole.append(Template([.literal([0x0A])]))
    }
    return .written(whole)
  }

  func pattern(_ template: Template) throws -> Pattern { try template.pattern { try value(of: $0, $1) } }

  func matcher(_ source: TextSource) throws -> Matcher {
    switch source {
    case .written(let template): return Matcher(anyOf: [try pattern(template)])
    case .either(let one, let other):
      return Matcher(anyOf: try matcher(one).alternatives + matcher(other).alternatives)
    case .repeated, .numberedLines, .contents: return Matcher(parts: [.literal(try bytes(source))])
    }
  }

  /// A text to look for anywhere, if it is one that can be absent.
  func soughtText(_ source: TextSource) throws -> Matcher {
    let matcher = try matcher(source)
    if let problem = TextRules.problem(matcher) { throw Failure(expected: "a text to look for", actual: problem) }
    return matcher
  }

  /// Keeps parts of what was found for the sentences below.
  func keep(_ captures: [Capture], of bytes: ArraySlice<UInt8>) {
    for capture in captures { kept[capture.name] = Array(bytes[capture.range]) }
  }

  /// Keeps parts of what was found in a stream. False when one of them ends where the stream ends so far: unless it is
  /// whole there may be more of it.
  func keep(_ place: Range<Int>, of transcript: Transcript, isWhole: Bool, _ matcher: Matcher) -> Bool {
    let range = place.lowerBound - transcript.droppedBytes..<place.upperBound - transcript.droppedBytes
    let captures = matcher.captures(in: transcript.bytes[...], at: range)
    let reachesEnd = captures.contains { $0.range.upperBound == transcript.bytes.endIndex }
    guard !reachesEnd || isWhole else { return false }
    keep(captures, of: transcript.bytes[...])
    return true
  }

  private func value(of name: String, _ property: String?) throws -> [UInt8] {
    if let property { return Array(try value(of: name, property).utf8) }
    switch name {
    case "directory": return Array(stage.directory.utf8)
    case "here": return Array(scenario.directory.utf8)
    case "home": return Array(stage.home.utf8)
    case "tmp": return Array(stage.tmp.utf8)
    default: break
    }
    guard let kept = kept[name] else {
      throw Failure(expected: "{\(name)}", actual: "nothing was kept under that name")
    }
    return kept
  }

  private func value(of name: String, _ property: String) throws -> String {
    if let port = ports[name] { return String(port.number) }
    if let link = links.first(where: { $0.name == name }) {
      if property == "port" {
        guard link.port != 0 else { throw Failure(expected: "{\(name).port}", actual: "\(name) is on a Unix socket") }
        return String(link.port)
      }
      guard let path = link.path else {
        throw Failure(expected: "{\(name).path}", actual: "\(name) is not on a Unix socket")
      }
      return path
    }
    let program = try program(name)
    if property == "pid" { return String(program.pid) }
    var found: UInt16 = 0
    try wait(for: listening(program, on: Variables.portNumber(property)) { found = $0 })
    // Output from now on is an answer to what is done next.
    noteAction()
    return String(found)
  }

  /// That a program, or one it started, listens on a TCP port: its only one, or when a number is given, the one it
  /// opened as the first, second and so on.
  func listening(_ program: Program, on number: Int? = nil, found: @escaping (UInt16) -> Void = { _ in }) -> Condition {
    let which = number.map { "\($0) TCP port\($0 == 1 ? "" : "s")" } ?? "a TCP port"
    return Condition(expected: "\(program.name) to listen on \(which)", changesSilently: true) {
      if program.isDrained(at: .now) { return .never("\(program.name) \(program.clause)") }
      let ports = ProcessTable.listeningPorts(ofTree: program.pid)
      if let number {
        guard number <= ports.count else { return .notYet("it listens on \(ports.count)") }
        found(ports[number - 1])
        return .met
      }
      guard ports.count <= 1 else {
        let holes = ports.indices.map { "{\(program.name).port\($0 + 1)}" }.joined(separator: " ")
        return .never("it listens on \(ports.count) ports: \(ports); they are \(holes)")
      }
      guard let port = ports.first else { return .notYet() }
      found(port)
      return .met
    }
  }
}
