import Basics
import Testing

@Suite("Numbers in digits")
struct DigitsTests {
  @Test(
    "digits alone are a number",
    arguments: [
      ("0", 0), ("7", 7), ("08", 8), ("65535", 65535), ("00000000000000000001", 1),
      ("9223372036854775807", Int.max),
    ])
  func digits(text: String, number: Int) { #expect(Int(digits: text.utf8) == number) }

  @Test(
    "anything else is none",
    arguments: [
      "", "+5", "-5", "-0", " 5", "5 ", "5\n", "5\r", "0x5", "5e1", "5.0", "1_000", "a", "٥", "５", "²", "5\u{301}",
      "9223372036854775808", "99999999999999999999", "000000000000000000001",
    ])
  func nothingElse(text: String) { #expect(Int(digits: text.utf8) == nil) }

  @Test("each type has its own bound")
  func bounds() {
    #expect(UInt8(digits: "255".utf8) == 255)
    #expect(UInt8(digits: "256".utf8) == nil)
    #expect(UInt8(digits: "300".utf8) == nil)
    #expect(Int8(digits: "127".utf8) == 127)
    #expect(Int8(digits: "128".utf8) == nil)
    #expect(UInt16(digits: "65536".utf8) == nil)
    #expect(UInt64(digits: "18446744073709551615".utf8) == .max)
    #expect(UInt64(digits: "18446744073709551616".utf8) == nil)
  }

  @Test("other radixes have their own digits")
  func radixes() {
    #expect(Int(digits: "660".utf8, radix: 8) == 0o660)
    #expect(Int(digits: "680".utf8, radix: 8) == nil)
    #expect(Int(digits: "fF".utf8, radix: 16) == 255)
    #expect(Int(digits: "fg".utf8, radix: 16) == nil)
    #expect(Int(digits: "+f".utf8, radix: 16) == nil)
    #expect(Int8(digits: "+11".utf8, radix: 2) == nil)
    #expect(Int8(digits: "z".utf8, radix: 36) == 35)
  }

  @Test("every byte that is no digit of the radix is refused", arguments: [2, 8, 10, 16, 36])
  func bytes(radix: Int) {
    for byte in UInt8.min ... .max {
      #expect(Int(digits: [byte], radix: radix) == Int(String(decoding: [byte], as: UTF8.self), radix: radix))
    }
  }

  @Test("hexadecimal text is read as the bytes it was written from")
  func hexadecimal() {
    let all = Array(UInt8.min ... .max)
    #expect(Hexadecimal.text([0x00, 0x0f, 0xc0, 0xff]) == "000fc0ff")
    #expect(Hexadecimal.bytes(Hexadecimal.text(all).utf8) == all)
    #expect(Hexadecimal.bytes("".utf8) == [])
    for text in ["0", "0g", "0F", "+1", "0x", "0 1"] { #expect(Hexadecimal.bytes(text.utf8) == nil) }
  }
}
