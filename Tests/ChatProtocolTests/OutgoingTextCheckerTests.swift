import Testing

@testable import ChatProtocol

@Suite("Batch input is checked line by line, however it is split")
struct OutgoingTextCheckerTests {
  /// The result of checking a whole text: the number of its lines, or the violation.
  private func check(_ bytes: [UInt8], chunk: Int) -> Result<Int, OutgoingTextChecker.Unusable> {
    var checker = OutgoingTextChecker()
    do {
      var rest = bytes[...]
      while !rest.isEmpty {
        try checker.check(rest.prefix(chunk))
        rest = rest.dropFirst(chunk)
      }
      try checker.finish()
      return .success(checker.lines)
    } catch {
      return .failure(error)
    }
  }

  private static let longest = [UInt8](repeating: UInt8(ascii: "x"), count: 65536)

  @Test(
    "Lines are counted, a last one without a line feed too",
    arguments: [
      ("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("a\nb", 2), ("a\r\nb\r\n", 2), ("\u{E9}\n\u{1F40C}", 2),
    ])
  func counts(text: String, lines: Int) {
    for chunk in 1...8 { #expect(check(Array(text.utf8), chunk: chunk) == .success(lines), "in chunks of \(chunk)") }
  }

  @Test(
    "A line that cannot be sent is named, however the text is split",
    arguments: [
      ([0x00], 1, .nulByte), ([0x61, 0x0A, 0x62, 0x00, 0x0A], 2, .nulByte), ([0xFF], 1, .notUTF8),
      ([0x61, 0x0A, 0x0A, 0xC3], 3, .notUTF8), ([0xC3, 0x0A, 0xA9], 1, .notUTF8),
      ([0x61, 0x0A, 0xC0, 0x80], 2, .notUTF8),
      ([0xED, 0xA0, 0x80, 0x0A], 1, .notUTF8), ([0xC3, 0xA9, 0x0A, 0x00], 2, .nulByte),
      ([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x0A, 0xE2, 0x82, 0xAC, 0x0A, 0x0A, 0x80], 4, .notUTF8),
    ] as [([UInt8], Int, OutgoingTextChecker.Unusable.Reason)])
  func violations(bytes: [UInt8], line: Int, reason: OutgoingTextChecker.Unusable.Reason) {
    for chunk in 1...(bytes.count + 1) {
      #expect(
        check(bytes, chunk: chunk) == .failure(.init(line: line, reason: reason)), "\(bytes) in chunks of \(chunk)")
    }
  }

  @Test("The longest line passes, one byte more does not", arguments: [1, 7, 8, 4096, 65535, 65536, 65537, 200_000])
  func tooLong(chunk: Int) {
    let two = Array("a\n".utf8) + OutgoingTextCheckerTests.longest
    #expect(check(two, chunk: chunk) == .success(2))
    #expect(check(two + [0x0A], chunk: chunk) == .success(2))
    #expect(check(two + [0x78, 0x0A], chunk: chunk) == .failure(.init(line: 2, reason: .tooLong)))
  }

  @Test("Length is counted in bytes of UTF-8")
  func lengthInBytes() {
    let euros = [[UInt8]](repeating: Array("\u{20AC}".utf8), count: 21845).flatMap { $0 }
    #expect(euros.count == 65535)
    #expect(check(euros + [0x78], chunk: 4096) == .success(1))
    #expect(check(euros + Array("\u{E9}".utf8), chunk: 4096) == .failure(.init(line: 1, reason: .tooLong)))
  }

  @Test("The checker knows whether the text ends within a line")
  func insideLine() throws {
    var checker = OutgoingTextChecker()
    #expect(!checker.isInsideLine)
    try checker.check(Array("ab".utf8)[...])
    #expect(checker.isInsideLine)
    #expect(checker.lines == 0)
    try checker.check([0x0A])
    #expect(!checker.isInsideLine)
    #expect(checker.lines == 1)
  }
}
