import Basics

/// The typed bytes that wait for line editing to ask for them.
struct TypedQueue {
  private var waiting: [Typed] = []
  /// How many keys of the first were already handed out.
  private var keysTaken = 0

  var isEmpty: Bool { waiting.isEmpty }

  /// The next key, if a key is what comes next.
  var nextKey: UInt8? {
    if case .keys(let keys)? = waiting.first { keys[keysTaken] } else { nil }
  }

  /// Whether a text comes next.
  var isTextNext: Bool {
    if case .paste? = waiting.first { true } else { false }
  }

  /// The signal that comes next, if one does.
  var nextSignal: KeyboardSignal? {
    if case .signal(let signal)? = waiting.first { signal } else { nil }
  }

  /// Bytes and signals that wait, more or less.
  var count: Int {
    waiting.reduce(0) {
      switch $1 {
      case .keys(let bytes), .paste(let bytes): $0 + bytes.count
      case .signal: $0 + 1
      }
    }
  }

  /// Takes the signal that comes next.
  mutating func takeSignal() -> KeyboardSignal? {
    guard let signal = nextSignal else { return nil }
    removeFirst()
    return signal
  }

  /// Takes the first signal that waits, and drops all that comes before it.
  mutating func dropToSignal() -> KeyboardSignal? {
    guard let index = waiting.firstIndex(where: { if case .signal = $0 { true } else { false } }) else { return nil }
    waiting.removeFirst(index)
    keysTaken = 0
    return takeSignal()
  }

  mutating func append(_ typed: [Typed]) {
    waiting += typed.filter { $0 != .keys([]) && $0 != .paste([]) }
  }

  /// Takes the next key, if a key is what comes next.
  mutating func takeKey() -> UInt8? {
    guard case .keys(let keys)? = waiting.first else { return nil }
    let key = keys[keysTaken]
    keysTaken += 1
    if keysTaken == keys.count { removeFirst() }
    return key
  }

  /// Takes the next text, if a text is what comes next.
  mutating func takeText() -> [UInt8]? {
    guard case .paste(let text)? = waiting.first else { return nil }
    removeFirst()
    return text
  }

  /// A search for more finds nothing more, and readline's time for a search grows with the cube of its length.
  static let searchBytesMax = 80

  /// Has the text that comes next typed as keys. A search that asks for its string gets the beginning of the first line
  /// of a paste. Its control characters would be commands there, so they become spaces.
  mutating func turnTextIntoKeys() {
    guard let text = takeText() else { return }
    let line = text.prefix { $0 != UInt8(ascii: "\n") }
    let length = UTF8Text.boundary(in: line, atMost: TypedQueue.searchBytesMax)
    let keys = line[..<length].map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
    if !keys.isEmpty { putFirst(.keys(keys)) }
  }

  /// Has something come before all that waits.
  mutating func putFirst(_ typed: Typed) {
    if case .keys(let keys)? = waiting.first, keysTaken > 0 { waiting[0] = .keys(Array(keys[keysTaken...])) }
    keysTaken = 0
    waiting.insert(typed, at: 0)
  }

  private mutating func removeFirst() {
    waiting.removeFirst()
    keysTaken = 0
  }
}
