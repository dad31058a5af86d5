import Basics

/// Lines on their way to standard error: a bounded amount waits, and the lines beyond it are counted.
struct StandardErrorQueue {
  private let bytesMax: Int
  private var waiting = ByteQueue()
  private var linesDropped = 0

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Whether nothing waits.
  var isEmpty: Bool { waiting.isEmpty }

  /// Adds a text that ends with a line feed, or counts its lines when there is no room. Once a line is dropped, so are
  /// the next, until the count is written. So the count stands for a single gap.
  mutating func append(_ text: String) {
    if linesDropped > 0 || waiting.count + text.utf8.count > bytesMax {
      linesDropped += text.utf8.count { $0 == UInt8(ascii: "\n") }
    } else {
      waiting.append(text.utf8)
    }
  }

  /// Writes what waits, then the count of the lines that were dropped.
  /// - Parameter write: writes what it can at once, and returns how many bytes it wrote.
  mutating func flush(by write: (ArraySlice<UInt8>) -> Int) {
    while !waiting.isEmpty {
      waiting.drop(first: write(waiting.bytes))
      guard waiting.isEmpty, linesDropped > 0 else { return }
      let lines = linesDropped.counted("line was", "lines were")
      waiting.append("tincan: \(lines) not written: standard error was not read\n".utf8)
      linesDropped = 0
    }
  }
}
