import Glibc

/// A value only one thread at a time can touch: pthread_mutex_lock(3).
///
/// The standard library's `Mutex` does the same, but the thread sanitizer sees neither its lock nor its unlock, and
/// reports every use of what it guards. The relay's tests run under that sanitizer, so its threads use a lock that it
/// knows.
public final class Lock<Value: Sendable>: @unchecked Sendable {
  // Unchecked, as the compiler cannot know that `value` is touched only between lock and unlock.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  public init(_ value: Value) {
    self.value = value
    // In memory of its own: a mutex must never move.
    mutex = .allocate(capacity: 1)
    let code = pthread_mutex_init(mutex, nil)
    precondition(code == 0, "a mutex needs nothing but memory")
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body`, which must not wait for anything, with the value to itself.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
