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

  /// Why the line after those handed over cannot be, once that is known. There is no more to read then.
  private(set) var unusable: Failure?

  /// How many lines there are, where that is known before they are read.
  let total: Int?
  /// Lines handed over so far.
  private(set) var handedOver = 0
  /// Whether all lines were handed over and there will be no more.
  private(set) var hasEnded = false

  /// Opens the input. A regular file is checked whole before the first line is handed over, so that nothing of an unusable one
  /// is ever sent.
  /// - Throws: `noInput` when it cannot be read, `badInput` with the line when it is unusable.
  init(_ input: Settings.Input) throws(Failure) {
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

  /// Lines of a file that were not handed over; 0 where that cannot be known. The file may have changed since it was counted.
  var linesLeft: Int { hasEnded ? 0 : max(0, (total ?? 0) - handedOver) }

  /// For interest in readiness.
  var number: CInt { file.number }

  /// Reads the next lines; nil when there are no whole ones yet.
  /// - Throws: `inputOutput` when reading fails.
  func read() throws(Failure) -> Chunk? {
    switch try BatchInput.read(file, into: &buffer, name) {
    case .wouldBlock: return nil
    case .endOfStream: return finish()
    case .moved(let count):
      do throws(BatchChecker.Violation) { try checker.check(buffer[..<count]) } catch {
        unusable = BatchInput.unusable(name, error)
        return handOver(wholeLines(error.line - 1 - handedOver, of: open + buffer[..<count]))
      }
      guard let last = buffer[..<count].lastIndex(of: UInt8(ascii: "\n")) else {
        open.append(contentsOf: buffer[..<count])
        return nil
      }
      defer { open = Array(buffer[(last + 1)..<count]) }
      return handOver(open.isEmpty ? buffer[...last] : open + buffer[...last])
    }
  }

  /// The input has ended: what no line feed ended is a line too.
  private func finish() -> Chunk? {
    hasEnded = true
    do throws(BatchChecker.Violation) { try checker.finish() } catch {
      unusable = BatchInput.unusable(name, error)
      return nil
    }
    guard !open.isEmpty else { return nil }
    open.append(UInt8(ascii: "\n"))
    defer { open = [] }
    return handOver(open[...])
  }

  /// The first `count` lines of `text`.
  private func wholeLines(_ count: Int, of text: [UInt8]) -> ArraySlice<UInt8> {
    var rest = text[...]
    for _ in 0..<count { rest = rest[(rest.firstIndex(of: UInt8(ascii: "\n"))! + 1)...] }
    return text[..<rest.startIndex]
  }

  private func handOver(_ lines: ArraySlice<UInt8>) -> Chunk? {
    let count = checker.lines - handedOver
    handedOver = checker.lines
    return count > 0 ? Chunk(lines: lines, count: count) : nil
  }

  /// Reads a regular file from where it stands to its end, checking, and goes back.
  private static func countLines(_ file: borrowing InputFile, _ name: String) throws(Failure) -> Int {
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
  ) throws(Failure) -> Transfer {
    try reading(name) { () throws(SystemError) in try file.read(into: &buffer) }
  }

  /// Makes a call on the input, and a failure of its failure.
  private static func reading<Result>(
    _ name: String, _ call: () throws(SystemError) -> Result
  ) throws(Failure) -> Result {
    do throws(SystemError) { return try call() } catch {
      throw .input(.failed(name: name, error))
    }
  }

  /// Checks something of the input, and makes a failure of its violation.
  private static func checking(
    _ name: String, _ check: () throws(BatchChecker.Violation) -> Void
  ) throws(Failure) {
    do throws(BatchChecker.Violation) { try check() } catch { throw BatchInput.unusable(name, error) }
  }

  private static func unreadable(_ input: Settings.Input, _ error: SystemError) -> Failure {
    let name = if case .file(let path) = input { path } else { "standard input" }
    return .input(.unreadable(name: name, error))
  }

  private static func unusable(_ name: String, _ violation: BatchChecker.Violation) -> Failure {
    .input(.unusable(name: name, violation))
  }
}
