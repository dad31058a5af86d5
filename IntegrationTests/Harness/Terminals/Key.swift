import CVTerm

/// A key as a scenario names it: `Enter`, `Ctrl-D`, `Alt-b`, `Shift-Tab`, `Ctrl-Left`.
struct Key {
  private enum Base {
    case named(VTermKey)
    case character(Character)
  }

  private static let named: [(String, VTermKey)] = [
    ("Enter", VTERM_KEY_ENTER), ("Tab", VTERM_KEY_TAB), ("Backspace", VTERM_KEY_BACKSPACE),
    ("Escape", VTERM_KEY_ESCAPE), ("Up", VTERM_KEY_UP), ("Down", VTERM_KEY_DOWN), ("Left", VTERM_KEY_LEFT),
    ("Right", VTERM_KEY_RIGHT), ("Insert", VTERM_KEY_INS), ("Delete", VTERM_KEY_DEL), ("Home", VTERM_KEY_HOME),
    ("End", VTERM_KEY_END), ("PageUp", VTERM_KEY_PAGEUP), ("PageDown", VTERM_KEY_PAGEDOWN),
  ]

  /// The names a misspelt one is compared with.
  static let names =
    named.map(\.0) + ["Space", "F1", "F12"] + ["A", "C", "D", "U", "W", "Z"].map { "Ctrl-\($0)" }
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
      base = .named(key)
    } else if rest == "Space" {
      base = .character(" ")
    } else if rest.hasPrefix("F"), let number = UInt32(rest.dropFirst()), (1...12).contains(number) {
      base = .named(VTermKey(rawValue: VTERM_KEY_FUNCTION_0.rawValue + number))
    } else if rest.count == 1, let character = rest.first, control || alt {
      if control && Self.controlByte(character) == nil { return nil }
      base = .character(character)
    } else {
      return nil
    }
  }

  /// What the terminal sends for it in its present mode.
  func bytes(on screen: Screen) -> [UInt8] {
    switch base {
    case .named(let key):
      var modifiers: UInt32 = 0
      if shift { modifiers |= VTERM_MOD_SHIFT.rawValue }
      if alt { modifiers |= VTERM_MOD_ALT.rawValue }
      if control { modifiers |= VTERM_MOD_CTRL.rawValue }
      return screen.bytes(for: key, with: VTermModifier(rawValue: modifiers))
    case .character(let character):
      // Not by the emulator, which sends Ctrl-I and a few others in a form of its own that programs do not expect.
      let bytes = control ? Self.controlByte(character).map { [$0] } ?? [] : Array(String(character).utf8)
      return alt ? [0x1B] + bytes : bytes
    }
  }

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
