import Testing

@testable import PeerSecurity

@Suite("SPAKE2")
struct SPAKE2Tests {
  @Test("The published vectors come out, on both sides", arguments: SPAKE2Vector.published)
  func vectors(vector: SPAKE2Vector) throws {
    let names = (a: Array(vector.a.utf8), b: Array(vector.b.utf8))
    let password = bytes(vector.w)
    let one = SPAKE2(.a, names: names, password: password, scalar: bytes(vector.x))
    let other = SPAKE2(.b, names: names, password: password, scalar: bytes(vector.y))
    #expect(one.share == bytes(vector.pA))
    #expect(other.share == bytes(vector.pB))
    let transcript = try #require(one.transcript(other.share[...]))
    #expect(transcript == bytes(vector.tt))
    #expect(transcript == other.transcript(one.share[...]))
    let hash = SHA256.digest(transcript)
    #expect(hash == bytes(vector.ke + vector.ka))
    let keys = SHA256.derivedKey(from: bytes(vector.ka), info: Array("ConfirmationKeys".utf8))
    #expect(keys == bytes(vector.kcA + vector.kcB))
    let codes = SPAKE2.confirmations(transcript, additionalData: [])
    #expect(codes.a == bytes(vector.macA) && codes.b == bytes(vector.macB))
    #expect(SPAKE2.confirmations(transcript, additionalData: [0]).a != codes.a)
  }

  @Test("What is no point of the curve is refused: lengths, encodings, the identity, other points")
  func badPoints() {
    let exchange = SPAKE2(.a, names: ([], []), password: P256.randomScalar())
    let good = SPAKE2(.b, names: ([], []), password: exchange.password).share
    #expect(exchange.transcript(good[...]) != nil)
    for index in 1..<good.count {
      var changed = good
      changed[index] ^= 1
      #expect(exchange.transcript(changed[...]) == nil, "byte \(index)")
    }
    for form in [UInt8](0...255) where form != 4 {
      #expect(exchange.transcript([form] + good[1...]) == nil, "encoding \(form)")
    }
    let compressed = [2 + good.last! % 2] + good[1...32]
    let tooLarge = [4] + [UInt8](repeating: 0xFF, count: 64)
    let others: [[UInt8]] = [
      [], [0], compressed, good.dropLast(), good + [0], tooLarge, [4] + [UInt8](repeating: 0, count: 64),
    ]
    for other in others { #expect(exchange.transcript(other[...]) == nil) }
  }

  @Test("A share that makes the key the identity is refused")
  func identityKey() throws {
    let password = P256.randomScalar()
    let one = SPAKE2(.a, names: ([], []), password: password)
    // With the password, w·N is such a share: what is left of it is the identity.
    let n = try #require(
      P256.Point(encoded: bytes("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")))
    let blind = try #require(P256.product(password, n))
    #expect(one.transcript(blind.bytes[...]) == nil)
  }

  @Test("A password is reduced modulo the order, and zero is one like others")
  func reduction() {
    let order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    let zero = [UInt8](repeating: 0, count: 32)
    #expect(P256.reduced(order) == zero)
    #expect(P256.reduced([UInt8](repeating: 0, count: 48)) == zero)
    #expect(P256.reduced([1] + order) == bytes("00000000ffffffff00000000000000004319055258e8617b0c46353d039cdaaf"))
    let one = SPAKE2(.a, names: ([], []), password: zero)
    let other = SPAKE2(.b, names: ([], []), password: zero)
    #expect(one.transcript(other.share[...]) == other.transcript(one.share[...]))
    #expect(one.transcript(other.share[...]) != nil)
  }

  @Test("Shares are new each time")
  func randomness() {
    let shares = (0..<20).map { _ in SPAKE2(.a, names: ([], []), password: [UInt8](repeating: 1, count: 32)).share }
    #expect(Set(shares).count == shares.count)
  }

  @Test("The hashes are those of their documents")
  func hashes() {
    // FIPS 180-4's example "abc"; RFC 4231 section 4.3; RFC 5869 appendix A.3, its first 32 bytes.
    #expect(
      SHA256.digest(Array("abc".utf8)) == bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    #expect(
      SHA256.authenticationCode(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        == bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    #expect(
      SHA256.derivedKey(from: [UInt8](repeating: 0x0B, count: 22), info: [])
        == bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"))
    #expect(SHA256.areEqual([1, 2], [1, 2]) && !SHA256.areEqual([1, 2], [1, 3]) && !SHA256.areEqual([1], [1, 1]))
  }
}

/// The bytes of hexadecimal digits.
private func bytes(_ text: String) -> [UInt8] {
  let digits = Array(text)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16)! }
}
