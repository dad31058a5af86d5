import Testing

@testable import Terminal

@Suite("What was typed and waits")
struct TypedQueueTests {
  private func keys(_ queue: inout TypedQueue) -> String {
    var keys: [UInt8] = []
    while let key = queue.takeKey() { keys.append(key) }
    return String(decoding: keys, as: UTF8.self)
  }

  @Test("Keys come one by one, and a text stops them until it is taken")
  func order() {
    var queue = TypedQueue()
    queue.append([.keys(Array("ab".utf8)), .keys([]), .paste(Array("text".utf8)), .keys(Array("c".utf8))])
    #expect(queue.nextKey == UInt8(ascii: "a"))
    #expect(keys(&queue) == "ab")
    #expect(queue.isTextNext && queue.nextKey == nil && !queue.isEmpty)
    #expect(queue.takeText() == Array("text".utf8))
    #expect(keys(&queue) == "c")
    #expect(queue.isEmpty)
  }

  @Test("A signal stops keys and texts, and can be had at once with what is before it dropped")
  func signals() {
    var queue = TypedQueue()
    let typed: [Typed] = [.keys(Array("ab".utf8)), .signal(.interrupt), .keys(Array("c".utf8)), .signal(.quit)]
    queue.append(typed)
    #expect(keys(&queue) == "ab")
    #expect(queue.takeKey() == nil && queue.takeText() == nil && queue.nextSignal == .interrupt)
    #expect(queue.takeSignal() == .interrupt)
    #expect(queue.dropToSignal() == .quit)
    #expect(queue.isEmpty && queue.dropToSignal() == nil)
  }

  @Test("What is put first comes before the keys that are left")
  func putFirst() {
    var queue = TypedQueue()
    queue.append([.keys(Array("abc".utf8))])
    #expect(queue.takeKey() == UInt8(ascii: "a"))
    queue.putFirst(.keys(Array("x".utf8)))
    #expect(keys(&queue) == "xbc")
  }

  @Test("A text that is searched for is the beginning of its first line, without commands, in whole characters")
  func searched() {
    var queue = TypedQueue()
    queue.append([.paste(Array("a\tb\u{1B}c\nsecond".utf8)), .keys(Array("!".utf8))])
    queue.turnTextIntoKeys()
    #expect(keys(&queue) == "a b c!")
    queue.append([.paste(Array(String(repeating: "\u{20AC}", count: 400).utf8))])
    queue.turnTextIntoKeys()
    let found = keys(&queue)
    #expect(!found.contains("\u{FFFD}") && found.utf8.count <= TypedQueue.searchBytesMax && found.utf8.count > 70)
    queue.append([.paste(Array("\nonly a second line".utf8))])
    queue.turnTextIntoKeys()
    #expect(queue.isEmpty)
  }
}
