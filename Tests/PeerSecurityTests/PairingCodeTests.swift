import TestSupport
import Testing

@testable import PeerSecurity

@Suite("Pairing codes")
struct PairingCodeTests {
  private func problem(_ text: String) -> PairingCodeProblem? {
    do throws(PairingCodeProblem) {
      _ = try PairingCode(text)
      return nil
    } catch {
      return error
    }
  }

  @Test("A code is read however it is written")
  func spellings() throws {
    let code = try PairingCode("482913-walrus-lemon-violin")
    #expect(code.digits == "482913" && code.words == ["walrus", "lemon", "violin"])
    #expect("\(code)" == "482913-walrus-lemon-violin")
    let texts = [
      "482913 walrus lemon violin", " 482913  Walrus\tLEMON violin \n", "482913–walrus—lemon‑violin",
      "482 913 walrus, lemon, violin.", "482-913_walrus_lemon_violin", "4 8 2 9 1 3 walrus lemon violin",
    ]
    for text in texts { #expect(try PairingCode(text) == code, "\(text)") }
    #expect(code.room.text == "p-482913")
    #expect(try PairingCode("000000 aardvark aardvark aardvark").digits == "000000")
  }

  @Test("The word that has a hyphen itself is read with it, with a space and without")
  func hyphenatedWord() throws {
    let code = try PairingCode("000001-yo-yo-yo-yo-lemon")
    #expect(code.words == ["yo-yo", "yo-yo", "lemon"])
    for text in ["000001 yoyo yo-yo lemon", "000001 yo yo yoyo lemon", "\(code)"] {
      #expect(try PairingCode(text) == code, "\(text)")
    }
    #expect(
      problem("000001 yo lemon violin")
        == .unknownWord("yo", nearest: Array(PairingCode.completions(of: "yo").prefix(3))))
  }

  @Test("What is no code says what is missing, and which words are like one that is none")
  func problems() {
    #expect(problem("") == .notSixDigits(found: 0))
    #expect(problem("walrus lemon violin") == .notSixDigits(found: 0))
    #expect(problem("48291 walrus lemon violin") == .notSixDigits(found: 5))
    #expect(problem("4829133 walrus lemon violin") == .notSixDigits(found: 7))
    #expect(problem("482913") == .notThreeWords(found: 0))
    #expect(problem("482913 walrus lemon") == .notThreeWords(found: 2))
    #expect(problem("482913 walrus lemon violin walrus") == .notThreeWords(found: 4))
    #expect(problem("482913 walrs lemon violin") == .unknownWord("walrs", nearest: ["walrus"]))
    #expect(problem("482913 walrus elmon violin") == .unknownWord("elmon", nearest: ["lemon"]))
    #expect(problem("482913 walrus lemon vio") == .unknownWord("vio", nearest: ["violin"]))
    #expect(problem("482913 walrus lemon 7") == .unknownWord("7", nearest: []))
    #expect(problem("482913 zzzzzzzzz lemon violin") == .unknownWord("zzzzzzzzz", nearest: []))
    #expect(problem("٤٨٢٩١٣ walrus lemon violin") == .notSixDigits(found: 0))
    #expect(problem(String(repeating: "1 ", count: 200)) == .notThreeWords(found: nil))
    #expect(problem("482913 wälrus lemon violin") == .unknownWord("wälrus", nearest: ["walrus"]))
  }

  @Test("Every problem has a sentence")
  func sentences() {
    let sentences = ["", "482913", "482913 walrs a b", "482913 zzzzzzzzz", String(repeating: "1 ", count: 200)]
      .compactMap { problem($0).map { "\($0)" } }
    #expect(
      sentences == [
        "a code begins with six digits, and this has 0", "a code has three words, and this has 0",
        "“walrs” is not a word of any code: is it “walrus”?", "one of the words is not a word of any code",
        "a code has three words, and this has many more",
      ])
  }

  @Test("The list has 1296 sorted words, no two with the same three letters or nearer than three edits")
  func list() {
    let words = WordList.words
    #expect(words.count == 1296 && words == words.sorted() && words.first == "aardvark" && words.last == "zucchini")
    #expect(Set(words.map { $0.prefix(3) }).count == words.count)
    #expect(words.allSatisfy { word in word.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) } })
    for word in words { #expect(WordList.contains(word)) }
    #expect((0..<WordList.count).map(WordList.word) == words)
  }

  @Test("Three letters complete a word, and one wrong letter anywhere is found out and the right word named")
  func completion() {
    for word in WordList.words {
      #expect(PairingCode.completions(of: word.prefix(3)) == [word])
      #expect(PairingCode.completions(of: word.prefix(3).uppercased()) == [word])
    }
    #expect(PairingCode.completions(of: "wa").count > 1)
    #expect(PairingCode.completions(of: "xyz").isEmpty)
    #expect(PairingCode.completions(of: "").count == 1296)
    for word in WordList.words.enumerated().filter({ $0.offset % 100 == 0 }).map(\.element) {
      for index in word.indices.dropFirst() {
        var wrong = word
        wrong.replaceSubrange(index...index, with: word[index] == "q" ? "z" : "q")
        #expect(WordList.nearest(to: wrong) == [word], "\(wrong)")
      }
    }
  }

  @Test("New codes come from the whole of both ranges")
  func newCodes() throws {
    var dice = Dice(seed: 3)
    let codes = (0..<3000).map { _ in PairingCode(using: &dice) }
    #expect(Set(codes).count == 3000)
    #expect(Set(codes.flatMap(\.words)).count > 1200)
    #expect(codes.contains { $0.digits.hasPrefix("0") } && codes.allSatisfy { $0.digits.count == 6 })
    for code in codes { #expect(try PairingCode("\(code)") == code) }
    var random = SystemRandomNumberGenerator()
    #expect(PairingCode(using: &random) != PairingCode(using: &random))
  }
}
