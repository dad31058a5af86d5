import Testing

@testable import Basics

@Suite("UTF-8 is checked as the standard library checks it")
struct UTF8TextTests {
  /// Whether the checker accepts all bytes and is not left inside a character.
  private func accepts(_ bytes: [UInt8]) -> Bool {
    var checker = UTF8Text.Checker()
    return bytes.allSatisfy { checker.accept($0) } && !checker.isInsideCharacter
  }

  private func isValid(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

  @Test("Every sequence of one and of two bytes")
  func oneAndTwoBytes() {
    for first in UInt8.min...UInt8.max {
      #expect(accepts([first]) == isValid([first]), "\(first)")
      for second in UInt8.min...UInt8.max where accepts([first, second]) != isValid([first, second]) {
        Issue.record("\(first) \(second)")
      }
    }
  }

  /// The ends of every range of RFC 3629 section 4, and the bytes just outside.
  private static let edges: [UInt8] = [
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
    0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
  ]

  @Test("Every sequence of three edge bytes")
  func threeBytes() {
    for first in UTF8TextTests.edges {
      for second in UTF8TextTests.edges {
        for third in UTF8TextTests.edges where accepts([first, second, third]) != isValid([first, second, third]) {
          Issue.record("\(first) \(second) \(third)")
        }
      }
    }
  }

  @Test("Every sequence of four edge bytes that begins as one of four")
  func fourBytes() {
    for first in UTF8TextTests.edges where first >= 0xE0 {
      for second in UTF8TextTests.edges {
        for third in UTF8TextTests.edges {
          for fourth in UTF8TextTests.edges {
            let bytes = [first, second, third, fourth]
            if accepts(bytes) != isValid(bytes) { Issue.record("\(bytes)") }
          }
        }
      }
    }
  }

  @Test("A character that has only begun is neither accepted nor refused yet")
  func insideCharacter() {
    var checker = UTF8Text.Checker()
    for byte in "\u{1F40C}".utf8.dropLast() {
      let taken = checker.accept(byte)
      #expect(taken)
      #expect(checker.isInsideCharacter)
    }
  }

  @Test(
    "Text is cut before a character that does not fit",
    arguments: [
      ("", 4, 0), ("abcdef", 4, 4), ("abcd", 4, 4), ("abc\u{E9}", 4, 3), ("ab\u{E9}x", 4, 4), ("abc\u{20AC}", 4, 3),
      ("ab\u{20AC}", 4, 2), ("a\u{20AC}x", 4, 4), ("\u{1F40C}x", 4, 4), ("a\u{1F40C}", 4, 1), ("ab\u{1F40C}", 4, 2),
      ("abc\u{1F40C}", 4, 3),
    ])
  func boundary(text: String, limit: Int, expected: Int) {
    let bytes = Array(text.utf8)
    #expect(UTF8Text.boundary(in: bytes[...], atMost: limit) == expected)
    // The same in a slice that does not begin at 0.
    let shifted = [0x78, 0x78] + bytes
    #expect(UTF8Text.boundary(in: shifted[2...], atMost: limit) == expected + 2)
  }

  @Test("Bytes without characters are cut anywhere, and never to nothing")
  func boundaryOfRubbish() {
    for byte: UInt8 in [0x80, 0xC3, 0xE2, 0xF0, 0xFF] {
      let end = UTF8Text.boundary(in: [UInt8](repeating: byte, count: 10)[...], atMost: 4)
      #expect(end > 0 && end <= 4, "\(byte)")
    }
  }
}
