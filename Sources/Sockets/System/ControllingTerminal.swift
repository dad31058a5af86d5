import CSystem
import Glibc

/// The terminal this process belongs to (tty(4)).
public enum ControllingTerminal {
  /// Whether there is one now. After its window was closed there is none any more.
  public static var isThere: Bool {
    let number = csystem_open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK, 0)
    guard number >= 0 else { return false }
    SystemCalls.close(number)
    return true
  }
}
