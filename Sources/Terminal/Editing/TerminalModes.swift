@preconcurrency import CReadline
import Glibc

/// The modes of the terminal on standard input: ours, and those that others want there.
///
/// The others' are read whenever the terminal is taken, and not only at the start: a shell sets its own each time it
/// stops a job, and `stty` may have been run meanwhile.
@MainActor
struct TerminalModes {
  /// The modes that we set last and did not take back.
  private var ours: termios?

  /// Sets ours.
  /// - Parameter willTake: called while the others' modes stand.
  /// - Returns: the keys that ask for signals.
  mutating func take(_ willTake: () -> Void) -> [UInt8: KeyboardSignal] {
    giveBack()
    willTake()
    rl_prep_terminal(1)
    let keys = KeyboardSignal.takeKeys()
    ours = TerminalModes.present
    return keys
  }

  /// Puts the others' back, unless they have done so: then these are newer than those we know.
  mutating func giveBack() {
    guard let ours else { return }
    self.ours = nil
    var newer = TerminalModes.present.flatMap { TerminalModes.areEqual($0, ours) ? nil : $0 }
    rl_deprep_terminal()
    if newer != nil { tcsetattr(0, TCSANOW, &newer!) }
  }

  private static var present: termios? {
    var modes = termios()
    return tcgetattr(0, &modes) == 0 ? modes : nil
  }

  private static func areEqual(_ some: termios, _ others: termios) -> Bool {
    some.c_iflag == others.c_iflag && some.c_oflag == others.c_oflag && some.c_cflag == others.c_cflag
      && some.c_lflag == others.c_lflag
      && withUnsafeBytes(of: some.c_cc) { some in
        withUnsafeBytes(of: others.c_cc) { some.elementsEqual($0) }
      }
  }
}
