import Testing

@testable import Harness

/// Numbers of scenarios, and the words that have numbers in them.
struct DigitsTests {
  @Test func `Digits are a number, and nothing else is`() {
    #expect(Int(digits: "0") == 0 && Int(digits: "07") == 7 && UInt8(digits: "fF", radix: 16) == 255)
    for text in ["", "+5", "-5", "-0", " 5", "5 ", "5.0", "0x5", "1e1", "\u{665}", "99999999999999999999"] {
      #expect(Int(digits: text) == nil, "\(text)")
    }
    #expect(UInt8(digits: "+f", radix: 16) == nil && UInt8(digits: "256") == nil)
  }

  @Test func `A fraction has digits on both sides of its point`() {
    #expect(Double(digits: "2") == 2 && Double(digits: "0.5") == 0.5 && Double(digits: "1.25") == 1.25)
    for text in ["", ".", ".5", "5.", "1.2.3", "+5", "-5", "1e3", "0x10", "inf", "nan", "1_0", "\u{665}"] {
      #expect(Double(digits: text) == nil, "\(text)")
    }
  }

  @Test func `Colours, sizes and addresses have digits`() {
    for word in ["color-16", "color-255", "rgb(255,136,0)"] { #expect(Style.isWord(word), "\(word)") }
    for word in ["color-+16", "color-256", "color-", "rgb(+5,0,0)", "rgb(-0,0,0)", "rgb(256,0,0)", "rgb(,0,0)"] {
      #expect(!Style.isWord(word), "\(word)")
    }
    func isAddress(_ text: String) -> Bool { Address.isPossible(Template([.literal(Array(text.utf8))])) }
    #expect(isAddress("localhost:8462") && isAddress("[::1]:1"))
    for text in ["localhost:+8462", "127.0.0.1:-1", "localhost:", "localhost:65536"] {
      #expect(!isAddress(text), "\(text)")
    }
    #expect(Variables.portNumber("port2") == 2 && Variables.portNumber("port+") == nil)
  }
}
