// Numbers in scenarios are ASCII digits alone. The initialisers of the standard library also take a sign, and those of
// Double an exponent, `0x10` and `inf`.
extension FixedWidthInteger {
  /// Reads a number in digits; with a radix above 10 also in letters.
  /// - Returns: nil for anything else, and for a number that this type cannot hold.
  init?(digits text: some StringProtocol, radix: Int = 10) {
    guard text.utf8.first != UInt8(ascii: "+"), text.utf8.first != UInt8(ascii: "-"),
      let number = Self(text, radix: radix)
    else { return nil }
    self = number
  }
}

extension Double {
  /// Reads digits, and if there is a point digits behind it: `2`, `0.5`.
  /// - Returns: nil for anything else.
  init?(digits text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    guard parts.count <= 2, isNumber, let number = Double(String(text)) else { return nil }
    self = number
  }
}
