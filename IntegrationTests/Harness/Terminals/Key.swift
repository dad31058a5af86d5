/// A key as a scenario names it: `Enter`, `Ctrl-D`, `Alt-b`, `Shift-Tab`, `Ctrl-Left`.
///
/// It sends what xterm sends as it comes (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, PC-Style Function
/// Keys), with Alt as a leading ESC, and DEL for Backspace.
struct Key {
  private enum Base {
    /// Sent as it is; Alt puts an ESC before it.
    case plain(UInt8)
    case enter
    case tab
    case backspace
    /// CSI and a letter, or SS3 and the letter while arrows are those of applications.
    case cursor(Character)
    /// SS3 and a letter: F1 to F4.
    case function(Character)
    /// CSI, a number and `~`.
    case numbered(Int)
    case character(Character)
  }

  private static let named: [(String, Base)] = [
    ("Enter", .enter), ("Tab", .tab), ("Backspace", .backspace), ("Escape", .plain(0x1B)),
    ("Up", .cursor("A")), ("Down", .cursor("B")), ("Right", .cursor("C")), ("Left", .cursor("D")),
    ("Home", .cursor("H")), ("End", .cursor("F")), ("Insert", .numbered(2)), ("Delete", .numbered(3)),
    ("PageUp", .numbered(5)), ("PageDown", .numbered(6)), ("F1", .function("P")), ("F2", .function("Q")),
    ("F3", .function("R")), ("F4", .function("S")), ("F5", .numbered(15)), ("F6", .numbered(17)),
    ("F7", .numbered(18)), ("F8", .numbered(19)), ("F9", .numbered(20)), ("F10", .numbered(21)),
    ("F11", .numbered(23)), ("F12", .numbered(24)),
  ]

  /// The names a misspelt one is compared with.
  static let names =
    named.map(\.0) + ["Space"] + ["A", "C", "D", "U", "W", "Z"].map { "Ctrl-\($0)" }
    + ["Alt-b", "Alt-Enter", "Shift-Tab"]

  let name: String
  private let base: Base
  private var shift = false
  private var alt = false
  private var control = false

  init?(_ name: String) {
    self.name = name
    var rest = name[...]
    while true {
      if rest.hasPrefix("Ctrl-") {
        control = true
      } else if rest.hasPrefix("Alt-") {
        alt = true
      } else if rest.hasPrefix("Shift-") {
        shift = true
      } else {
        break
      }
      rest = rest[rest.index(after: rest.firstIndex(of: "-")!)...]
    }
    if let key = Self.named.first(where: { $0.0 == rest })?.1 {
      base = key
    } else if rest == "Space" {
      base = .character(" ")
    } else if rest.count == 1, let character = rest.first, control || alt {
      if control && Self.controlByte(character) == nil { return nil }
      base = .character(character)
    } else {
      return nil
    }
  }

  /// The bytes that the terminal sends for it in its present mode.
  func bytes(on screen: Screen) -> [UInt8] {
    let settings = screen.settings
    switch base {
    case .plain(let byte): return escaped([byte])
    case .enter: return escaped(settings.newlinesAreSent ? [0x0D, 0x0A] : [0x0D])
    case .tab: return escaped(shift ? Array("\u{1B}[Z".utf8) : [0x09])
    case .backspace: return escaped([control ? 0x08 : 0x7F])
    case .cursor(let letter):
      if let modifiers { return Array("\u{1B}[1;\(modifiers)\(letter)".utf8) }
      return Array("\u{1B}\(settings.arrowsAreOfApplications ? "O" : "[")\(letter)".utf8)
    case .function(let letter):
      return Array((modifiers.map { "\u{1B}[1;\($0)\(letter)" } ?? "\u{1B}O\(letter)").utf8)
    case .numbered(let number): return Array("\u{1B}[\(number)\(modifiers.map { ";\($0)" } ?? "")~".utf8)
    case .character(let character):
      return escaped(control ? Self.controlByte(character).map { [$0] } ?? [] : Array(String(character).utf8))
    }
  }

  /// The modifiers as xterm counts them; nil when there is none.
  private var modifiers: Int? {
    let sum = (shift ? 1 : 0) + (alt ? 2 : 0) + (control ? 4 : 0)
    return sum == 0 ? nil : 1 + sum
  }

  private func escaped(_ bytes: [UInt8]) -> [UInt8] { alt ? [0x1B] + bytes : bytes }

  /// Ctrl-A…Ctrl-Z are 1…26; Ctrl-[ \ ] ^ _ follow; Ctrl-Space and Ctrl-@ are 0, Ctrl-? is 127.
  private static func controlByte(_ character: Character) -> UInt8? {
    guard let ascii = character.uppercased().first?.asciiValue else { return nil }
    switch ascii {
    case 0x20: return 0
    case 0x3F: return 0x7F
    case 0x40...0x5F: return ascii & 0x1F
    default: return nil
    }
  }
}
