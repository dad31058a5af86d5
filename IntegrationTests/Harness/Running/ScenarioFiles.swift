import Glibc

/// Finding scenario files and the programs they need.
public enum ScenarioFiles {
  /// The directory of the scenarios that come with this harness, in the sources it was built from.
  public static let own: String = {
    let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(here)/Scenarios"
  }()

  /// A path as it is shortest from the current directory.
  public static func fromHere(_ path: String) -> String {
    let here = absolute(".") + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  /// The files that paths name: a directory stands for the scenarios in it. Throws when one names nothing.
  public static func find(_ paths: [String]) throws -> [String] {
    try paths.flatMap { path -> [String] in
      guard FileTree.mode(path) != nil else { throw SystemFailure("cannot read \(path)") }
      guard FileTree.isDirectory(absolute(path)) else { return [path] }
      return FileTree.names(in: path).filter { $0.hasSuffix(".scenario") }.map { "\(path)/\($0)" }
    }
  }

  /// The name of the scenario in a file: the file's own, without directory and ending.
  public static func name(of file: String) -> String {
    let base = file.split(separator: "/").last.map(String.init) ?? file
    return base.hasSuffix(".scenario") ? String(base.dropLast(".scenario".count)) : base
  }

  /// Reads one file and understands it.
  public static func read(_ file: String) throws -> Scenario {
    guard let content = FileTree.read(file) else { throw SystemFailure("cannot read \(file)") }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw ScenarioError(place: Place(file: file, line: 1, column: 1), message: "the file is not UTF-8")
    }
    return try Scenario(file: file, text: text)
  }

  /// The program under test: `$TINCAN_BINARY`, else the one beside this program. Nil leaves it to PATH.
  public static var testedProgram: String? {
    if let named = getenv("TINCAN_BINARY").map({ String(cString: $0) }), !named.isEmpty { return absolute(named) }
    let beside = "\(ownDirectory)/tincan"
    return FileTree.mode(beside) != nil ? beside : nil
  }

  /// The program that plays one scenario by itself, beside this program.
  public static var runner: String { "\(ownDirectory)/scenario" }

  /// A path that means the same from every directory.
  public static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static var ownDirectory: String {
    let program = absolute("/proc/self/exe")
    return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
  }
}
