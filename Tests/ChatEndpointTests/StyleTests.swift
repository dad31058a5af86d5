import TestSupport
import Testing

@testable import ChatEndpoint
@testable import Terminal

// The C library reads the time zone from a file.
@Suite("The look of the conversation", .opensDescriptors)
struct StyleTests {
  /// Palettes as their programs have them: the eight colours, then the bright eight, as red, green and blue.
  private static let palettes: [String: [Int]] = [
    "xterm": [
      0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
      0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ],
    "Linux console": [
      0x000000, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA,
      0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF,
    ],
    "GNOME": [
      0x000000, 0xCC0000, 0x4E9A06, 0xC4A000, 0x3465A4, 0x75507B, 0x06989A, 0xD3D7CF,
      0x555753, 0xEF2929, 0x8AE234, 0xFCE94F, 0x729FCF, 0xAD7FA8, 0x34E2E2, 0xEEEEEC,
    ],
    "Windows": [
      0x0C0C0C, 0xC50F1F, 0x13A10E, 0xC19C00, 0x0037DA, 0x881798, 0x3A96DD, 0xCCCCCC,
      0x767676, 0xE74856, 0x16C60C, 0xF9F1A5, 0x3B78FF, 0xB4009E, 0x61D6D6, 0xF2F2F2,
    ],
  ]

  /// Relative luminance, as WCAG 2.2 defines it.
  private func luminance(_ color: Int) -> Double {
    func linear(_ part: Int) -> Double {
      let share = Double(part & 0xFF) / 255
      if share <= 0.04045 { return share / 12.92 }
      // The power of 2.4, by powers that need no mathematics library: x^2.4 = x^2 · x^0.4, and x^0.4 = (x²)^(1/5).
      let base = (share + 0.055) / 1.055
      var root = 1.0
      for _ in 0..<50 { root -= (root * root * root * root * root - base * base) / (5 * root * root * root * root) }
      return base * base * root
    }
    return 0.2126 * linear(color >> 16) + 0.7152 * linear(color >> 8) + 0.0722 * linear(color)
  }

  /// The numbers of colours in a text's sequences, from 0 to 15. Many terminals show a bold colour as the bright one.
  private func colors(in text: String) -> Set<Int> {
    var colors: Set<Int> = []
    for sequence in text.matches(of: /\u{1B}\[([0-9;]*)m/) {
      let codes = sequence.output.1.split(separator: ";").compactMap { Int($0) }
      for code in codes {
        if (30...37).contains(code) { colors.formUnion(codes.contains(1) ? [code - 30, code - 22] : [code - 30]) }
        if (90...97).contains(code) { colors.insert(code - 82) }
      }
    }
    return colors
  }

  private static let entries: [Transcript.Entry] = [
    .day("d"), .message(from: "bob", "t", isOwn: false), .message(from: "alice", "t", isOwn: true),
    .continuation("t", isOwn: false),
    .action("alice waves", isOwn: true), .event("e"),
  ]

  @Test("is readable on white and on black")
  func contrast() {
    let style = Style(colors: true, timestamps: .hoursAndMinutes)
    let text = StyleTests.entries.map { style.paragraph($0, at: .noon).rows(columns: 80) }.joined()
    #expect(!colors(in: text).isEmpty)
    for color in colors(in: text) {
      for (name, palette) in StyleTests.palettes {
        let luminance = luminance(palette[color])
        #expect(1.05 / (luminance + 0.05) >= 3, "colour \(color) of \(name) on white")
        #expect((luminance + 0.05) / 0.05 >= 3, "colour \(color) of \(name) on black")
      }
    }
  }

  @Test("has no sequence without colours, and ends every rendition")
  func plain() {
    let plain = Style(colors: false, timestamps: .hoursAndMinutes)
    let colored = Style(colors: true, timestamps: .hoursAndMinutes)
    for entry in StyleTests.entries {
      let row = colored.paragraph(entry, at: .noon).rows(columns: 80)
      #expect(row.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain.paragraph(entry, at: .noon).rows(columns: 80))
      #expect(row.matches(of: /\u{1B}\[[0-9;]*m/).last?.output == "\u{1B}[0m")
    }
  }
}
