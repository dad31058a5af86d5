import CHarness

/// Keeps a process, and all it starts, from writing files where none may be left. Reading is free.
public enum Confinement {
  /// Whether this Linux has what it takes.
  public static var isPossible: Bool { harness_can_confine() }

  /// What every program may write to, and where nothing can be left.
  private static let devices = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"].map { "/dev/\($0)" }

  /// From now on only what is below this directory can be made, written or removed by this process and its
  /// descendants, besides a few devices and `/proc`; an attempt elsewhere fails with EACCES. Gives false where Linux
  /// has no Landlock: then nothing changes.
  @discardableResult
  public static func confine(to directory: String) -> Bool {
    let paths = [directory, "/proc"] + devices
    let strings = CStrings(paths.map { Array($0.utf8) })
    let pointers = UnsafeMutableRawPointer(strings.pointers).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    return harness_confine(pointers, paths.count)
  }
}
