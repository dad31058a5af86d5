@testable import ChatProtocol

/// Texts as long as the longest message, made of short inputs, since a fuzzer learns little from long ones.
///
/// The byte 01 and the byte n after it stand for as many `x` as the longest message has, less 16, plus n.
enum LongText {
  private static let mark: UInt8 = 1
  /// More than that in one input would only make it slow.
  private static let expansionsMax = 2
  /// How near to a multiple of the longest message every cut is tried.
  private static let nearness = 20

  /// The text an input stands for.
  static func expanded(_ input: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var rest = input[...]
    var expansions = 0
    while let byte = rest.popFirst() {
      if byte == mark, expansions < expansionsMax, let more = rest.popFirst() {
        expansions += 1
        text += [UInt8](repeating: UInt8(ascii: "x"), count: Limits.messageBytesMax - 16 + Int(more))
      } else {
        text.append(byte)
      }
    }
    return text
  }

  /// Ways to cut a text. A long one is not cut byte by byte, but at every byte near the multiples of the longest message
  /// and at its two ends.
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
