import Testing

@testable import Sockets

@Suite("Lines for standard error")
struct StandardErrorQueueTests {
  /// A reader that takes so many bytes and then no more.
  private struct Reader {
    var room: Int
    var received: [UInt8] = []
    var text: String { String(decoding: received, as: UTF8.self) }

    mutating func take(_ bytes: ArraySlice<UInt8>) -> Int {
      let count = min(room, bytes.count)
      received += bytes.prefix(count)
      room -= count
      return count
    }
  }

  @Test("Lines reach a reader that takes them in pieces, whole and in order")
  func pieces() {
    var queue = StandardErrorQueue(bytesMax: 100)
    var reader = Reader(room: 0)
    queue.append("one\n")
    queue.append("two\n")
    for _ in 0..<8 {
      #expect(!queue.isEmpty)
      reader.room = 1
      queue.flush { reader.take($0) }
    }
    #expect(queue.isEmpty)
    #expect(reader.text == "one\ntwo\n")
  }

  @Test("What has no room is counted, all that follows too, and the count stands where they would")
  func counted() {
    var queue = StandardErrorQueue(bytesMax: 8)
    var reader = Reader(room: 0)
    queue.append("first\n")
    queue.append("too long\nand more\n")
    queue.append("a\n")
    reader.room = 1
    queue.flush { reader.take($0) }
    queue.append("b\n")
    reader.room = 1000
    queue.flush { reader.take($0) }
    queue.append("last\n")
    queue.flush { reader.take($0) }
    #expect(reader.text == "first\ntincan: 4 lines were not written: standard error was not read\nlast\n")
  }

  @Test("A flood in front of a reader that stands still keeps the bound")
  func bounded() {
    var queue = StandardErrorQueue(bytesMax: 1000)
    for number in 1...100_000 { queue.append("line \(number)\n") }
    var reader = Reader(room: 1_000_000)
    queue.flush { reader.take($0) }
    #expect(reader.received.count < 1100)
    let kept = reader.text.split(separator: "\n").count - 1
    #expect(reader.text.hasSuffix("\ntincan: \(100_000 - kept) lines were not written: standard error was not read\n"))
  }

  @Test("One line is one line")
  func single() {
    var queue = StandardErrorQueue(bytesMax: 4)
    queue.append("abc\n")
    queue.append("d\n")
    var reader = Reader(room: 1000)
    queue.flush { reader.take($0) }
    #expect(reader.text == "abc\ntincan: 1 line was not written: standard error was not read\n")
  }
}
