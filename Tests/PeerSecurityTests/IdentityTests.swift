import COpenSSL
import Testing

@testable import PeerSecurity

@Suite("Identities and fingerprints")
struct IdentityTests {
  /// The example of RFC 8410 section 10.3.
  private let example = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
    -----END PRIVATE KEY-----

    """

  @Test("The key of RFC 8410 has the fingerprint of its public key, and its text comes out as it went in")
  func publishedKey() throws {
    let identity = try Identity(pem: Array(example.utf8))
    // The SHA-256 hash of the public key in section 10.1, in base 32, made with Python.
    #expect("\(identity.fingerprint)" == "m7mh-ar2m-w17t-s2ct-x7s7-a4sc-vg3t-bpy4-x8p2-nmx1-zz3e-1mjk-d0fg")
    #expect(identity.pem == Array(example.utf8))
  }

  @Test("New identities differ, and each comes back from its text")
  func newIdentities() throws {
    let one = try Identity.generate()
    let other = try Identity.generate()
    #expect(one.fingerprint != other.fingerprint && one.pem != other.pem)
    #expect(try Identity(pem: one.pem).fingerprint == one.fingerprint)
  }

  @Test("A call that OpenSSL refuses is no fault of a peer's, although it is no lack of memory either")
  func refusedLocalCall() {
    do throws(SecurityFailure) {
      _ = try Ed25519(seed: [1, 2, 3])
      Issue.record("three bytes are no key")
    } catch {
      #expect(error.family == .system, "\(error)")
    }
    #expect(ERR_peek_error() == 0)
  }

  @Test("A text that was cut anywhere is no identity")
  func cutText() {
    let whole = Array(example.utf8)
    for count in 0..<(whole.count - 1) {
      #expect(throws: SecurityFailure.unusableIdentity, "\(count) bytes") {
        try Identity(pem: Array(whole[..<count]))
      }
    }
  }

  @Test("A text with any one character changed, and one with other line ends, holds a key or is refused at once")
  func changedText() throws {
    let whole = Array(example.utf8)
    for index in whole.indices {
      for byte in Array("APQZaz09+/=-\n\r\0é".utf8) {
        var changed = whole
        changed[index] = byte
        // A text that OpenSSL may be able to read is read only now. It must not turn out to hold no key.
        guard let identity = try? Identity(pem: changed) else { continue }
        #expect((identity.fingerprint == (try Identity(pem: whole)).fingerprint) == (identity.pem == whole))
      }
    }
    let withReturns = try Identity(pem: Array(example.replacing("\n", with: "\r\n").utf8))
    #expect(withReturns.pem == whole)
  }

  @Test("Keys of other kinds, keys with a passphrase and other files are no identity")
  func otherTexts() throws {
    let swapped = example.replacingFirst("MC4CAQAwBQYDK2Vw", with: "MC4CAQAwBQYDK2Vx")
    let texts = [
      "", "hello\n", swapped, example.replacingFirst("PRIVATE KEY", with: "PUBLIC KEY"),
      example.replacingFirst("MC4C", with: "!!!!"), String(repeating: example, count: 50),
      """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj/////////AgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ
      -----END ENCRYPTED PRIVATE KEY-----

      """,
    ]
    for text in texts {
      #expect(throws: SecurityFailure.unusableIdentity, "\(text)") { try Identity(pem: Array(text.utf8)) }
    }
    #expect(ERR_peek_error() == 0)
  }

  @Test("A fingerprint is read in any case, with hyphens, spaces or neither, and with letters for digits")
  func readFingerprints() throws {
    let text = "\(Keys.alice.fingerprint)"
    #expect(text.count == 64 && text.split(separator: "-").allSatisfy { $0.count == 4 })
    #expect(Fingerprint(text) == Keys.alice.fingerprint)
    #expect(Fingerprint(text.uppercased()) == Keys.alice.fingerprint)
    #expect(Fingerprint(String(text.filter { $0 != "-" })) == Keys.alice.fingerprint)
    #expect(Fingerprint(String(text.map { $0 == "-" ? " " : $0 == "0" ? "o" : $0 == "1" ? "L" : $0 })) != nil)
  }

  @Test("What is no fingerprint is none: too short, too long, of other letters, with bits to spare")
  func noFingerprints() {
    let zeros = String(repeating: "0", count: 52)
    #expect(Fingerprint(zeros)?.bytes == [UInt8](repeating: 0, count: 32))
    for text in ["", "0", String(zeros.dropLast()), zeros + "0", zeros.dropLast() + "1", zeros.dropLast() + "u", "é"] {
      #expect(Fingerprint(text) == nil, "\(text)")
    }
    let ones = String(repeating: "z", count: 51) + "g"
    #expect(Fingerprint(ones)?.bytes == [UInt8](repeating: 0xFF, count: 32))
  }

  @Test("Fingerprints have the order of their bytes")
  func order() throws {
    let low = try #require(Fingerprint(String(repeating: "0", count: 52)))
    let high = try #require(Fingerprint("1" + String(repeating: "0", count: 51)))
    #expect(low < high && !(high < low) && !(low < low))
  }
}

extension String {
  /// The text with one part replaced, where it stands first.
  fileprivate func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return replacingCharacters(in: range, with: other)
  }

  private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
    self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
