import CSystem
import Glibc

/// How many descriptors this process may have open: RLIMIT_NOFILE of getrlimit(2).
public enum DescriptorLimit {
  /// The limit now, and what it may be raised to.
  public static var current: (soft: Int, hard: Int) {
    var limit = rlimit()
    // A sandbox may forbid asking; then the least that is usual.
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return (1024, 1024) }
    return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
  }

  /// Raises the limit as far as it goes without privileges.
  /// - Returns: the limit now.
  public static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return current.soft }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return current.soft
  }
}
