import ChatProtocol
import Sockets

/// The input of a batch endpoint: each line is a message. It is read in chunks, checked, and handed over in whole
/// lines.
final class BatchInput {
  /// Whole lines, each with its line feed, and their number.
  struct Chunk {
    let lines: ArraySlice<UInt8>
    let count: Int
  }

  private let file: InputFile
  /// Its name in sentences.
  private let name: String
  private var checker = OutgoingTextChecker()
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
  /// The beginning of a line whose end was not read yet.
  private var open: [UInt8] = []

  /// The reason why the next line cannot be sent; nil while none is known. The input is not read any more then.
  private(set) var unusable: Failure?

  /// The number of lines; nil if it is unknown before they are read.
  let total: Int?
  /// The number of lines handed over so far.
  private(set) var handedOver = 0
  /// Whether all lines were handed over and no more will come.
  private(set) var hasEnded = false

  /// Opens the input. A regular file is checked whole before its first line is handed over, so that nothing of an
  /// unusable one is ever sent.
  /// - Throws: ``InputFailure/unreadable(name:_:)``, ``InputFailure/failed(name:_:)`` or, for a file,
  ///   ``InputFailure/unusable(name:_:)``.
  init(_ input: Settings.Input) throws(Failure) {
    do throws(SystemError) {
      switch input {
      case .file(let path):
        name = path
        file = try InputFile(path: path)
      case .standardInput, .keyboard, .stored:
        name = "standard input"
        file = try InputFile.standardInput()
      }
    } catch {
      throw BatchInput.unreadable(input, error)
    }
    total = file.isRegularFile ? try BatchInput.countLines(file, name) : nil
  }

  /// The number of lines of a file that were not handed over; 0 if it is unknown. The file may have changed since its
  /// lines were counted.
  var linesLeft: Int { hasEnded ? 0 : max(0, (total ?? 0) - handedOver) }

  /// The descriptor's number, for interest in readiness.
  var number: CInt { file.number }

  /// Reads the next lines.
  /// - Returns: nil while no line is whole.
  /// - Throws: ``InputFailure/failed(name:_:)``.
  func read() throws(Failure) -> Chunk? {
    switch try BatchInput.read(file, into: &buffer, name) {
    case .wouldBlock: return nil
    case .endOfStream: return finish()
    case .moved(let count):
      do throws(OutgoingTextChecker.Unusable) { try checker.check(buffer[..<count]) } catch {
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

  /// Ends the input. A last line without its line feed is a line too.
  private func finish() -> Chunk? {
    hasEnded = true
    do throws(OutgoingTextChecker.Unusable) { try checker.finish() } catch {
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

  /// Reads and checks a regular file from its present offset to its end, and goes back.
  private static func countLines(_ file: borrowing InputFile, _ name: String) throws(Failure) -> Int {
    var checker = OutgoingTextChecker()
    var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
    let start = try reading(name) { () throws(SystemError) in try file.offset }
    while case .moved(let count) = try read(file, into: &buffer, name) {
      try checking(name) { () throws(OutgoingTextChecker.Unusable) in try checker.check(buffer[..<count]) }
    }
    try checking(name) { () throws(OutgoingTextChecker.Unusable) in try checker.finish() }
    try reading(name) { () throws(SystemError) in try file.seek(to: start) }
    return checker.lines
  }

  private static func read(
    _ file: borrowing InputFile, into buffer: inout [UInt8], _ name: String
  ) throws(Failure) -> Transfer {
    try reading(name) { () throws(SystemError) in try file.read(into: &buffer) }
  }

  /// Makes a call on the input, and turns its error into a failure.
  private static func reading<Result>(
    _ name: String, _ call: () throws(SystemError) -> Result
  ) throws(Failure) -> Result {
    do throws(SystemError) { return try call() } catch {
      throw .input(.failed(name: name, error))
    }
  }

  /// Checks something of the input, and turns a line that cannot be sent into a failure.
  private static func checking(
    _ name: String, _ check: () throws(OutgoingTextChecker.Unusable) -> Void
  ) throws(Failure) {
    do throws(OutgoingTextChecker.Unusable) { try check() } catch { throw BatchInput.unusable(name, error) }
  }

  private static func unreadable(_ input: Settings.Input, _ error: SystemError) -> Failure {
    let name = if case .file(let path) = input { path } else { "standard input" }
    return .input(.unreadable(name: name, error))
  }

  private static func unusable(_ name: String, _ line: OutgoingTextChecker.Unusable) -> Failure {
    .input(.unusable(name: name, line))
  }
}
