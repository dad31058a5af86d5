import ChatProtocol
import Sockets

/// The input of a batch endpoint: each line is a message, or the JSON object of one. It is read in chunks, checked, and
/// handed over in whole lines.
final class BatchInput {
  /// Some messages.
  enum Chunk {
    /// Whole lines, each with its line feed, and their number.
    case lines(ArraySlice<UInt8>, count: Int)
    /// The messages of lines of JSON.
    case messages([SubmittedMessage])
  }

  private let file: InputFile
  /// Its name in sentences.
  private let name: String
  private var checker = OutgoingTextChecker()
  /// Nil if each line is the text of a message.
  private var decoder: JSONMessageDecoder?
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
  ///   ``InputFailure/unusable(name:_:)`` or ``InputFailure/noMessage(name:_:)``.
  /// - Parameter isJSON: whether each line is a JSON object.
  init(_ input: Settings.Input, isJSON: Bool = false) throws(Failure) {
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
    decoder = isJSON ? JSONMessageDecoder() : nil
    total = file.isRegularFile ? try BatchInput.countLines(file, name, isJSON: isJSON) : nil
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
    case .endOfStream where decoder != nil: return decode(nil)
    case .moved(let count) where decoder != nil: return decode(buffer[..<count])
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

  /// Takes lines of JSON.
  /// - Parameter bytes: nil at the end of the input.
  private func decode(_ bytes: ArraySlice<UInt8>?) -> Chunk? {
    var messages: [SubmittedMessage] = []
    do throws(JSONMessageDecoder.Unusable) {
      if let bytes {
        try decoder?.receive(bytes, &messages)
      } else {
        hasEnded = true
        try decoder?.finish(&messages)
      }
    } catch {
      unusable = .input(.noMessage(name: name, error))
    }
    handedOver += messages.count
    return messages.isEmpty ? nil : .messages(messages)
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
    return count > 0 ? .lines(lines, count: count) : nil
  }

  /// Reads and checks a regular file from its present offset to its end, and goes back.
  private static func countLines(
    _ file: borrowing InputFile, _ name: String, isJSON: Bool
  ) throws(Failure) -> Int {
    let start = try reading(name) { () throws(SystemError) in try file.offset }
    let count = isJSON ? try countMessages(file, name) : try countLines(file, name)
    try reading(name) { () throws(SystemError) in try file.seek(to: start) }
    return count
  }

  private static func countLines(_ file: borrowing InputFile, _ name: String) throws(Failure) -> Int {
    var checker = OutgoingTextChecker()
    var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
    while case .moved(let count) = try read(file, into: &buffer, name) {
      try checking(name) { () throws(OutgoingTextChecker.Unusable) in try checker.check(buffer[..<count]) }
    }
    try checking(name) { () throws(OutgoingTextChecker.Unusable) in try checker.finish() }
    return checker.lines
  }

  private static func countMessages(_ file: borrowing InputFile, _ name: String) throws(Failure) -> Int {
    var decoder = JSONMessageDecoder()
    var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
    while case .moved(let count) = try read(file, into: &buffer, name) {
      try decoding(name) { () throws(JSONMessageDecoder.Unusable) in
        var messages: [SubmittedMessage] = []
        try decoder.receive(buffer[..<count], &messages)
      }
    }
    try decoding(name) { () throws(JSONMessageDecoder.Unusable) in
      var messages: [SubmittedMessage] = []
      try decoder.finish(&messages)
    }
    return decoder.count
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

  /// The same for a line that is no message.
  private static func decoding(
    _ name: String, _ decode: () throws(JSONMessageDecoder.Unusable) -> Void
  ) throws(Failure) {
    do throws(JSONMessageDecoder.Unusable) { try decode() } catch { throw .input(.noMessage(name: name, error)) }
  }

  private static func unreadable(_ input: Settings.Input, _ error: SystemError) -> Failure {
    let name = if case .file(let path) = input { path } else { "standard input" }
    return .input(.unreadable(name: name, error))
  }

  private static func unusable(_ name: String, _ line: OutgoingTextChecker.Unusable) -> Failure {
    .input(.unusable(name: name, line))
  }
}
