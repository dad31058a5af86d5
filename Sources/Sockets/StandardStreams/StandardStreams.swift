import CSystem
import Glibc

/// The three descriptors every program is started with.
public enum StandardStreams {
  /// Those that were closed when the program started. A closed standard error needs no care.
  public struct Closed: Sendable {
    /// Standard input.
    public let input: Bool
    /// Standard output.
    public let output: Bool
  }

  /// Fills closed standard descriptors with /dev/null, so that the first socket does not become standard output.
  /// Call it before anything else is opened.
  public static func occupy() -> Closed {
    let closed = (0...2).map { number -> Bool in
      guard csystem_is_open(CInt(number)) == 0 else { return false }
      // The lowest free number is taken, which is this one, since those below are open by now.
      let filled = csystem_fill_lowest()
      precondition(filled == CInt(number), "the lowest free descriptor is not \(number)")
      return true
    }
    return Closed(input: closed[0], output: closed[1])
  }

  /// Whether each of the three is a terminal. They are asked one by one: any mixture is ordinary.
  public static var inputIsTerminal: Bool { isatty(0) == 1 }
  /// The same of standard output.
  public static var outputIsTerminal: Bool { isatty(1) == 1 }
  /// The same of standard error.
  public static var errorIsTerminal: Bool { isatty(2) == 1 }

  /// The width of the window on standard output; nil if nobody knows it.
  public static var outputColumns: Int? {
    let columns = Int(csystem_columns(1))
    return columns > 0 ? columns : nil
  }

  /// Whether a read or a change of the modes of the terminal on standard input is ours to make: we belong to its
  /// foreground process group (tcgetpgrp(3)). From the background, either would stop us. A terminal that is not our
  /// controlling one knows no groups of ours and stops nobody. The question never waits and raises no signal.
  public static var isInForeground: Bool {
    let group = tcgetpgrp(0)
    return group < 0 || group == getpgrp()
  }

  /// Starts the output of a terminal again that Ctrl-S stopped, as Ctrl-Q would. From the background, that would stop
  /// us.
  public static func restartOutput() {
    if isInForeground { csystem_restart_output(1) }
  }

  /// Remembers the modes of the terminal, and restores them should the program die of a signal. Call it again when the
  /// terminal is ours again: another program may have had it meanwhile.
  public static func guardTerminal() { _ = csystem_guard_terminal(0) }

  /// Whether the terminal's title is ours, pushed onto its stack: then restoring the modes pops the one before.
  public static func guardTitle(isOurs: Bool) { csystem_guard_title(isOurs ? 1 : 0) }

  /// Restores the remembered modes, unless the terminal belongs to another group's foreground now.
  public static func restoreTerminal() { csystem_restore_terminal() }

  /// Closes standard output, so that the program that reads it sees its end. /dev/null takes its place, as a standard
  /// descriptor must not be given to something else.
  public static func closeOutput() {
    let null = csystem_open("/dev/null", O_WRONLY, 0)
    guard null >= 0 else { return }
    dup2(null, 1)
    SystemCalls.close(null)
  }
}
