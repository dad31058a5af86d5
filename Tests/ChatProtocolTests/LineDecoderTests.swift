import TestSupport
import Testing

@testable import ChatProtocol

@Suite("The same lines come out however the bytes are split on their way")
struct LineDecoderTests {
  /// The decoded entries, each with whether more follows, and the bytes a pipe would get.
  private struct Output: Equatable {
    var entries: [[UInt8]] = []
    var moreFollows: [Bool] = []
    var piped: [UInt8] = []

    mutating func take(_ messages: inout ReceivedMessages) {
      entries += messages.entries.map { Array(messages.text($0)) }
      moreFollows += messages.entries.map(\.moreFollows)
      piped += messages.bytes
      messages.removeAll()
    }
  }

  /// Decodes `chunks` and the end of the stream.
  /// - Parameter keepsMessages: whether the messages are removed only at the end, rather than after every chunk.
  private func decode(_ chunks: [ArraySlice<UInt8>], keepsMessages: Bool = false) -> Output {
    var decoder = LineDecoder()
    var messages = ReceivedMessages()
    var output = Output()
    for chunk in chunks {
      decoder.decode(chunk, into: &messages)
      if !keepsMessages { output.take(&messages) }
    }
    decoder.finish(into: &messages)
    output.take(&messages)
    return output
  }

  private func chunks(_ bytes: [UInt8], of size: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
  }

