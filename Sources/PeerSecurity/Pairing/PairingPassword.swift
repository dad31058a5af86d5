import COpenSSL

/// A pairing code made ready for exchanges. It takes about 50 ms and 16 MiB, so it is made once for each code and never
/// for each link.
public struct PairingPassword: Sendable {
  let digits: String
  /// The words as a scalar of P-256.
  let scalar: [UInt8]

  /// The cost of scrypt (RFC 7914): N = 2^14, r = 8, p = 1, which takes 128 · N · r = 16 MiB.
  private static let cost: (n: UInt64, r: UInt64, p: UInt64) = (1 << 14, 8, 1)
  /// OpenSSL refuses to use more.
  private static let memoryBytesMax: UInt64 = 32 << 20
  /// A fixed salt: two who have nothing in common yet cannot agree on another.
  private static let salt = Array("tincan/1 pairing".utf8)

  /// - Parameter code: whose words are stretched.
  public init(_ code: PairingCode) throws(SecurityFailure) {
    digits = code.digits
    let words = code.words.joined(separator: "-")
    let (cost, salt, count) = (PairingPassword.cost, PairingPassword.salt, P256.wideBytes)
    var stretched = [UInt8](repeating: 0, count: count)
    OpenSSL.start()
    clearErrors()
    let result = EVP_PBE_scrypt(
      words, words.utf8.count, salt, salt.count, cost.n, cost.r, cost.p, PairingPassword.memoryBytesMax, &stretched,
      count)
    guard result == 1 else { throw .takeFromLocalCall() }
    scalar = P256.reduced(stretched)
  }
}
