@testable import ChatProtocol
@testable import RelayCore

extension FuzzTarget {
  /// The line in which a guest proves a relay's pass.
  static let proofDecoder = FuzzTarget(
    name: "proof-decoder",
    words: ["TINCAN/1 PROOF ", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "-_", "E\n", "\n"]
  ) { input in
    let whole = step([input[...]])
    for pieces in Splits.of(input) {
      let split = step(pieces)
      // In one piece the relay sees that something follows the line; in several it has answered by then.
      if case .proof = split, whole == .refused(.sentTooEarly) { continue }
      try requireEqual(split, whole, "in pieces of \(pieces.map(\.count))")
    }
    try require(whole != .incomplete || input.count < PreambleLimits.lineBytesMax, "\(input.count) bytes were held")
    if case .proof(let proof) = whole { try requireEqual(proof.line, input, "the proof written again") }
  }

  private static func step(_ pieces: [ArraySlice<UInt8>]) -> ProofDecoder.Step {
    var decoder = ProofDecoder()
    for piece in pieces {
      let step = decoder.decode(piece)
      if step != .incomplete { return step }
    }
    return .incomplete
  }
}
