/// The settings of a terminal besides what is drawn: its title, its clipboard, and modes that change what keys
/// send or how text is drawn. The sequences are those that xterm documents
/// (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html).
struct TerminalSettings {
  private(set) var title: [UInt8] = []
  /// The text that was put into the clipboard; nil when nothing was.
  private(set) var clipboard: [UInt8]?
  private(set) var bells = 0
  private var pushedTitles: [[UInt8]] = []
  /// The modes that are not as a terminal begins with them, with the words for it.
  private var changed: [Mode: Bool] = [:]
  private var scrollRegion = ""

  /// A terminal remembers no more titles than these.
  private static let mostTitles = 10

  private enum Mode: CaseIterable {
    case applicationCursorKeys, applicationKeypad, focusReports, autowrap, reverseScreen, originMode, insertMode
    case lineDrawing, newlineMode

    /// The note on it when it is not as in the beginning.
    var description: String {
      switch self {
      case .applicationCursorKeys: "arrow keys send those of applications"
      case .applicationKeypad: "the keypad sends keys of applications"
      case .focusReports: "focus is reported"
      case .autowrap: "long lines are not wrapped"
      case .reverseScreen: "the screen is reversed"
      case .originMode: "rows count from the scroll region"
      case .insertMode: "text is inserted"
      case .lineDrawing: "letters are drawn as lines"
      case .newlineMode: "Enter sends two characters"
      }
    }
  }

  /// DEC's private modes by number (CSI ? NUMBER h and l), with what a terminal begins with.
  private static let privateModes: [String: (mode: Mode, initially: Bool)] = [
    "1": (.applicationCursorKeys, false), "5": (.reverseScreen, false), "6": (.originMode, false),
    "7": (.autowrap, true), "66": (.applicationKeypad, false), "1004": (.focusReports, false),
  ]

  /// Whether arrows, Home and End send what applications ask for.
  var arrowsAreOfApplications: Bool { changed[.applicationCursorKeys] == true }
  /// Whether Enter sends a line feed, too.
  var newlinesAreSent: Bool { changed[.newlineMode] == true }

  /// Whether a line that is too long is cut at the edge, not wrapped.
  var cutsLines: Bool { changed[.autowrap] == true }

  /// The differences from the beginning, in words. A scroll region of all rows is none.
  func differences(rows: Int) -> [String] {
    let modes = Mode.allCases.filter { changed[$0] == true }.map(\.description)
    let isWhole = ["", ";", "1", "1;", "0;0", ";\(rows)", "1;\(rows)", "0;\(rows)"].contains(scrollRegion)
    return modes + (isWhole ? [] : ["only rows \(scrollRegion.replacing(";", with: " to ")) scroll"])
  }

  /// A terminal that is resized scrolls all its rows again.
  ///
  /// - Returns: whether only some did.
  mutating func forgetScrollRegion() -> Bool {
    defer { scrollRegion = "" }
    return !scrollRegion.isEmpty
  }

  /// Takes note of a sequence.
  mutating func apply(_ sequence: ControlSequences.Sequence) {
    switch sequence {
    case .bell: bells += 1
    case .escape(let bytes): escape(String(decoding: bytes, as: UTF8.self))
    case .control(let marker, let parameters, let intermediate, let final):
      control(marker, parameters, intermediate, final)
    case .command(let string): command(string)
    }
  }

  private mutating func escape(_ sequence: String) {
    switch sequence {
    case "=": changed[.applicationKeypad] = true
    case ">": changed[.applicationKeypad] = false
    case "(0": changed[.lineDrawing] = true
    case "(B": changed[.lineDrawing] = false
    case "c": reset()
    default: break
    }
  }

  private mutating func control(_ marker: UInt8?, _ parameters: String, _ intermediate: String, _ final: UInt8) {
    let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    switch (marker, intermediate, UnicodeScalar(final)) {
    case (UInt8(ascii: "?"), "", "h"), (UInt8(ascii: "?"), "", "l"):
      for (mode, initially) in numbers.compactMap({ Self.privateModes[$0] }) {
        changed[mode] = (final == UInt8(ascii: "h")) != initially
      }
    case (nil, "", "h"), (nil, "", "l"):
      let isOn = final == UInt8(ascii: "h")
      if numbers.contains("4") { changed[.insertMode] = isOn }
      if numbers.contains("20") { changed[.newlineMode] = isOn }
    case (nil, "", "r"): scrollRegion = parameters
    case (nil, "!", "p"): reset()
    case (nil, "", "t") where numbers[0] == "22": pushedTitles = Array((pushedTitles + [title]).suffix(Self.mostTitles))
    case (nil, "", "t") where numbers[0] == "23": title = pushedTitles.popLast() ?? title
    default: break
    }
  }

  /// A hard or soft reset. Title and clipboard stay.
  private mutating func reset() {
    changed = [:]
    scrollRegion = ""
  }

  /// OSC 0 and 2 set the title, 52 the clipboard in base64.
  private mutating func command(_ string: [UInt8]) {
    let parts = string.split(separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return }
    switch String(decoding: parts[0], as: UTF8.self) {
    case "0", "2": title = Array(parts[1])
    case "52":
      guard let content = parts[1].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).last,
        content != [UInt8(ascii: "?")]
      else { return }
      clipboard = Base64.decoded(content)
    default: break
    }
  }
}

enum Base64 {
  /// The bytes; what is no base64 (RFC 4648, section 4) is left out.
  static func decoded(_ text: some Sequence<UInt8>) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for value in text.compactMap({ alphabet.firstIndex(of: $0) }) {
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
