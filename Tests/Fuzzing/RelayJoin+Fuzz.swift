import Basics

@testable import ChatProtocol

extension FuzzTarget {
  /// A guest's side of a relay's preamble: what it makes of the relay's lines, with a pass and without.
  static let relayJoin = FuzzTarget(
    name: "relay-join",
    words: [
      "TINCAN/1 WAIT\n", "TINCAN/1 PAIRED 1\n", "TINCAN/1 PAIRED 2 ", "TINCAN/1 ERROR busy ", "full", "\n",
      "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODw\n", "TINCAN/1 AUTH ",
    ]
  ) { input in
    for hasPass in [false, true] { try joinBehaves(input, hasPass: hasPass) }
  }

  private static func joinBehaves(_ input: [UInt8], hasPass: Bool) throws {
    let now = Instant(sinceOrigin: .zero)
    let proof = RelayProof(code: [UInt8](repeating: 7, count: 32))
    let prover: RelayJoin.Prover = { _, _ in proof }
    var join = RelayJoin(joining: RoomName("room")!, prover: hasPass ? prover : nil, now: now)
    join.sent(join.bytesToSend.count)
    var first: RelayJoin.Outcome?
    for (index, byte) in input.enumerated() {
      join.received(byte, now: now)
      first = first ?? join.outcome
      try requireEqual(join.outcome, first, "the outcome changed at byte \(index)")
      try require((join.outcome == nil) == (join.bytesWanted == 1), "it takes \(join.bytesWanted) bytes at its end")
      try require((join.outcome == nil) == (join.deadline != nil), "a deadline without something to wait for")
    }
    try requireEqual(first, plainOutcome(input, hasPass: hasPass), "the machine beside a plain look at each line")
    try requireEqual(Array(join.bytesToSend), join.hasProved ? proof.line : [], "what it sends")
    if case .refused(_, let text) = first {
      try require(text.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a text that is not fit for a terminal")
    }
  }

  /// The meaning of the relay's lines, found the plain way: by whole lines.
  private static func plainOutcome(_ input: [UInt8], hasPass: Bool) -> RelayJoin.Outcome? {
    let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      let hasEnd = index < lines.count - 1
      let line = String(decoding: bytes, as: UTF8.self)
      let opening = "TINCAN/1 "
      let isPossible = bytes.count < PreambleLimits.lineBytesMax && bytes.allSatisfy { (0x20...0x7E).contains($0) }
      guard isPossible, hasEnd ? line.hasPrefix(opening) : opening.hasPrefix(line.prefix(opening.count)) else {
        return .notARelay
      }
      guard hasEnd else { return nil }
      let text = line.dropFirst(opening.count)
      // The question comes first or never.
      if index == 0, text.hasPrefix("AUTH "), RelayNonce(Array(text.utf8.dropFirst(5))[...]) != nil {
        guard hasPass else { return .passNeeded }
        continue
      }
      if let outcome = outcome(of: text) { return outcome }
    }
    return nil
  }

  /// - Returns: nil for WAIT, after which more lines come.
  private static func outcome(of text: Substring) -> RelayJoin.Outcome? {
    if text == "WAIT" { return nil }
    for position in PairPosition.allCases {
      let paired = "PAIRED \(position.rawValue)"
      // The text behind a third space is for newer guests.
      if text == paired || text.hasPrefix(paired + " ") { return .paired(position) }
    }
    let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[0] == "ERROR" else { return .notARelay }
    return .refused(Refusal.Word(rawValue: String(words[1])), text: String(words.last!))
  }
}
