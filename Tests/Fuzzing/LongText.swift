@testable import ChatProtocol

/// Texts as long as the longest message, made of short inputs, since a fuzzer learns little from long ones.
///
/// The bytes 01 02 and the byte n after them stand for as many `x` as the longest message has, less 16, plus n.
enum LongText {
  static let mark = "\u{1}\u{2}"
  /// More than that in one input would only make it slow.
  private static let expansionsMax = 2
  /// How near to a multiple of the longest message every cut is tried.
  private static let nearness = 20

  /// The text an input stands for.
  static func expanded(_ input: [UInt8]) -> [UInt8] {
    let mark = Array(mark.utf8)
    var text: [UInt8] = []
    var rest = input[...]
    var expansions = 0
    while let byte = rest.first {
      if expansions < expansionsMax, rest.count > mark.count, rest.starts(with: mark) {
        expansions += 1
        let more = Int(rest[rest.startIndex + mark.count])
        text += [UInt8](repeating: UInt8(ascii: "x"), count: Limits.messageBytesMax - 16 + more)
        rest = rest.dropFirst(mark.count + 1)
      } else {
        text.append(byte)
        rest = rest.dropFirst()
      }
    }
    return text
  }

  /// Ways to cut a text. A long one is not cut byte by byte, but at every byte near the multiples of the longest
  /// message and at its two ends.
  static func splits(of text: [UInt8]) -> [[ArraySlice<UInt8>]] {
    guard text.count > Limits.messageBytesMax / 2 else { return Splits.of(text) }
    let near = (1..<text.count).filter { index in
      let past = (index + nearness) % Limits.messageBytesMax
      return past < 2 * nearness || text.count - index < nearness
    }
    let some = Splits.cuts(near.count, seed: Splits.hash(text.suffix(64))).prefix(8)
    return [Splits.pieces(text, at: near)] + some.map { Splits.pieces(text, at: [near[$0]]) }
  }
}
