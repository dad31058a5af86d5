import CVTerm

/// How text looks: the attributes and colours a scenario asks for. Others may be anything.
struct Style {
  /// The colours every terminal has, in the order of their numbers.
  private static let colors = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
  private static let attributes = ["bold", "italic", "underlined", "blinking", "reversed", "struck"]

  /// Whether a word can be part of a style.
  static func isWord(_ word: String) -> Bool { words.contains(word) || isNumberedColor(word) }

  /// `color-208` of 256, or `rgb(255,136,0)` of all.
  private static func isNumberedColor(_ word: String) -> Bool {
    if word.hasPrefix("color-") { return Int(digits: word.dropFirst(6)).map { (16...255).contains($0) } ?? false }
    guard word.hasPrefix("rgb("), word.hasSuffix(")") else { return false }
    let parts = word.dropFirst(4).dropLast().split(separator: ",", omittingEmptySubsequences: false)
    return parts.count == 3 && parts.allSatisfy { UInt8(digits: $0) != nil }
  }

  /// The words a style can be made of, save for the colours that have numbers.
  static let words = attributes + colors + colors.map { "bright-\($0)" } + ["default", "plain", "on"]

  private(set) var words: [String] = []

  /// The style made by these words, or nil when they make none: at most one colour and one behind it, and `plain`
  /// by itself.
  init?(_ words: [String]) {
    var colors = 0
    var backgrounds = 0
    for (index, word) in words.enumerated() {
      let isBackground = index > 0 && words[index - 1] == "on"
      if word == "on" {
        if isBackground || index + 1 == words.count { return nil }
      } else if word == "plain" || Self.attributes.contains(word) {
        if isBackground || (word == "plain" && words.count > 1) { return nil }
      } else {
        guard Self.isWord(word) else { return nil }
        if isBackground { backgrounds += 1 } else { colors += 1 }
      }
    }
    guard !words.isEmpty, colors <= 1, backgrounds <= 1 else { return nil }
    self.words = words
  }

  /// Whether a cell looks like that.
  func describes(_ cell: VTermScreenCell) -> Bool {
    var isBackground = false
    for word in words {
      if word == "on" {
        isBackground = true
      } else if word == "plain" {
        if !Self.of(cell).isEmpty { return false }
      } else if Self.attributes.contains(word) {
        if !Self.attributes(of: cell).contains(word) { return false }
      } else {
        if Self.color(isBackground ? cell.bg : cell.fg) != word { return false }
        isBackground = false
      }
    }
    return true
  }

  /// How a cell looks, in the words of a scenario; no words when it is plain.
  static func of(_ cell: VTermScreenCell) -> [String] {
    var words = attributes(of: cell)
    let foreground = color(cell.fg)
    let background = color(cell.bg)
    if foreground != "default" { words.append(foreground) }
    if background != "default" { words += ["on", background] }
    return words
  }

  private static func attributes(of cell: VTermScreenCell) -> [String] {
    let attributes = cell.attrs
    let present = [
      attributes.bold != 0, attributes.italic != 0, attributes.underline != 0, attributes.blink != 0,
      attributes.reverse != 0, attributes.strike != 0,
    ]
    return zip(Self.attributes, present).filter(\.1).map(\.0)
  }

  private static func color(_ color: VTermColor) -> String {
    if UInt32(color.type) & (VTERM_COLOR_DEFAULT_FG.rawValue | VTERM_COLOR_DEFAULT_BG.rawValue) != 0 {
      return "default"
    }
    guard UInt32(color.type) & VTERM_COLOR_TYPE_MASK.rawValue == VTERM_COLOR_INDEXED.rawValue else {
      return "rgb(\(color.rgb.red),\(color.rgb.green),\(color.rgb.blue))"
    }
    let index = Int(color.indexed.idx)
    if index < 8 { return colors[index] }
    return index < 16 ? "bright-\(colors[index - 8])" : "color-\(index)"
  }
}
