import Testing

@testable import MessageStore

@Suite("Names of known peers")
struct PeerNameTests {
  @Test(
    "A text that can be a name is one, unchanged",
    arguments: ["b", "Bob", "bob-2", "bob.smith_jr", "7", String(repeating: "x", count: 32)])
  func usable(text: String) {
    #expect(PeerName(text)?.description == text)
    #expect(PeerName(reducing: text).description == text)
  }

  @Test(
    "A text that cannot be typed as a name is none",
    arguments: [
      "", "-b", ".b", "_b", "b b", "b/c", "b:1", "b@c", "zoë", "b\n", "b\0", "\u{430}lice",
      String(repeating: "x", count: 33),
    ])
  func unusable(text: String) {
    #expect(PeerName(text) == nil)
  }

  @Test(
    "The name that a peer proposes is reduced to one",
    arguments: [
      ("Zoë", "Zoe"), ("Jürgen Müller", "Jurgen-Muller"), ("Łukasz", "Lukasz"), ("Zoe\u{308}", "Zoe"),
      ("  bob  ", "bob"), ("--bob--", "bob"), ("bob & alice", "bob-alice"), ("../../etc/passwd", "etc-passwd"),
      ("\u{1B}[31mbob\u{1B}[0m", "31mbob-0m"), ("李", "peer"), ("", "peer"), ("\u{202E}bob", "bob"),
      ("bob\u{200B}by", "bobby"), ("\u{430}lice", "lice"), ("bob\0", "bob"),
      (String(repeating: "x", count: 10_000), String(repeating: "x", count: 32)),
      (String(repeating: "é", count: 10_000), String(repeating: "e", count: 32)),
    ])
  func reduced(proposed: String, name: String) {
    #expect(PeerName(reducing: proposed).description == name)
  }

  @Test("Every proposal results in a name")
  func always() {
    for value in (0...0x2FFF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init) {
      let name = PeerName(reducing: "\(value)\(value)x").description
      #expect(PeerName(name) != nil, "U+\(String(value.value, radix: 16)) gives \(name)")
    }
  }

  @Test("A number fits behind every name")
  func numbered() {
    #expect(PeerName("bob")?.numbered(2).description == "bob-2")
    let long = PeerName(String(repeating: "x", count: 32))
    #expect(long?.numbered(10).description == String(repeating: "x", count: 29) + "-10")
  }
}
