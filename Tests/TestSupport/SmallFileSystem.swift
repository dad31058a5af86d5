import Glibc

/// A file system that is soon full, and can be made read-only. It is mounted in a namespace of one thread, so that no
/// other test notices (mount_namespaces(7)).
public enum SmallFileSystem {
  /// Whether this process may mount.
  public static let isPossible = mounted(at: "/tmp", kilobytes: 4) { true } ?? false

  /// Runs `body` on a thread that has such a file system at `path`.
  /// - Returns: what the body returns; nil if this process may not mount, and then nothing was run.
  public static func mounted<Result>(
    at path: String, kilobytes: Int, _ body: @escaping () -> Result
  ) -> Result? {
    let newMounts: CInt = 0x2_0000
    return Namespace.run(unsharing: newMounts) {
      guard mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else { return nil }
      return mount("none", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 ? body() : nil
    } ?? nil
  }

  /// Makes it read-only, or no longer. Only the body may call this.
  public static func setReadOnly(_ path: String, _ isReadOnly: Bool) {
    let code = mount(nil, path, nil, UInt(MS_REMOUNT | (isReadOnly ? MS_RDONLY : 0)), nil)
    precondition(code == 0, "a mount of our own can be changed")
  }
}
