import ChatProtocol
import Sockets

/// The input of a batch endpoint: each line is a message. Read in chunks, checked, and handed on in whole lines.
final class BatchInput {
  /// Whole lines, each with its line feed, and how many they are.
  struct Chunk {
    let lines: ArraySlice<UInt8>
    let count: Int
  }

  private let file: InputFile
  /// What it is called in sentences.
  private let name: String
  private var checker = BatchChecker()
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
  /// The beginning of a line whose end was not read yet.
  private var open: [UInt8] = []

  /// Why the line after those handed out cannot be, once that is known. There is no more to read then.
  private(set) var unusable: Departure?

  /// How many lines there are, where that is known before they are read.
  let total: Int?
  /// Lines handed out so far.
  private(set) var handedOut = 0
  /// Whether all lines were handed out and there will be no more.
  private(set) var isUsedUp = false

  /// Opens the input. A regular file is checked whole before the first line is handed out, so that nothing of an unusable one
  /// is ever sent.
  /// - Throws: `noInput` when it cannot be read, `badInput` with the line when it is unusable.
  init(_ input: Settings.Input) throws(Departure) {
    do throws(SystemError) {
      switch input {
      case .file(let path):
        name = path
        file = try InputFile(path: path)
      case .standardInput, .keyboard:
        name = "standard input"
        file = try InputFile.standardInput()
      }
    } catch {
      throw BatchInput.unreadable(input, error)
    }
    total = file.isRegularFile ? try BatchInput.countLines(file, name) : nil
  }

  /// Lines of a file that were not handed out; 0 where that cannot be known. The file may have changed since it was counted.
  var linesLeft: Int { isUsedUp ? 0 : max(0, (total ?? 0) - handedOut) }

  /// For interest in readiness.
  var number: CInt { file.number }

  /// Reads the next lines; nil when there are no whole ones yet.
  /// - Throws: `inputOutput` when reading fails.
  func read() throws(Departure) -> Chunk? {
    switch try BatchInput.read(file, into: &buffer, name) {
    case .wouldBlock: return nil
    case .endOfStream: return finish()
    case .moved(let count):
      do throws(BatchChecker.Violation) { try checker.check(buffer[..<count]) } catch {
        unusable = BatchInput.unusable(name, error)
        return handOut(wholeLines(error.line - 1 - handedOut, of: open + buffer[..<count]))
      }
      guard let last = buffer[..<count].lastIndex(of: UInt8(ascii: "\n")) else {
        open.append(contentsOf: buffer[..<count])
        return nil
      }
      defer { open = Array(buffer[(last + 1)..<count]) }
      return handOut(open.isEmpty ? buffer[...last] : open + buffer[...last])
    }
  }

  /// The input is over: what no line feed ended is a line too.
  private func finish() -> Chunk? {
    isUsedUp = true
    do throws(BatchChecker.Violation) { try checker.finish() } catch {
      unusable = BatchInput.unusable(name, error)
      return nil
    }
    guard !open.isEmpty else { return nil }
    open.append(UInt8(ascii: "\n"))
    defer { open = [] }
    return handOut(open[...])
  }

  /// The first `count` lines of `text`.
  private func wholeLines(_ count: Int, of text: [UInt8]) -> ArraySlice<UInt8> {
    var rest = text[...]
    for _ in 0..<count { rest = rest[(rest.firstIndex(of: UInt8(ascii: "\n"))! + 1)...] }
    return text[..<rest.startIndex]
  }

  private func handOut(_ lines: ArraySlice<UInt8>) -> Chunk? {
    let count = checker.lines - handedOut
    handedOut = checker.lines
    return count > 0 ? Chunk(lines: lines, count: count) : nil
  }

  /// Reads a regular file from where it stands to its end, checking, and goes back.
  private static func countLines(_ file: borrowing InputFile, _ name: String) throws(Departure) -> Int {
    var checker = BatchChecker()
    var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
    let start = try reading(name) { () throws(SystemError) in try file.offset }
    while case .moved(let count) = try read(file, into: &buffer, name) {
      try checking(name) { () throws(BatchChecker.Violation) in try checker.check(buffer[..<count]) }
    }
    try checking(name) { () throws(BatchChecker.Violation) in try checker.finish() }
    try reading(name) { () throws(SystemError) in try file.seek(to: start) }
    return checker.lines
  }

  private static func read(
    _ file: borrowing InputFile, into buffer: inout [UInt8], _ name: String
  ) throws(Departure) -> Transfer {
    try reading(name) { () throws(SystemError) in try file.read(into: &buffer) }
  }

  /// Makes a call on the input, and a departure of its failure.
  private static func reading<Result>(
    _ name: String, _ call: () throws(SystemError) -> Result
  ) throws(Departure) -> Result {
    do throws(SystemError) { return try call() } catch {
      throw Departure(.inputOutput, "reading \(name) failed: \(error)")
    }
  }

  /// Checks something of the input, and makes a departure of its violation.
  private static func checking(
    _ name: String, _ check: () throws(BatchChecker.Violation) -> Void
  ) throws(Departure) {
    do throws(BatchChecker.Violation) { try check() } catch { throw BatchInput.unusable(name, error) }
  }

  private static func unreadable(_ input: Settings.Input, _ error: SystemError) -> Departure {
    let name = if case .file(let path) = input { path } else { "standard input" }
    return Departure(.noInput, "cannot read \(name): \(error)")
  }

  private static func unusable(_ name: String, _ violation: BatchChecker.Violation) -> Departure {
    let what =
      switch violation.reason {
      case .tooLong: "is longer than \(Limits.messageBytesMax) bytes, the most one message can be"
      case .nulByte: "has a NUL byte; messages are text"
      case .notUTF8: "is not UTF-8; messages are text (iconv converts)"
      }
    return Departure(.badInput, "\(name), line \(violation.line) \(what)")
  }
}
