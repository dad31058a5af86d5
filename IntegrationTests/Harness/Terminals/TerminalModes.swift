import CHarness
import Glibc

/// The work of the line discipline of a terminal, as far as programs change it.
struct TerminalModes: Equatable {
  private let input, output, control, local: tcflag_t
  private let characters: [UInt8]

  /// The modes of the terminal behind a descriptor; nil when it cannot be asked.
  init?(of descriptor: Int32) {
    var modes = termios()
    guard tcgetattr(descriptor, &modes) == 0 else { return nil }
    input = modes.c_iflag
    output = modes.c_oflag
    // Without the speed, which means nothing on a pseudo-terminal and which some programs set while restoring.
    control = modes.c_cflag & ~tcflag_t(CBAUD)
    local = modes.c_lflag
    characters = withUnsafeBytes(of: &modes.c_cc) { Array($0) }
  }

  /// Whether what is typed is shown by the terminal itself.
  var echoes: Bool { local & tcflag_t(ECHO) != 0 }

  /// The differences, in words: for every setting its name and whether it is on now.
  func differences(from before: TerminalModes) -> [String] {
    var differences: [String] = []
    func compare(_ now: tcflag_t, _ then: tcflag_t, _ names: [(String, Int32)], _ rest: String) {
      var unnamed = now ^ then
      for (name, bit) in names where unnamed & tcflag_t(bit) != 0 {
        differences.append("\(name) is \(now & tcflag_t(bit) != 0 ? "on" : "off")")
        unnamed &= ~tcflag_t(bit)
      }
      if unnamed != 0 { differences.append("\(rest) flags differ") }
    }
    compare(
      local, before.local,
      [("icanon", ICANON), ("echo", ECHO), ("isig", ISIG), ("iexten", IEXTEN), ("echoe", ECHOE)], "local")
    compare(
      input, before.input, [("icrnl", ICRNL), ("ixon", IXON), ("brkint", BRKINT), ("inlcr", INLCR)], "input")
    compare(output, before.output, [("opost", OPOST), ("onlcr", ONLCR)], "output")
    compare(control, before.control, [], "control")
    if characters != before.characters { differences.append("control characters differ") }
    return differences
  }

  /// The modes of a terminal nobody has touched.
  static let initial: TerminalModes? = {
    var name = [CChar](repeating: 0, count: 64)
    let master = harness_terminal(&name, name.count)
    guard master >= 0 else { return nil }
    let descriptor = Descriptor(owning: master)
    return TerminalModes(of: descriptor.number)
  }()
}
