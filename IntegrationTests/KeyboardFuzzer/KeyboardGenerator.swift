import Glibc

@testable import Harness

/// Makes cases up: every key that readline binds, and what else comes in through a terminal.
struct KeyboardGenerator {
  private var chance: SeededChance

  init(seed: UInt64) { chance = SeededChance(seed: seed) }

  mutating func nextCase() -> KeyboardCase {
    let isVi = percent(35)
    var inputrc = isVi ? ["set editing-mode vi"] : []
    for setting in Self.settings where percent(12) { inputrc.append(setting) }
    for binding in Self.bindings where percent(25) { inputrc.append(binding) }
    var environment = KeyboardCase.plainEnvironment
    if percent(8) { environment["TERM"] = ["dumb", "nonsense", "vt100", "screen"].randomElement(using: &chance)! }
    if percent(8) { environment["LC_ALL"] = ["C", "POSIX", "en_US.ISO-8859-1"].randomElement(using: &chance)! }
    var actions: [KeyboardAction] = []
    let count = Int.random(in: 20...160, using: &chance)
    while actions.count < count { actions += step(isVi: isVi) }
    return KeyboardCase(
      inputrc: inputrc, columns: Int.random(in: 30...100, using: &chance), rows: Int.random(in: 4...40, using: &chance),
      environment: environment, actions: actions + [.check])
  }

  private mutating func percent(_ share: Int) -> Bool { Int.random(in: 0..<100, using: &chance) < share }

  private mutating func step(isVi: Bool) -> [KeyboardAction] {
    switch Int.random(in: 0..<100, using: &chance) {
    case 0..<34: return [.type(isVi && percent(60) ? viKey() : key())]
    case 34..<52: return [.type(text())]
    case 52..<62: return [.check, .enter, .check]
    case 62..<66: return [.type(paste())]
    case 66..<69: return tornPaste()
    case 69..<72: return [.type(Self.replies.randomElement(using: &chance)!)]
    case 72..<75: return [.type(rubbish())]
    case 75..<78: return [.resize(columns: size(2...120), rows: size(1...50))]
    case 78..<79: return (0..<size(2...8)).map { _ in .resize(columns: size(20...120), rows: size(3...50)) }
    case 79..<81: return [.pause]
    case 81..<82: return [.signal(SIGTSTP)]
    case 82..<83: return [.signal(SIGWINCH)]
    case 83..<85: return [.type([0x03])]
    case 85..<93: return [.receive(line())]
    default: return [.check]
    }
  }

  private mutating func size(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }

  // MARK: Keys

  private mutating func key() -> [UInt8] {
    var keys: [UInt8] = []
    if percent(12) { keys += argument() }
    switch size(0...9) {
    case 0...3:
      // Every control character but Enter, Ctrl-C, Ctrl-Z, Ctrl-\ and Ctrl-S.
      keys.append(
        [0...2, 4...9, 11...12, 14...18, 20...25, 29...31, 127...127].flatMap { $0 }.randomElement(using: &chance)!)
    case 4...5: keys += [0x1B] + [UInt8](Self.metaKeys.randomElement(using: &chance)!.utf8)
    case 6: keys += [0x18] + [UInt8](Self.ctlxKeys.randomElement(using: &chance)!.utf8)
    case 7...8: keys += Array(Self.sequences.randomElement(using: &chance)!.utf8)
    default: keys.append(UInt8(size(0x20...0x7E)))
    }
    return keys
  }

  private mutating func argument() -> [UInt8] {
    [
      "\u{1B}\(size(0...9))", "\u{1B}-", "\u{1B}-\(size(0...9))", "\u{1B}\(size(1...3))\(size(0...9))",
    ].randomElement(using: &chance).map { Array($0.utf8) }!
  }

  private mutating func viKey() -> [UInt8] {
    let keys =
      "ABCDEFGHIJKLMNOPRSTUVWXYabcdefghijklmnopqrstuvwxyz0123456789$^%~|_-+=*\\#/?.,;`\"'() "
      + "\u{1B}\u{4}\u{12}\u{17}\u{16}"
    let count = percent(30) ? "\(size(1...12))" : ""
    let motion = percent(40) ? String("hlwbeWBE0$^fFtT;,`|%".randomElement(using: &chance)!) : ""
    return Array((count + String(keys.randomElement(using: &chance)!) + motion).utf8)
  }

  // MARK: Texts

  private mutating func word() -> String { Self.words.randomElement(using: &chance)! }

  private mutating func text() -> [UInt8] {
    Array((0..<size(1...4)).map { _ in word() }.joined(separator: percent(70) ? " " : "").utf8)
  }

  private mutating func line() -> String {
    (0..<size(0...12)).map { _ in word() }.joined(separator: " ").filter { !$0.isNewline }
  }

  private mutating func paste() -> [UInt8] {
    let ends = ["\n", "\r\n", "\r", " "].randomElement(using: &chance)!
    let lines = (0..<size(0...(percent(10) ? 60 : 4))).map { _ in percent(20) ? "" : line() }
    let odd = percent(25) ? ["\u{0}", "\t", "\u{1B}[31m", "\u{7F}", "\u{3}"].randomElement(using: &chance)! : ""
    return Array("\u{1B}[200~\(lines.joined(separator: ends))\(odd)\u{1B}[201~".utf8)
  }

  /// A paste in pieces, with other things in between; sometimes its end never comes.
  private mutating func tornPaste() -> [KeyboardAction] {
    let whole = paste()
    let first = size(0...(whole.count - 1))
    let second = size(first...(whole.count - 1))
    var actions: [KeyboardAction] = [
      .type(Array(whole[..<first])), .receive(line()), .type(Array(whole[first..<second])),
    ]
    if percent(30) { actions.append(.type([0x03])) }
    if percent(30) { actions.append(.resize(columns: size(20...100), rows: size(3...40))) }
    if percent(80) { actions.append(.type(Array(whole[second...]))) }
    return actions
  }

  private mutating func rubbish() -> [UInt8] {
    (0..<size(1...6)).map { _ in UInt8(size(0x80...0xFF)) }
  }
}
