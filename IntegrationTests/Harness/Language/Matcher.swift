import CHarness

/// A text to look for: literal bytes, with places where a digit or anything within a line may stand.
struct Matcher {
  enum Part: Equatable {
    case literal([UInt8])
    case digit
    case anything
  }

  let parts: [Part]

  /// The first place where the text begins to be found, from an index on.
  func firstRange(in bytes: ArraySlice<UInt8>, from start: Int? = nil) -> Range<Int>? {
    var index = start ?? bytes.startIndex
    while index <= bytes.endIndex {
      if case .literal(let literal)? = parts.first, !literal.isEmpty {
        guard let next = Self.find(literal, in: bytes[index...]) else { return nil }
        index = next
      }
      if let end = end(of: parts[...], in: bytes, at: index) { return index..<end }
      index += 1
    }
    return nil
  }

  /// By the C library: floods of megabytes are searched.
  private static func find(_ literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    let offset = bytes.withUnsafeBytes { bytes in
      literal.withUnsafeBytes { harness_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) }
    }
    return offset < 0 ? nil : bytes.startIndex + offset
  }

  /// How many bytes it matches, when that is certain.
  var length: Int? {
    var length = 0
    for part in parts {
      switch part {
      case .literal(let bytes): length += bytes.count
      case .digit: length += 1
      case .anything: return nil
      }
    }
    return length
  }

  /// The same without blanks at the ends of lines, which a screen does not tell from cells nobody wrote to.
  var withoutBlanksAtEnds: Matcher {
    var parts = self.parts
    for (index, part) in parts.enumerated() {
      guard case .literal(let bytes) = part else { continue }
      let isLast = index == parts.count - 1
      var kept: [UInt8] = []
      for byte in bytes {
        if byte == 0x0A { kept.removeLast(kept.reversed().prefix { $0 == 0x20 }.count) }
        kept.append(byte)
      }
      if isLast { kept.removeLast(kept.reversed().prefix { $0 == 0x20 }.count) }
      parts[index] = .literal(kept)
    }
    return Matcher(parts: parts)
  }

  func isFound(in bytes: ArraySlice<UInt8>) -> Bool { firstRange(in: bytes) != nil }

  /// Whether all of the bytes are the text.
  func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    end(of: parts[...], in: bytes, at: bytes.startIndex, whole: true) != nil
  }

  private func end(of parts: ArraySlice<Part>, in bytes: ArraySlice<UInt8>, at index: Int, whole: Bool = false) -> Int?
  {
    guard let part = parts.first else { return !whole || index == bytes.endIndex ? index : nil }
    let rest = parts.dropFirst()
    switch part {
    case .literal(let literal):
      guard bytes[index...].starts(with: literal) else { return nil }
      return end(of: rest, in: bytes, at: index + literal.count, whole: whole)
    case .digit:
      guard index < bytes.endIndex, (0x30...0x39).contains(bytes[index]) else { return nil }
      return end(of: rest, in: bytes, at: index + 1, whole: whole)
    case .anything:
      var index = index
      while true {
        if let end = end(of: rest, in: bytes, at: index, whole: whole) { return end }
        guard index < bytes.endIndex, bytes[index] != 0x0A else { return nil }
        index += 1
      }
    }
  }
}
