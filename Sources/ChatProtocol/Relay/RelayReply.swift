// The lines that a guest and a relay send to each other before two guests are paired (docs/PROTOCOL.md, "Through a
// relay"):
//
//   guest → relay   TINCAN/1 JOIN <room> [<side>]⏎
//   relay → guest   TINCAN/1 AUTH <nonce>⏎   only a relay that asks for a pass
//   guest → relay   TINCAN/1 PROOF <proof>⏎
//   relay → guest   TINCAN/1 WAIT⏎
//   relay → guest   TINCAN/1 PAIRED 1⏎   or 2
//   relay → guest   TINCAN/1 ERROR <word> <text>⏎   then it closes
//
// ASCII; ⏎ is one line feed; no line is longer than PreambleLimits.lineBytesMax.

/// A reply of a relay to a guest.
public enum RelayReply: Equatable, Sendable {
  /// Prove that you have the pass.
  case prove(RelayNonce)
  case wait
  case paired(PairPosition)
  case refused(Refusal)

  /// As it goes over the wire.
  public var bytes: [UInt8] {
    switch self {
    case .prove(let nonce): Array("TINCAN/1 AUTH \(nonce.text)\n".utf8)
    case .wait: Array("TINCAN/1 WAIT\n".utf8)
    case .paired(let position): Array("TINCAN/1 PAIRED \(position.rawValue)\n".utf8)
    case .refused(let refusal):
      // A browser or curl shows what looks like an answer; the line is in it for those who look closer.
      Array((refusal == .http ? RelayReply.httpHead : "").utf8)
        + Array("TINCAN/1 ERROR \(refusal.word.rawValue) \(refusal.text)\n".utf8)
    }
  }

  private static let httpHead = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
}
