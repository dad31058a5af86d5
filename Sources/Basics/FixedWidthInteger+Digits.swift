extension FixedWidthInteger {
  /// The most digits that are read: as many as the largest number of 64 bits has in decimal.
  private static var digitsMax: Int { 20 }

  /// Reads a number that is written in ASCII digits alone. `init(_:radix:)` takes a sign as well, which no form of ours
  /// has. Zeros may stand in front.
  /// - Parameters:
  ///   - text: the digits; with a radix above 10 also letters, of either case.
  ///   - radix: the base of the numerals, from 2 to 36.
  /// - Returns: nil for anything else, for no digit, for more than 20, and for a number that this type cannot hold.
  public init?(digits text: some Sequence<UInt8>, radix: Int = 10) {
    var (number, count): (Self, Int) = (0, 0)
    for byte in text {
      count += 1
      guard count <= Self.digitsMax, let digit = Self.digit(byte, radix) else { return nil }
      let (shifted, overflowsShifted) = number.multipliedReportingOverflow(by: Self(radix))
      let (sum, overflowsSum) = shifted.addingReportingOverflow(Self(digit))
      guard !overflowsShifted, !overflowsSum else { return nil }
      number = sum
    }
    guard count > 0 else { return nil }
    self = number
  }

  private static func digit(_ byte: UInt8, _ radix: Int) -> Int? {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A") + 10
    default: return nil
    }
    return digit < radix ? Int(digit) : nil
  }
}
