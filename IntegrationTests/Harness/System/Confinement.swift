import CHarness

/// Keeps a process, and all it starts, from writing files where none may be left. Reading is free.
public enum Confinement {
  /// Whether this Linux has what it takes.
  public static var isPossible: Bool { harness_can_confine() }

  /// From now on only what is below these directories can be made, written or removed by this process and its
  /// descendants; an attempt elsewhere fails with EACCES. Gives false where Linux has no Landlock: then nothing changes.
  @discardableResult
  public static func confine(to directories: [String]) -> Bool {
    let strings = CStrings(directories.map { Array($0.utf8) })
    let pointers = UnsafeMutableRawPointer(strings.pointers).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    return harness_confine(pointers, directories.count)
  }
}
