import TestSupport

/// Ways to cut an input into pieces, as a network or a terminal may.
enum Splits {
  /// Up to this length an input is cut at every single point. Beyond it the cost would grow with the square of the
  /// length.
  private static let everyCutBytesMax = 48
  /// Ways with several cuts, chosen by a seed made of the input, so that the same input always fails the same way.
  private static let randomWays = 4

  /// Byte by byte, in two pieces cut at every point or at some, and in several pieces of random lengths.
  /// - Parameter mayCut: whether a cut before this index is allowed. A decoder that must guess at the end, such as
  ///   one that takes a lone ESC for a key, gives another answer there.
  static func of(_ input: [UInt8], mayCut: (Int) -> Bool = { _ in true }) -> [[ArraySlice<UInt8>]] {
    let seed = hash(input)
    var dice = Dice(seed: seed)
    let everywhere = (0..<input.count).dropFirst().filter(mayCut)
    var ways = [pieces(input, at: everywhere)]
    ways += cuts(input.count, seed: seed).filter(mayCut).map { pieces(input, at: [$0]) }
    for _ in 0..<randomWays { ways.append(pieces(input, at: everywhere.filter { _ in dice.next() % 8 == 0 })) }
    return ways
  }

  /// Points between two elements of an input of `count` elements: all of them, or some of a long input.
  static func cuts(_ count: Int, seed: UInt64) -> [Int] {
    guard count > everyCutBytesMax else { return Array((0..<count).dropFirst()) }
    var dice = Dice(seed: seed)
    return (0..<everyCutBytesMax / 4).map { _ in Int.random(in: 1..<count, using: &dice) }
  }

  /// The pieces between some cuts, with an empty one at the end: a read may bring nothing.
  static func pieces(_ input: [UInt8], at cuts: [Int]) -> [ArraySlice<UInt8>] {
    zip([0] + cuts, cuts + [input.count]).map { input[$0..<$1] } + [[]]
  }

  /// FNV-1a, 64 bits (RFC 9923 section 2).
  static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0100_0000_01B3 }
  }
}
