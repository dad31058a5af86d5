import ChatProtocol
import MessageStore
import Testing

@testable import ChatEndpoint

@Suite("A message as a JSON object")
struct JSONMessageTests {
  private func message(_ text: String, _ id: String? = nil) -> SubmittedMessage {
    SubmittedMessage(text: Array(text.utf8), id: id.flatMap { CallerID(Array($0.utf8)) })
  }

  private func problem(_ line: [UInt8]) -> JSONMessage.Problem? {
    do throws(JSONMessage.Problem) {
      _ = try JSONMessage.read(line[...])
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "has a text, perhaps of several lines, and perhaps an id",
    arguments: [
      (#"{"text":"hello"}"#, "hello", nil), (#"{"id":"7","text":"hello"}"#, "hello", "7"),
      (" \t{ \"text\" : \"a\" , \"id\" : \"b c\" } \r", "a", "b c"),
      (#"{"text":"one\ntwo\r\n\tthree","id":"\n"}"#, "one\ntwo\r\n\tthree", "\n"),
      (#"{"text":"\"\\\/\b\f\u0001\u007F"}"#, "\"\\/\u{8}\u{C}\u{1}\u{7F}", nil),
      (#"{"text":"h\u00e9llo \uD83D\uDC4B 👋 \uFFFD"}"#, "héllo 👋 👋 \u{FFFD}", nil),
      (#"{"\u0074ext":"a\u0020b"}"#, "a b", nil),
    ] as [(String, String, String?)])
  func read(line: String, text: String, id: String?) throws {
    #expect(try JSONMessage.read(Array(line.utf8)[...]) == message(text, id))
  }

  @Test(
    "must be an object of strings",
    arguments: [
      ("", .malformed(byte: 1)), (" ", .malformed(byte: 2)), ("hello", .malformed(byte: 1)),
      ("[]", .malformed(byte: 1)),
      ("{", .malformed(byte: 2)), (#"{"text":"x""#, .malformed(byte: 12)), (#"{"text":"x"}}"#, .malformed(byte: 13)),
      (#"{"text":"x",}"#, .malformed(byte: 13)), (#"{,"text":"x"}"#, .malformed(byte: 2)),
      (#"{"text" "x"}"#, .malformed(byte: 9)), (#"{text:"x"}"#, .malformed(byte: 2)),
      (#"{"text":"x" "id":"y"}"#, .malformed(byte: 13)), ("{\"text\":\"\t\"}", .malformed(byte: 10)),
      (#"{"text":"\x"}"#, .malformed(byte: 11)), (#"{"text":"\u12G4"}"#, .malformed(byte: 14)),
      (#"{"text":"\u12"#, .malformed(byte: 14)), (#"{"text":"\"#, .malformed(byte: 11)),
      ("\u{FEFF}{\"text\":\"x\"}", .malformed(byte: 1)), (#"{"text":'x'}"#, .notString(byte: 9)),
      (#"{"text":5}"#, .notString(byte: 9)), (#"{"text":null}"#, .notString(byte: 9)),
      (#"{"id":["x"],"text":"x"}"#, .notString(byte: 7)), (#"{"text":"\uD83D"}"#, .loneSurrogate(byte: 10)),
      (#"{"text":"\uD83Dx"}"#, .loneSurrogate(byte: 10)), (#"{"text":"a\uDC4B"}"#, .loneSurrogate(byte: 11)),
      (#"{"text":"\uD83D\uD83D"}"#, .loneSurrogate(byte: 10)), (#"{"text":"\uD83D\n"}"#, .loneSurrogate(byte: 10)),
    ] as [(String, JSONReader.Problem)])
  func malformed(line: String, problem: JSONReader.Problem) {
    #expect(self.problem(Array(line.utf8)) == .syntax(problem))
  }

  @Test(
    "must have a text that can be sent, an id that can be kept, and nothing else",
    arguments: [
      ("{}", .noText), (#"{"id":"x"}"#, .noText), (#"{"text":""}"#, .noText), (#"{"text":"a\u0000"}"#, .nulInText),
      (#"{"text":"x","id":""}"#, .unusableID), (#"{"text":"x","id":"\u0000"}"#, .unusableID),
      (#"{"text":"x","text":"x"}"#, .repeatedMember("text")),
      (#"{"text":"x","\u0069d":"a","id":"a"}"#, .repeatedMember("id")),
      (#"{"txt":"x"}"#, .unknownMember("txt")), (#"{"Text":"x"}"#, .unknownMember("Text")),
      (#"{"text":"x","":"y"}"#, .unknownMember("")),
    ] as [(String, JSONMessage.Problem)])
  func unusable(line: String, problem: JSONMessage.Problem) {
    #expect(self.problem(Array(line.utf8)) == problem)
  }

  @Test("is UTF-8, and bounded: the text, the id, and the line")
  func bounds() {
    #expect(problem(Array("{\"text\":\"".utf8) + [0xFF] + Array("\"}".utf8)) == .notUTF8)
    // Surrogates that are written as bytes of their own are not UTF-8.
    #expect(problem(Array("{\"text\":\"".utf8) + [0xED, 0xA0, 0xBD] + Array("\"}".utf8)) == .notUTF8)
    func line(text: String, id: String) -> [UInt8] { Array("{\"text\":\"\(text)\",\"id\":\"\(id)\"}".utf8) }
    let escape = "\\u0001"
    let longest = String(repeating: escape, count: Limits.messageBytesMax)
    let longestID = String(repeating: escape, count: CallerID.bytesMax)
    #expect(problem(line(text: longest, id: longestID)) == nil)
    #expect(problem(line(text: longest + "x", id: "1")) == .textTooLong)
    #expect(problem(line(text: "x", id: longestID + "x")) == .unusableID)
    let blanks = String(repeating: " ", count: JSONMessage.lineBytesMax - 12)
    #expect(problem(Array("{\"text\":\"x\"}\(blanks)".utf8)) == nil)
    #expect(problem(Array("{\"text\":\"x\"}\(blanks) ".utf8)) == .tooLong)
  }

  @Test("Every problem is one sentence for people")
  func descriptions() {
    let problems: [JSONMessage.Problem] = [
      .tooLong, .notUTF8, .syntax(.malformed(byte: 3)), .syntax(.loneSurrogate(byte: 3)),
      .syntax(.notString(byte: 3)), .unknownMember("x"), .repeatedMember("x"), .noText, .textTooLong, .nulInText,
      .unusableID,
    ]
    #expect(Set(problems.map(\.description)).count == problems.count)
    #expect(problems.allSatisfy { $0.description.hasPrefix("is ") || $0.description.hasPrefix("has ") })
  }

  // MARK: Lines

  @Test("Lines are decoded wherever they are cut, and the first that is no message is named")
  func lines() {
    let input = Array("{\"text\":\"one\"}\n{\"text\":\"two\",\"id\":\"2\"}\r\n{\"text\":3}\n{\"text\":\"four\"}\n".utf8)
    for cut in 0...input.count {
      var decoder = JSONMessageDecoder()
      var messages: [SubmittedMessage] = []
      let unusable = #expect(throws: JSONMessageDecoder.Unusable.self) {
        try decoder.receive(input[..<cut], &messages)
        try decoder.receive(input[cut...], &messages)
      }
      #expect(unusable == .init(line: 3, problem: .syntax(.notString(byte: 9))))
      #expect(messages == [message("one"), message("two", "2")])
    }
  }

  @Test("A last line needs no line feed, an empty line is no message, and a line without an end is bounded")
  func lastLine() {
    var decoder = JSONMessageDecoder()
    var messages: [SubmittedMessage] = []
    #expect(throws: Never.self) {
      try decoder.receive(Array("{\"text\":\"x\"}".utf8)[...], &messages)
      try decoder.finish(&messages)
    }
    #expect(messages == [message("x")] && decoder.count == 1)
    #expect(throws: JSONMessageDecoder.Unusable(line: 2, problem: .syntax(.malformed(byte: 1)))) {
      try decoder.receive([UInt8(ascii: "\n")], &messages)
    }
    var endless = JSONMessageDecoder()
    let piece = [UInt8](repeating: UInt8(ascii: " "), count: Limits.readBytesMax)
    #expect(throws: JSONMessageDecoder.Unusable(line: 1, problem: .tooLong)) {
      for _ in 0...JSONMessage.lineBytesMax / piece.count { try endless.receive(piece[...], &messages) }
    }
  }
}
