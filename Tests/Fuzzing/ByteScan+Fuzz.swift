import Basics

extension FuzzTarget {
  /// The scans by words, with their unsafe pointers, beside loops over bytes. The first byte is the one looked for.
  static let byteScan = FuzzTarget(name: "byte-scan", words: ["\u{1}\u{0}", "\u{7F}\u{80}"]) { input in
    guard let wanted = input.first else { return }
    for start in 0...min(8, input.count) {
      let bytes = input[start...]
      let first = bytes.firstIndex(of: wanted)
      try requireEqual(ByteScan.firstIndex(of: wanted, in: bytes, from: start), first, "the first from \(start) on")
      let count = bytes.count { $0 == wanted }
      try requireEqual(ByteScan.count(of: wanted, in: bytes), count, "how many from \(start) on")
      let isPlain = bytes.allSatisfy { $0 > 0 && $0 < 0x80 }
      try requireEqual(ByteScan.isPlainASCII(bytes), isPlain, "plain ASCII from \(start) on")
    }
  }
}
