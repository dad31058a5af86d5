import Glibc

/// The wish of a key of the terminal that the kernel would make a signal of.
///
/// We read these keys ourselves, in their place among the others. The kernel would also throw away what the terminal
/// holds in both directions (isig() in its drivers/tty/n_tty.c): keys, half a paste, and output of ours, after which
/// nobody would know what is on the screen.
public enum KeyboardSignal: Sendable {
  /// Ctrl-C, unless stty(1) says otherwise.
  case interrupt
  /// Ctrl-\.
  case quit
  /// Ctrl-Z.
  case suspend

  /// Has the terminal on standard input send these keys as they are.
  /// - Returns: which keys they are; none when the terminal made no signals before.
  static func takeKeys() -> [UInt8: KeyboardSignal] {
    var modes = termios()
    guard tcgetattr(0, &modes) == 0, modes.c_lflag & tcflag_t(ISIG) != 0 else { return [:] }
    let characters = withUnsafeBytes(of: &modes.c_cc) { Array($0) }
    modes.c_lflag &= ~tcflag_t(ISIG)
    guard tcsetattr(0, TCSANOW, &modes) == 0 else { return [:] }
    let keys = [(VINTR, KeyboardSignal.interrupt), (VQUIT, .quit), (VSUSP, .suspend)]
    // Zero disables a key (_POSIX_VDISABLE).
    return Dictionary(keys.map { (characters[Int($0)], $1) }.filter { $0.0 != 0 }) { first, _ in first }
  }
}
