import CHarness

/// A piece of a pattern without `{*}`: literal bytes and digits, which can stand at a place in one way only.
struct Segment {
  private var parts: [(part: Pattern.Part, name: String?)] = []
  /// How many bytes it takes; nil when that depends on the bytes.
  private(set) var length: Int? = 0

  var isEmpty: Bool { parts.isEmpty }

  mutating func append(_ part: Pattern.Part, name: String?) {
    parts.append((part, name))
    switch part {
    case .literal(let bytes): length = length.map { $0 + bytes.count }
    case .digit: length = length.map { $0 + 1 }
    case .digits: length = nil
    case .anything: preconditionFailure("it stands between segments")
    }
  }

  /// The first place where it stands.
  func first(in bytes: ArraySlice<UInt8>) -> Range<Int>? {
    guard !isEmpty else { return bytes.startIndex..<bytes.startIndex }
    var index = bytes.startIndex
    while index <= bytes.endIndex - (length ?? 1) {
      if case .literal(let literal)? = parts.first?.part, !literal.isEmpty {
        guard let next = Self.find(literal, in: bytes[index...]) else { return nil }
        index = next
      }
      if let end = end(in: bytes, at: index) { return index..<end }
      index += 1
    }
    return nil
  }

  /// Its end when it stands at a place.
  func end(in bytes: ArraySlice<UInt8>, at index: Int) -> Int? {
    var captures: [Capture] = []
    return end(in: bytes, at: index, into: &captures)
  }

  /// The same, with what is kept of it.
  func end(in bytes: ArraySlice<UInt8>, at index: Int, into captures: inout [Capture]) -> Int? {
    guard bytes.indices.contains(index) || index == bytes.endIndex else { return nil }
    var end = index
    for (part, name) in parts {
      let (same, isWhole) = Self.agreement(of: part, with: bytes[end...])
      guard isWhole else { return nil }
      if let name { captures.append(Capture(name: name, range: end..<end + same)) }
      end += same
    }
    return end
  }

  /// How many of the bytes, from the first on, are as it has them.
  func agreement(with bytes: ArraySlice<UInt8>) -> Int {
    var end = bytes.startIndex
    for (part, _) in parts {
      let (same, isWhole) = Self.agreement(of: part, with: bytes[end...])
      end += same
      if !isWhole { break }
    }
    return end - bytes.startIndex
  }

  private static func agreement(
    of part: Pattern.Part, with bytes: ArraySlice<UInt8>
  ) -> (count: Int, isWhole: Bool) {
    switch part {
    case .literal(let literal):
      let same = zip(bytes, literal).prefix { $0 == $1 }.count
      return (same, same == literal.count)
    case .digit:
      let isDigit = bytes.first.map { (0x30...0x39).contains($0) } ?? false
      return (isDigit ? 1 : 0, isDigit)
    case .digits:
      let count = bytes.prefix { (0x30...0x39).contains($0) }.count
      return (count, count > 0)
    case .anything: preconditionFailure("it stands between segments")
    }
  }

  /// By the C library: floods of megabytes are searched.
  private static func find(_ literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    let offset = bytes.withUnsafeBytes { bytes in
      literal.withUnsafeBytes { harness_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
    }
    return offset < 0 ? nil : bytes.startIndex + offset
  }
}
