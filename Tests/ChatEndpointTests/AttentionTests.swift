import Testing

@testable import ChatEndpoint

@Suite("The attention of a person")
struct AttentionTests {
  private let later = WallTime(seconds: WallTime.noon.seconds + 1)

  @Test("is not drawn while the terminal has the focus or has not said so")
  func focused() {
    var attention = Attention(bell: .unfocused)
    #expect(attention.messagesCame(1, from: "bob", at: .noon) == "")
    #expect(attention.focusChanged(to: true) == "")
    #expect(attention.connected(to: "bob", at: .noon) == "")
    #expect(!attention.ownsTitle)
  }

  @Test("is drawn by the bell and the title without the focus; the title comes back with it")
  func unfocused() {
    var attention = Attention(bell: .unfocused)
    #expect(attention.focusChanged(to: false) == "")
    #expect(
      attention.connected(to: "bob", at: .noon) == "\u{1B}[22;2t\u{1B}]2;bob is here - tincan\u{1B}\\\u{7}")
    #expect(attention.messagesCame(2, from: "bob", at: later) == "\u{1B}]2;(2) bob - tincan\u{1B}\\\u{7}")
    // A flood is one noise a second.
    #expect(attention.messagesCame(3, from: "bob", at: later) == "\u{1B}]2;(5) bob - tincan\u{1B}\\")
    #expect(attention.ownsTitle)
    #expect(attention.focusChanged(to: true) == "\u{1B}[23;2t")
    #expect(!attention.ownsTitle)
    _ = attention.focusChanged(to: false)
    #expect(
      attention.messagesCame(1, from: "bob", at: .noon) == "\u{1B}[22;2t\u{1B}]2;(1) bob - tincan\u{1B}\\\u{7}")
    #expect(attention.terminalGiven() == "\u{1B}[23;2t")
    #expect(attention.hasFocus == nil)
    #expect(attention.terminalGiven() == "")
  }

  @Test("is drawn by the bell as the person wants", arguments: [(BellChoice.always, "\u{7}"), (.never, "")])
  func bells(bell: BellChoice, sequence: String) {
    var attention = Attention(bell: bell)
    #expect(attention.messagesCame(1, from: "bob", at: .noon) == sequence)
    _ = attention.focusChanged(to: false)
    #expect(attention.messagesCame(1, from: "bob", at: later).hasSuffix("\\" + sequence))
  }

  @Test("is drawn by a title of a bounded length")
  func longName() {
    var attention = Attention(bell: .never)
    _ = attention.focusChanged(to: false)
    #expect(attention.connected(to: String(repeating: "x", count: 5000), at: .noon).count < 100)
  }
}
