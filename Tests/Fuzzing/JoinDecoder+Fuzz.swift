@testable import ChatProtocol
@testable import RelayCore

extension FuzzTarget {
  /// The first line a guest sends to a relay.
  static let joinDecoder = FuzzTarget(
    name: "join-decoder",
    words: ["TINCAN/1 JOIN ", "TINCAN/2 ", "GET / ", "\u{16}\u{3}\u{1}", "room-1_", " AAAAAAAAAAAAAAAAAAAAAA", "\n"]
  ) { input in
    let whole = step([input[...]])
    for pieces in Splits.of(input) {
      let split = step(pieces)
      // In one piece the relay sees that something follows the line; in several it has answered by then.
      if case .join = split, whole == .refused(.sentTooEarly) { continue }
      try requireEqual(split, whole, "in pieces of \(pieces.map(\.count))")
    }
    let longest = PreambleLimits.lineBytesMax
    try require(whole != .incomplete || input.count < longest, "\(input.count) bytes were held without a verdict")
  }

  /// The decoder's verdict, which is its first that is not `incomplete`.
  private static func step(_ pieces: [ArraySlice<UInt8>]) -> JoinDecoder.Step {
    var decoder = JoinDecoder()
    for piece in pieces {
      let step = decoder.decode(piece)
      if step != .incomplete { return step }
    }
    return .incomplete
  }
}
