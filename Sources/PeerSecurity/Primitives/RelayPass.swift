import ChatProtocol

/// The secret that the operator of a relay gives to those it serves. A guest proves that it has the pass, and never
/// sends it.
///
/// The preamble is not encrypted. So somebody who sees a nonce and its proof can try passes until one fits; a pass is
/// therefore long and random, not a word.
///
/// Nothing that a guest sends is compared with `==`, which is not constant in time. A relay compares its own files with
/// it, to see whether they changed.
public struct RelayPass: Equatable, Sendable {
  /// A file of passes that cannot be used. It never shows what stands there.
  public enum Failure: Error, Equatable, Sendable {
    /// No line holds a pass.
    case none
    /// More than ``passesMax`` lines hold one.
    case tooMany
    /// A pass is shorter than ``bytesMin``.
    /// - Parameter line: its number, from 1.
    case tooShort(line: Int)
    /// A pass is longer than ``bytesMax``.
    case tooLong(line: Int)
    /// A pass has a character that is not printable ASCII, such as an accented letter, which has several encodings.
    case unfit(line: Int)
  }

  private let bytes: [UInt8]

  /// The shortest pass: 16 random characters of base64 are 96 bits, which nobody tries through.
  public static let bytesMin = 16
  /// The longest pass: more than any that is made.
  public static let bytesMax = 128
  /// Passes in one file: an old one and its successor, for several groups of guests.
  public static let passesMax = 16
  /// The largest file: all passes, and as many lines of comment.
  public static let fileBytesMax = 8 << 10

  /// Reads a file of passes: one a line. Spaces at both ends of a line and a carriage return do not count; empty lines
  /// and those that begin with `#` are skipped.
  /// - Returns: at least one. A relay accepts each of them; an endpoint proves the first.
  public static func passes(in file: [UInt8]) throws(Failure) -> [RelayPass] {
    var passes: [RelayPass] = []
    for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0D].contains($0) }
      guard let start = line.firstIndex(where: { !isBlank($0) }), line[start] != UInt8(ascii: "#"),
        let end = line.lastIndex(where: { !isBlank($0) })
      else { continue }
      let pass = line[start...end]
      guard pass.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .unfit(line: index + 1) }
      guard pass.count >= bytesMin else { throw .tooShort(line: index + 1) }
      guard pass.count <= bytesMax else { throw .tooLong(line: index + 1) }
      passes.append(RelayPass(bytes: Array(pass)))
    }
    guard !passes.isEmpty else { throw .none }
    guard passes.count <= passesMax else { throw .tooMany }
    return passes
  }

  /// The proof of this pass: HMAC-SHA256 (RFC 2104) with the pass as the key, over the nonce, the room and the side as
  /// they stand in their lines, with a NUL byte between each two. Without a side nothing follows the second NUL.
  ///
  /// The room and the side are part of it, so that nobody on the way can put a guest into another room.
  public func proof(of request: JoinRequest, for nonce: RelayNonce) -> RelayProof {
    let text = [nonce.text, request.room.text, request.side?.text ?? ""].map { Array($0.utf8) }
    return RelayProof(code: SHA256.authenticationCode(Array(text.joined(separator: [0])), key: bytes))
  }

  /// Whether a guest's proof is that of this pass. It takes the same time whether it is or not.
  public func isProved(by proof: RelayProof, of request: JoinRequest, for nonce: RelayNonce) -> Bool {
    SHA256.areEqual(proof.code, self.proof(of: request, for: nonce).code)
  }
}
