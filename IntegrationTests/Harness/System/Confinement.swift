import CHarness

/// Keeps a process, and all it starts, from writing files where none may be left. Reading is free.
public enum Confinement {
  /// Whether this Linux has what it takes.
  public static var isPossible: Bool { harness_can_confine() }

  /// Whether times and permissions of files elsewhere can be kept as they are, too.
  public static var canSeal: Bool { harness_can_seal("/tmp") }

  /// The files that every program may write to, in which nothing can be left.
  private static let devices = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"].map { "/dev/\($0)" }

  /// From now on only what is below this directory can be made, written or removed by this process and its
  /// descendants, besides a few devices and `/proc`; an attempt elsewhere fails with EACCES. Gives false where Linux
  /// has no Landlock. Where namespaces of mounts can be had, times and permissions elsewhere stay as they are, too:
  /// Landlock does not watch over those.
  @discardableResult
  public static func confine(to directory: String) -> Bool {
    let paths = [directory, "/proc"] + devices
    let strings = CStrings(paths.map { Array($0.utf8) })
    let pointers = UnsafeMutableRawPointer(strings.pointers).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    _ = harness_seal(directory)
    return harness_confine(pointers, paths.count)
  }
}
