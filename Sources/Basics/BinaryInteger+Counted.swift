extension BinaryInteger {
  /// The number and what it counts, in words that fit it: `1 message waits`, `2 messages wait`.
  /// - Parameters:
  ///   - one: the words behind a 1.
  ///   - many: those behind every other number.
  public func counted(_ one: String, _ many: String) -> String { "\(self) \(self == 1 ? one : many)" }
}
