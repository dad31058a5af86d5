import ChatProtocol
import Testing

@testable import PeerSecurity

@Suite("The pass of a relay")
struct RelayPassTests {
  private let nonce = RelayNonce(Array("AAECAwQFBgcICQoLDA0ODw".utf8)[...])!
  private let side = RelaySide(Array("0123456789abcdef-_ABCQ".utf8)[...])!
  private let room = RoomName("tea")!

  private func failure(_ text: String) -> RelayPass.Failure? {
    do throws(RelayPass.Failure) { _ = try RelayPass.passes(in: Array(text.utf8)) } catch { return error }
    return nil
  }

  /// The expected lines were computed with the hmac module of Python.
  @Test("The proofs of the protocol's page")
  func golden() throws {
    let pass = try RelayPass.passes(in: Array("a pass of some length\n".utf8))[0]
    let bare = pass.proof(of: JoinRequest(room), for: nonce)
    #expect(bare.line.elementsEqual("TINCAN/1 PROOF GtN37io6hgWn3LZxvrKECIGcWkZcDw_UCU-X31dKYcc\n".utf8))
    let sided = pass.proof(of: JoinRequest(room, side: side), for: nonce)
    #expect(sided.line.elementsEqual("TINCAN/1 PROOF zLG0pLYK3rLWnVEPnCpMV_05zLB99bvUYISJuLAkFZY\n".utf8))
  }

  @Test("A proof holds for one pass, one nonce, one room and one side")
  func binding() throws {
    let passes = try RelayPass.passes(in: Array("a pass of some length\nanother pass of some length".utf8))
    let request = JoinRequest(room, side: side)
    let proof = passes[0].proof(of: request, for: nonce)
    #expect(passes[0].isProved(by: proof, of: request, for: nonce))
    #expect(!passes[1].isProved(by: proof, of: request, for: nonce))
    #expect(!passes[0].isProved(by: proof, of: JoinRequest(room), for: nonce))
    #expect(!passes[0].isProved(by: proof, of: JoinRequest(RoomName("tee")!, side: side), for: nonce))
    let other = RelayNonce(Array("AAECAwQFBgcICQoLDA0ODg".utf8)[...])!
    #expect(!passes[0].isProved(by: proof, of: request, for: other))
    for bit in 0..<256 {
      var code = proof.code
      code[bit / 8] ^= 1 << (bit % 8)
      #expect(!passes[0].isProved(by: RelayProof(code: code), of: request, for: nonce))
    }
  }

  @Test("A file holds one pass a line, comments and empty lines")
  func file() throws {
    let text = "# since March\r\n\n  a pass of some length \r\n\t\nsixteen-bytes-ok"
    let expected = try ["a pass of some length", "sixteen-bytes-ok"].map { try RelayPass.passes(in: Array($0.utf8))[0] }
    #expect(try RelayPass.passes(in: Array(text.utf8)) == expected)
    let longest = String(repeating: "x", count: RelayPass.bytesMax)
    let full = String(repeating: longest + "\n", count: RelayPass.passesMax)
    #expect(try RelayPass.passes(in: Array(full.utf8)).count == RelayPass.passesMax)
    #expect(full.utf8.count * 2 <= RelayPass.fileBytesMax)
  }

  @Test("A file that cannot be used names the line, and never what stands there")
  func failures() {
    #expect(failure("") == RelayPass.Failure.none)
    #expect(failure("# only this\n\n") == RelayPass.Failure.none)
    #expect(failure("sixteen-bytes-ok\nfifteen-bytes-o\n") == .tooShort(line: 2))
    #expect(failure(String(repeating: "x", count: RelayPass.bytesMax + 1)) == .tooLong(line: 1))
    #expect(failure("\nä pass of some length\n") == .unfit(line: 2))
    #expect(failure("a pass with\0 a NUL byte") == .unfit(line: 1))
    let line = "sixteen-bytes-ok\n"
    #expect(failure(String(repeating: line, count: RelayPass.passesMax + 1)) == .tooMany)
  }
}