  /// The lines of a text without overlong ones, found in the simplest way.
  private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    if parts.last == [] { parts.removeLast() }
    return parts.map { $0.last == 0x0D ? $0.dropLast() : $0 }
  }

  private static let shortTexts: [[UInt8]] =
    [
      "", "\n", "\r\n", "\r", "\r\r\n", "\n\r\n\n", "a", "a\n", "a\r\n", "a\rb\n", "\ra\r\r\n\r\n",
      "one\ntwo\r\n\nfour",
      "one\r\ntwo\r\n", "\n\n\nx\n\n", "caf\u{E9}\r\n\u{1F40C}\u{20AC}\nend\r",
      "eight by\nte words and\r\nmore than one\n",
    ].map { (text: String) in Array(text.utf8) } + [
      [0xFF, 0x0A, 0xC3, 0x0A, 0x80, 0x0D, 0x0A, 0x00, 0x0A, 0xE2, 0x82],
      [0xC3, 0x0D, 0x0A, 0xF0, 0x9F, 0x0A],
    ]

  @Test("Every text, split at every two points", arguments: shortTexts)
  func everySplit(text: [UInt8]) {
    let expected = lines(text)
    for first in 0...text.count {
      for second in first...text.count {
        let parts = [text[..<first], text[first..<second], text[second...]]
        for keepsMessages in [false, true] {
          let output = decode(parts, keepsMessages: keepsMessages)
          #expect(output.entries == expected, "split at \(first) and \(second)")
          #expect(!output.moreFollows.contains(true))
          #expect(output.piped == Array(expected.map { $0 + [0x0A] }.joined()))
        }
      }
    }
  }

  @Test("Every text, in chunks of every size", arguments: shortTexts)
  func everyChunkSize(text: [UInt8]) {
    for size in 1...(text.count + 1) { #expect(decode(chunks(text, of: size)).entries == lines(text), "by \(size)") }
  }

  @Test("Texts of line ends in any order, split anywhere", arguments: UInt64(1)...50)
  func randomTexts(seed: UInt64) {
    var dice = Dice(seed: seed)
    let text = dice.bytes(120, of: [0x0A, 0x0A, 0x0D, 0x61, 0x62, 0xC3])
    var parts: [ArraySlice<UInt8>] = []
    var rest = text[...]
    while !rest.isEmpty {
      let count = Int.random(in: 0...20, using: &dice)
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    #expect(decode(parts).entries == lines(text))
  }

  // MARK: Lines near and beyond the longest message

  /// Ways to split a long text: chunks of one size, and byte by byte around each multiple of the longest message.
  private func splits(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
    let near = (0...bytes.count).filter { index in
      let distance = (index + 16) % 65536
      return index == 0 || index == bytes.count || distance < 32
    }
    let bytewise = zip(near, near.dropFirst()).map { bytes[$0..<$1] }
    return [4096, 65535, 65536, 65537, 65538, 131_073].map { chunks(bytes, of: $0) } + [bytewise]
  }

  private func filled(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: count) }

  @Test(
    "The longest message is whole, with LF or CRLF or no end; one byte more makes a second piece",
    arguments: [65535, 65536, 65537, 65538, 131_072, 131_073], ["\n", "\r\n", ""])
  func aroundTheLimit(length: Int, end: String) {
    let text = Array("before\r\n".utf8) + filled(length) + Array(end.utf8) + (end.isEmpty ? [] : Array("after\n".utf8))
    let sizes = stride(from: 0, to: length, by: 65536).map { min(65536, length - $0) }
    let expected = [6] + sizes + (end.isEmpty ? [] : [5])
    let joined = Array("before\n".utf8) + filled(length) + [0x0A] + (end.isEmpty ? [] : Array("after\n".utf8))
    for (index, split) in splits(text).enumerated() {
      let output = decode(split)
      #expect(output.entries.map(\.count) == expected, "split \(index)")
      #expect(output.moreFollows.filter { $0 }.count == sizes.count - 1, "split \(index)")
      #expect(output.moreFollows.last == false)
      #expect(output.piped == joined, "split \(index)")
    }
  }

  @Test("The CR after a longest message is dropped though it comes alone, and so is the LF")
  func lateLineEnd() {
    let text = filled(65536)
    let output = decode([text[...], [0x0D], [0x0A], Array("y\n".utf8)[...]])
    #expect(output.entries == [text, [0x79]])
    #expect(output.moreFollows == [false, false])
  }

  @Test("A CR within a longest message is kept when no LF comes after it")
  func returnAtTheLimit() {
    let text = filled(65536) + [0x0D]
    let output = decode([text[...], Array("y\n".utf8)[...]])
    #expect(output.entries == [filled(65536), [0x0D, 0x79]])
    #expect(output.moreFollows == [true, false])
  }

  @Test("An overlong line is cut between characters", arguments: ["\u{E9}", "\u{20AC}", "\u{1F40C}"], 0...4)
  func cutBetweenCharacters(character: String, shift: Int) {
    let count = 140_000 / character.utf8.count
    let line = filled(shift) + Array(repeatElement(Array(character.utf8), count: count).joined())
    let text = line + [0x0D, 0x0A]
    let whole = decode([text[...]])
    #expect(whole.entries.count == 3)
    #expect(whole.moreFollows == [true, true, false])
    #expect(Array(whole.entries.joined()) == line)
    for piece in whole.entries {
      #expect(piece.count <= 65536)
      #expect(String(validating: piece, as: UTF8.self) != nil, "a character was cut in two")
    }
    for piece in whole.entries.dropLast() { #expect(piece.count > 65536 - 4, "cut earlier than needed") }
    for split in splits(text) { #expect(decode(split) == whole) }
  }

  @Test("An overlong line that is not UTF-8 loses nothing", arguments: [0x80, 0xBF, 0xC3, 0xF0, 0xFF] as [UInt8])
  func overlongRubbish(byte: UInt8) {
    let line = [UInt8](repeating: byte, count: 200_000)
    let whole = decode([(line + [0x0A])[...]])
    #expect(Array(whole.entries.joined()) == line)
    #expect(whole.entries.allSatisfy { $0.count <= 65536 })
    for split in splits(line + [0x0A]) { #expect(decode(split) == whole) }
  }

  @Test(
    "The bytes kept back never exceed a message and a byte that may be a CR", arguments: [100, 4096, 65536, 65537])
  func memory(size: Int) {
    var decoder = LineDecoder()
    var messages = ReceivedMessages()
    let chunk = filled(size)
    var fed = 0
    var passedOn = 0
    while fed < 300_000 {
      decoder.decode(chunk[...], into: &messages)
      fed += size
      passedOn += messages.bytes.count
      messages.removeAll()
      #expect(fed - passedOn <= Limits.messageBytesMax + 1)
    }
  }
}
