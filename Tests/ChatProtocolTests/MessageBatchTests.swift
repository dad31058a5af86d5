import Testing

@testable import ChatProtocol

@Suite("A batch keeps messages in one piece of memory, and pieces joined")
struct MessageBatchTests {
  @Test("A line feed follows each whole message")
  func wholeMessages() {
    var batch = MessageBatch()
    for text in ["one", "", "three"] {
      batch.append(Array(text.utf8)[...])
      batch.close(at: batch.bytes.count, number: 1, moreFollows: false)
      batch.append([UInt8(ascii: "\n")])
    }
    #expect(batch.bytes == Array("one\n\nthree\n".utf8))
    #expect(batch.entries.map(\.range) == [0..<3, 4..<4, 5..<10])
    #expect(batch.entries.allSatisfy { !$0.moreFollows })
    #expect(batch.entries.map { Array(batch.text($0)) } == [Array("one".utf8), [], Array("three".utf8)])
  }

  @Test("The pieces of one message follow each other without a line feed")
  func pieces() {
    var batch = MessageBatch()
    batch.append(Array("abc".utf8)[...])
    batch.close(at: 3, number: 7, moreFollows: true)
    batch.append(Array("de".utf8)[...])
    batch.close(at: 5, number: 7, moreFollows: false)
    batch.append([UInt8(ascii: "\n")])
    #expect(batch.bytes == Array("abcde\n".utf8))
    #expect(
      batch.entries == [
        .init(number: 7, range: 0..<3, moreFollows: true), .init(number: 7, range: 3..<5, moreFollows: false),
      ])
  }

  @Test("An emptied batch is as new")
  func emptied() {
    var batch = MessageBatch()
    batch.append(Array("abc\n".utf8)[...])
    batch.close(at: 3, number: 7, moreFollows: false)
    #expect(!batch.isEmpty)
    batch.removeAll()
    #expect(batch.isEmpty)
    #expect(batch.bytes.isEmpty)
    #expect(batch.openStart == 0)
  }
}
