import Testing

@testable import ChatProtocol

@Suite("Received messages stand in one piece of memory, with the pieces of one joined")
struct ReceivedMessagesTests {
  @Test("A line feed follows each whole message")
  func wholeMessages() {
    var messages = ReceivedMessages()
    for text in ["one", "", "three"] {
      messages.append(Array(text.utf8)[...])
      messages.close(at: messages.bytes.count, number: 1, moreFollows: false)
      messages.append([UInt8(ascii: "\n")])
    }
    #expect(messages.bytes == Array("one\n\nthree\n".utf8))
    #expect(messages.entries.map(\.range) == [0..<3, 4..<4, 5..<10])
    #expect(messages.entries.allSatisfy { !$0.moreFollows })
    #expect(messages.entries.map { Array(messages.text($0)) } == [Array("one".utf8), [], Array("three".utf8)])
  }

  @Test("The pieces of one message follow each other without a line feed")
  func pieces() {
    var messages = ReceivedMessages()
    messages.append(Array("abc".utf8)[...])
    messages.close(at: 3, number: 7, moreFollows: true)
    messages.append(Array("de".utf8)[...])
    messages.close(at: 5, number: 7, moreFollows: false)
    messages.append([UInt8(ascii: "\n")])
    #expect(messages.bytes == Array("abcde\n".utf8))
    #expect(
      messages.entries == [
        .init(number: 7, range: 0..<3, moreFollows: true), .init(number: 7, range: 3..<5, moreFollows: false),
      ])
  }

  @Test("Once all messages are removed, it is as new")
  func emptied() {
    var messages = ReceivedMessages()
    messages.append(Array("abc\n".utf8)[...])
    messages.close(at: 3, number: 7, moreFollows: false)
    #expect(!messages.isEmpty)
    messages.removeAll()
    #expect(messages.isEmpty)
    #expect(messages.bytes.isEmpty)
    #expect(messages.openStart == 0)
  }
}
