/// Filling in what a scenario's texts leave open.
extension Player {
  /// What one sentence can hold in memory.
  private static let longestText = 1 << 28

  /// The text with its variables filled in.
  func bytes(_ template: Template) throws -> [UInt8] {
    try template.pieces.flatMap { piece -> [UInt8] in
      switch piece {
      case .literal(let bytes): bytes
      case .variable(let name, let property): Array(try value(of: name, property).utf8)
      case .digit: Array("{#}".utf8)
      case .anything: Array("{*}".utf8)
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
    }
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

  func matcher(_ template: Template) throws -> Matcher {
    var parts: [Matcher.Part] = []
    for piece in template.pieces {
      switch piece {
      case .digit: parts.append(.digit)
      case .anything: parts.append(.anything)
      case .literal, .variable:
        let more = try bytes(Template([piece]))
        if case .literal(let before)? = parts.last {
          parts[parts.count - 1] = .literal(before + more)
        } else {
          parts.append(.literal(more))
        }
      }
    }
    return Matcher(parts: parts)
  }

  func matcher(_ source: TextSource) throws -> Matcher {
    if case .written(let template) = source { return try matcher(template) }
    return Matcher(parts: [.literal(try bytes(source))])
  }

  private func value(of name: String, _ property: String?) throws -> String {
    switch name {
    case "directory" where property == nil: return stage.directory
    case "home" where property == nil: return stage.home
    case "tmp" where property == nil: return stage.tmp
    default: break
    }
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
    try wait(for: listening(program) { found = $0 })
    return String(found)
  }

  /// That a program listens on one TCP port.
  func listening(_ program: Program, found: @escaping (UInt16) -> Void = { _ in }) -> Condition {
    Condition(expected: "\(program.name) to listen on a TCP port", changesSilently: true) {
      if program.isDrained(at: .now) { return .never("\(program.name) \(program.clause)") }
      let ports = ProcessTable.listeningPorts(program.pid)
      guard ports.count <= 1 else { return .never("it listens on \(ports.count) ports: \(ports.sorted())") }
      guard let port = ports.first else { return .notYet() }
      found(port)
      return .met
    }
  }
}
