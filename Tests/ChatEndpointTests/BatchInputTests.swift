import Glibc
import TestSupport
import Testing

@testable import ChatEndpoint

@Suite("The input of a batch", .serialized, .leavesNoDescriptor)
struct BatchInputTests {
  private let directory = TemporaryDirectory()

  /// The lines handed over until the input has ended or is unusable, their number, and the end.
  private func drain(_ input: BatchInput) -> (text: String, count: Int, end: Failure?) {
    var text: [UInt8] = []
    var count = 0
    while true {
      do throws(Failure) {
        if case .lines(let lines, let number)? = try input.read() {
          text += lines
          count += number
        }
        if input.unusable != nil || input.hasEnded {
          return (String(decoding: text, as: UTF8.self), count, input.unusable)
        }
      } catch {
        return (String(decoding: text, as: UTF8.self), count, error)
      }
    }
  }

  @Test(
    "A file's lines are handed over, each with its line feed",
    arguments: [
      ("", "", 0), ("one\n", "one\n", 1), ("one", "one\n", 1), ("one\n\ntwo", "one\n\ntwo\n", 3), ("\n", "\n", 1),
      ("caf\u{E9}\r\n", "caf\u{E9}\r\n", 1),
    ])
  func file(content: String, expected: String, count: Int) throws {
    let input = try BatchInput(.file(path: directory.write(Array(content.utf8), to: "lines")))
    #expect(input.total == count)
    #expect(!input.hasEnded)
    let (text, number, end) = drain(input)
    #expect(text == expected)
    #expect(number == count)
    #expect(end == nil)
    #expect(input.handedOver == count)
    #expect(input.hasEnded)
  }

  @Test("A line longer than a read is put together")
  func largeFile() throws {
    let lines = (0..<10).map { String(repeating: "\($0)", count: 50_000 + $0) }
    let content = lines.joined(separator: "\n")
    let (text, count, end) = drain(try BatchInput(.file(path: directory.write(Array(content.utf8), to: "lines"))))
    #expect(text == content + "\n")
    #expect(count == 10)
    #expect(end == nil)
  }

  @Test(
    "A file with an unusable line is refused before its first line is handed over",
    arguments: [
      ([0x61, 0x0A, 0x00], 2, "has a NUL byte"), ([0x61, 0x0A, 0xFF, 0x0A], 2, "is not UTF-8"),
      ([0xC3], 1, "is not UTF-8"),
      ([UInt8](repeating: 0x61, count: 65537), 1, "is longer than 65536 bytes"),
    ] as [([UInt8], Int, String)])
  func unusableFile(bytes: [UInt8], line: Int, reason: String) throws {
    let path = directory.write(bytes, to: "lines")
    let error = try #require(throws: Failure.self) { _ = try BatchInput(.file(path: path)) }
    #expect(error.report.status == .badInput)
    #expect(try #require(ExitReason(error).sentence).hasPrefix("\(path), line \(line) \(reason)"))
  }

  @Test("A file that cannot be read is named", arguments: ["missing", "."])
  func unreadable(name: String) throws {
    let path = directory.file(name)
    let error = try #require(throws: Failure.self) { _ = try BatchInput(.file(path: path)) }
    #expect(error.report.status == .noInput)
    #expect(try #require(ExitReason(error).sentence).hasPrefix("cannot read \(path): "))
  }

  /// The messages of a chunk; none if it has others.
  private func messages(_ chunk: BatchInput.Chunk?) -> [SubmittedMessage] {
    if case .messages(let messages)? = chunk { messages } else { [] }
  }

  @Test("A file of JSON is checked whole before its first message is handed over")
  func json() throws {
    let good = "{\"text\":\"a\\nb\",\"id\":\"1\"}\n{\"text\":\"c\"}"
    let input = try BatchInput(.file(path: directory.write(Array(good.utf8), to: "good")), isJSON: true)
    #expect(input.total == 2 && input.linesLeft == 2)
    let messages = messages(try input.read())
    #expect(messages.map(\.text) == [Array("a\nb".utf8)] && messages[0].id?.text == "1" && input.linesLeft == 1)
    let rest = self.messages(try input.read())
    #expect(rest.map(\.text) == [Array("c".utf8)] && rest[0].id == nil && input.hasEnded && input.linesLeft == 0)
    let path = directory.write(Array("\(good)\nhello\n".utf8), to: "bad")
    let error = try #require(throws: Failure.self) { _ = try BatchInput(.file(path: path), isJSON: true) }
    #expect(error.report.status == .badInput && error.report.problem.hasPrefix("\(path), line 3 is no JSON object"))
  }

  @Test("Of a pipe of JSON the messages before the bad line are handed over, and it is named")
  func jsonPipe() throws {
    let input = try pipe(Array("{\"text\":\"a\"}\n{\"text\":\"b\"}\n{}\n{\"text\":\"c\"}\n".utf8), isJSON: true)
    let messages = messages(try input.read())
    #expect(messages.map(\.text) == [Array("a".utf8), Array("b".utf8)] && input.handedOver == 2 && input.total == nil)
    #expect(input.unusable?.report.problem == "\(directory.file("pipe")), line 3 has no text")
  }

  // MARK: Pipes

  /// An input from a named pipe that holds `bytes` and has ended.
  private func pipe(_ bytes: [UInt8], isJSON: Bool = false) throws -> BatchInput {
    let path = directory.file("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    // It is opened for both directions, so that neither opening waits for the other.
    let writer = open(path, O_RDWR | O_CLOEXEC)
    try #require(write(writer, bytes, bytes.count) == bytes.count)
    let input = try BatchInput(.file(path: path), isJSON: isJSON)
    close(writer)
    return input
  }

  @Test("A pipe's lines are handed over, and their total is unknown")
  func pipeLines() throws {
    let input = try pipe(Array("one\ntwo\nthree".utf8))
    #expect(input.total == nil)
    let (text, count, end) = drain(input)
    #expect(text == "one\ntwo\nthree\n")
    #expect(count == 3)
    #expect(end == nil)
    #expect(input.hasEnded)
  }

  @Test(
    "Of a pipe the good lines are handed over first, then the bad one is named",
    arguments: [
      ([0x61, 0x0A, 0x62, 0x0A, 0x00, 0x0A, 0x63, 0x0A], "a\nb\n", 3), ([0x61, 0x0A, 0xFF], "a\n", 2),
      ([0x61, 0x0A, 0x62, 0xC3], "a\n", 2), ([0x00], "", 1), ([0x61, 0x62, 0x00], "", 1),
    ] as [([UInt8], String, Int)])
  func badLineInPipe(bytes: [UInt8], expected: String, line: Int) throws {
    let input = try pipe(bytes)
    let (text, count, end) = drain(input)
    #expect(text == expected)
    #expect(count == line - 1)
    #expect(input.handedOver == line - 1)
    #expect(end?.report.status == .badInput)
    #expect(try #require(end.flatMap { ExitReason($0).sentence }).contains(", line \(line) "))
  }
}
