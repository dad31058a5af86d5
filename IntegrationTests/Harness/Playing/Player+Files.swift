import Glibc

/// The scenario's files.
extension Player {
  func write(_ block: [Template], to file: Template) throws {
    try write(text(block), to: file)
  }

  func write(_ text: TextSource, to file: Template) throws {
    let content = try bytes(text)
    let path = self.path(try string(file))
    do {
      if let slash = path.lastIndex(of: "/") { try FileTree.makeDirectory(String(path[..<slash])) }
      try FileTree.write(content, to: path)
    } catch let error as SystemFailure {
      throw Failure(expected: "to write \(path)", actual: error.description)
    }
  }

  /// The census excuses it.
  func mayBeLeft(_ file: Template) throws { _ = path(try string(file)) }

  // MARK: Seeing

  private func reading(
    _ file: Template, _ expected: String, _ verdict: @escaping ([UInt8]) -> Condition.Verdict
  ) throws -> Condition {
    let name = try string(file)
    let path = self.path(name)
    return Condition(expected: "file \(name) \(expected)", changesSilently: true) {
      guard let content = FileTree.read(path) else { return .notYet("there is no such file to read") }
      return verdict(content)
    }
  }

  func file(_ file: Template, is block: [Template]) throws -> Condition {
    try self.file(file, is: text(block))
  }

  func file(_ file: Template, is text: TextSource) throws -> Condition {
    let matcher = try matcher(text)
    let quoted = try quoted(text)
    let path = self.path(try string(file))
    var condition = try reading(file, "to be exactly \(quoted)") { content in
      matcher.isWhole(content[...]) ? .met : .notYet()
    }
    condition.explain = { FileTree.read(path).map { Words.difference($0, from: matcher) } ?? "" }
    return condition
  }

  func file(_ file: Template, contains text: TextSource) throws -> Condition {
    let matcher = try soughtText(text)
    return try reading(file, "to contain \(try quoted(text))") { [self] content in
      guard let range = matcher.firstRange(in: content[...]) else { return .notYet("it is \(Words.quoted(content))") }
      keep(matcher.captures(in: content[...], at: range), of: content[...])
      return .met
    }
  }

  func fileExists(_ file: Template) throws -> Condition {
    let name = try string(file)
    let path = self.path(name)
    return Condition(expected: "file \(name) to exist", changesSilently: true) {
      FileTree.mode(path) != nil ? .met : .notYet()
    }
  }

  /// The mode as `chmod` takes it: 600 is read and write for the owner alone.
  func file(_ file: Template, hasMode mode: mode_t) throws -> Condition {
    let name = try string(file)
    let path = self.path(name)
    return Condition(expected: "file \(name) to have mode \(String(mode, radix: 8))", changesSilently: true) {
      guard let found = FileTree.mode(path) else { return .notYet("there is no such file") }
      let now = found & 0o7777
      return now == mode ? .met : .notYet("its mode is \(String(now, radix: 8))")
    }
  }

  func fileIsAbsent(_ file: Template) throws -> Invariant {
    let name = try string(file)
    let path = self.path(name)
    return Invariant(expected: "no file \(name)") { FileTree.mode(path) == nil ? nil : "it exists" }
  }
}
