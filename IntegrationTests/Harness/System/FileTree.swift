import Glibc

/// Files by path: the few things the harness does with them.
public enum FileTree {
  /// The whole content, or nil when there is no such file to read. Only of regular files: others may never end.
  public static func read(_ path: String) -> [UInt8]? {
    // A pipe without a writer must not hold up the one thread there is.
    let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(owning: number)
    var status = stat()
    guard fstat(descriptor.number, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
      return nil
    }
    var content: [UInt8] = []
    while true {
      switch readSome(from: descriptor.number, limit: 1 << 16) {
      case .bytes(let more): content += more
      case .endOfStream: return content
      case .wouldBlock, .failed: return nil
      }
    }
  }

  /// Writes the whole content; an existing file is replaced.
  public static func write(_ content: [UInt8], to path: String) throws {
    let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard number >= 0 else { throw SystemFailure("cannot write \(path)") }
    let descriptor = Descriptor(owning: number)
    var rest = content[...]
    while !rest.isEmpty {
      guard let count = writeSome(rest, to: descriptor.number) else { throw SystemFailure("cannot write \(path)") }
      rest = rest.dropFirst(count)
    }
  }

  /// The type and permissions of what the path names, without following a link; nil when there is nothing.
  public static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
  }

  static func isDirectory(_ path: String) -> Bool {
    mode(path).map { $0 & S_IFMT == S_IFDIR } ?? false
  }

  /// The names in a directory, sorted; none when it cannot be read.
  public static func names(in directory: String) -> [String] {
    guard let handle = opendir(directory) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Every file below a directory, as paths relative to it; directories only when they are empty.
  static func everything(below directory: String, prefix: String = "") -> [String] {
    names(in: directory).flatMap { name -> [String] in
      let path = "\(directory)/\(name)"
      guard isDirectory(path) else { return [prefix + name] }
      let inside = everything(below: path, prefix: "\(prefix)\(name)/")
      return inside.isEmpty ? ["\(prefix)\(name)/"] : inside
    }
  }

  /// Makes a directory and those above it.
  public static func makeDirectory(_ path: String) throws {
    if isDirectory(path) || path.isEmpty { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("cannot make \(path)") }
  }

  /// Makes a directory of its own, whose name begins with the path given.
  public static func makeUniqueDirectory(_ path: String) throws -> String {
    var template = Array("\(path).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemFailure("cannot make a directory \(path).*") }
    return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Removes a file, or a directory with all that is in it.
  public static func remove(_ path: String) {
    if isDirectory(path) {
      for name in names(in: path) { remove("\(path)/\(name)") }
      _ = rmdir(path)
    } else {
      _ = unlink(path)
    }
  }

  /// The path where a program is found: a name with a slash is a path from the directory given, another one is looked
  /// for on the search path.
  static func program(_ name: String, searchPath: String, directory: String) -> String? {
    let places =
      name.contains("/") ? [name.hasPrefix("/") ? "" : directory] : searchPath.split(separator: ":").map(String.init)
    let candidates = places.map { $0.isEmpty ? name : "\($0)/\(name)" }
    return candidates.first(where: isProgram)
  }

  /// Whether the path names a file that can be run. When not, errno says why.
  static func isProgram(_ path: String) -> Bool {
    var status = stat()
    guard access(path, X_OK) == 0, stat(path, &status) == 0 else { return false }
    errno = EISDIR
    return status.st_mode & S_IFMT == S_IFREG
  }
}
