/// SPAKE2 (RFC 9382) with the suite P256-SHA256-HKDF-HMAC: two ends that know the same password agree on a key. An end
/// that does not know it can try one password in each run, and learns nothing from listening.
///
/// ```
///   A                                         B
///   pA = w·M + x·G        ── pA ──▸
///                         ◂── pB ──           pB = w·N + y·G
///   K = x·(pB − w·N)                          K = y·(pA − w·M)
///                         ── cA ──▸           the confirmations: HMAC over everything
///                         ◂── cB ──
/// ```
struct SPAKE2: Sendable {
  /// The role of an end.
  enum Side { case a, b }

  /// The two points of RFC 9382 section 6 whose logarithms nobody knows.
  private static let m: [UInt8] = [
    0x02, 0x88, 0x6E, 0x2F, 0x97, 0xAC, 0xE4, 0x6E, 0x55, 0xBA, 0x9D, 0xD7, 0x24, 0x25, 0x79, 0xF2, 0x99, 0x3B, 0x64,
    0xE1, 0x6E, 0xF3, 0xDC, 0xAB, 0x95, 0xAF, 0xD4, 0x97, 0x33, 0x3D, 0x8F, 0xA1, 0x2F,
  ]
  private static let n: [UInt8] = [
    0x03, 0xD8, 0xBB, 0xD6, 0xC6, 0x39, 0xC6, 0x29, 0x37, 0xB0, 0x4D, 0x99, 0x7F, 0x38, 0xC3, 0x77, 0x07, 0x19, 0xC6,
    0x29, 0xD7, 0x01, 0x4D, 0x49, 0xA2, 0x4B, 0x4F, 0x98, 0xBA, 0xA1, 0x29, 0x2B, 0x49,
  ]

  /// The names of A and B.
  let names: (a: [UInt8], b: [UInt8])
  /// The password as a scalar.
  let password: [UInt8]
  private let side: Side
  private let scalar: [UInt8]
  /// The share that this end sends: pA or pB.
  let share: [UInt8]

  /// - Parameter scalar: x or y. It is used once and is random, but in tests.
  init(_ side: Side, names: (a: [UInt8], b: [UInt8]), password: [UInt8], scalar: [UInt8] = P256.randomScalar()) {
    self.side = side
    self.names = names
    self.password = password
    self.scalar = scalar
    let blind = P256.product(password, SPAKE2.point(side))
    let own = P256.product(scalar)!
    // The sum is the identity with a chance of 1 in 2^256.
    share = (blind.map { P256.sum($0, own) } ?? own)!.bytes
  }

  /// The transcript TT of RFC 9382 section 3.3.
  /// - Parameter peerShare: what the peer sent.
  /// - Returns: nil when that is not a point, or makes the key one that everybody knows.
  func transcript(_ peerShare: ArraySlice<UInt8>) -> [UInt8]? {
    guard let received = P256.Point(sent: peerShare) else { return nil }
    let blind = P256.product(password, SPAKE2.point(side == .a ? .b : .a))
    guard let open = blind.map({ P256.difference(received, $0) }) ?? received,
      let key = P256.product(scalar, open)
    else { return nil }
    let peer = Array(peerShare)
    let shares = side == .a ? (a: share, b: peer) : (a: peer, b: share)
    return [names.a, names.b, shares.a, shares.b, key.bytes, password].flatMap { part in
      // Each part stands behind its length, in 64 bits and little-endian.
      (0..<8).map { UInt8(truncatingIfNeeded: UInt64(part.count) >> (8 * UInt64($0))) } + part
    }
  }

  /// The confirmations of both ends (section 3.3 and 4).
  static func confirmations(_ transcript: [UInt8], additionalData: [UInt8]) -> (a: [UInt8], b: [UInt8]) {
    // Of the two halves of the hash the first is the agreed key. Nobody uses it: the exchange says only that both know
    // the password.
    let confirmationSecret = Array(SHA256.digest(transcript).suffix(16))
    let keys = SHA256.derivedKey(from: confirmationSecret, info: Array("ConfirmationKeys".utf8) + additionalData)
    return (
      SHA256.authenticationCode(transcript, key: Array(keys.prefix(16))),
      SHA256.authenticationCode(transcript, key: Array(keys.suffix(16)))
    )
  }

  /// The point that hides a side's share.
  private static func point(_ side: Side) -> P256.Point { P256.Point(encoded: side == .a ? m : n)! }
}
