import TestSupport
import Testing

@testable import Basics

@Suite("A byte queue gives out its bytes in the order they came")
struct ByteQueueTests {
  @Test("A new queue is empty")
  func empty() {
    let queue = ByteQueue()
    #expect(queue.isEmpty)
    #expect(queue.count == 0)
    #expect(queue.bytes.isEmpty)
    #expect(queue.lineCount == 0)
  }

  @Test("Appending and taking in any sizes does what an array does", arguments: UInt64(1)...20)
  func likeAnArray(seed: UInt64) {
    var dice = Dice(seed: seed)
    var queue = ByteQueue()
    var model: [UInt8] = []
    for _ in 0..<400 {
      if Bool.random(using: &dice) {
        let bytes = dice.bytes(Int.random(in: 0...50, using: &dice), of: Array(0...255))
        queue.append(bytes)
        model += bytes
        queue.append(7)
        model.append(7)
      } else {
        let count = Int.random(in: 0...model.count, using: &dice)
        queue.drop(first: count)
        model.removeFirst(count)
      }
      #expect(Array(queue.bytes) == model)
      #expect(queue.count == model.count)
      #expect(queue.isEmpty == model.isEmpty)
    }
  }

  @Test("Lines are counted by their line feeds, without those that were taken")
  func lineCount() {
    var queue = ByteQueue()
    queue.append(Array("one\ntwo\nthr".utf8))
    #expect(queue.lineCount == 2)
    queue.drop(first: 2)
    #expect(queue.lineCount == 2)
    queue.drop(first: 2)
    #expect(queue.lineCount == 1)
    queue.append(Array("ee\n".utf8))
    #expect(queue.lineCount == 2)
  }

  @Test("Taking everything leaves room that is used again")
  func takeAll() {
    var queue = ByteQueue()
    queue.append(Array("abc".utf8))
    queue.drop(first: 3)
    #expect(queue.isEmpty)
    queue.append(Array("de".utf8))
    #expect(Array(queue.bytes) == Array("de".utf8))
  }
}
