import CStoreFile
import Testing

@testable import MessageStore

@Suite("Checksums")
struct ChecksumTests {
  /// Values of the reference implementation, as those of its bindings publish them.
  @Test(
    "The hash is XXH64",
    arguments: [
      ("", 0, 0xEF46_DB37_51D8_E999), ("a", 0, 0xD24E_C4F1_A98C_6E5B), ("abc", 0, 0x44BC_2CF5_AD77_0999),
      ("xxhash", 0, 0x32DD_3895_2C4B_C720), ("xxhash", 20_141_025, 0xB559_B98D_844E_0635),
      ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64, UInt64)])
  func vectors(text: String, seed: UInt64, hash: UInt64) {
    #expect(Array(text.utf8).withUnsafeBytes { cstorefile_hash($0.baseAddress, $0.count, seed) } == hash)
  }

  @Test("A checksum depends on every part, and on where one part ends and the next begins")
  func parts() {
    let all = [
      Checksum([1]), Checksum([2]), Checksum([1]).adding(1), Checksum([1]).adding(1, 2), Checksum([1]).adding(2, 1),
      Checksum([1]).adding(1).adding(2), Checksum([1]).adding([1]), Checksum([1]).adding([1, 2]),
      Checksum([1]).adding([1]).adding([2]), Checksum([1]).adding([]), Checksum([1]).adding([]).adding([]),
    ].map(\.value)
    #expect(Set(all).count == all.count)
  }
}
