import ChatProtocol

/// Reads the line in which a guest proves that it has the relay's pass, in whatever pieces it comes. Holds at most one
/// line, and judges a wrong one by its first wrong byte, as ``JoinDecoder`` does.
struct ProofDecoder: Sendable {
  /// The result of the bytes so far.
  enum Step: Equatable, Sendable {
    case incomplete
    case proof(RelayProof)
    case refused(Refusal)
  }

  private static let opening = Array(RelayProof.opening.utf8)

  private var begun: [UInt8] = []

  /// Takes the next bytes. After anything but ``Step/incomplete`` the decoder is used up.
  mutating func decode(_ bytes: ArraySlice<UInt8>) -> Step {
    // One byte more than a line can have tells that something came after it.
    let line = begun + bytes.prefix(PreambleLimits.lineBytesMax + 1 - begun.count)
    let step = ProofDecoder.judge(line)
    if step == .incomplete { begun = line }
    return step
  }

  private static func judge(_ line: [UInt8]) -> Step {
    guard zip(line, opening).allSatisfy(==) else { return .refused(.noProof) }
    let rest = line.dropFirst(opening.count)
    let end = rest.firstIndex { !RelayProof.allows($0) } ?? rest.endIndex
    if end == rest.endIndex, rest.count <= RelayProof.characters { return .incomplete }
    guard end < rest.endIndex, rest[end] == UInt8(ascii: "\n"), let proof = RelayProof(rest[..<end]) else {
      return .refused(.noProof)
    }
    return end + 1 == rest.endIndex ? .proof(proof) : .refused(.sentTooEarly)
  }
}
