import CSystem
import Glibc

/// A thread that runs one function from start to end.
public final class WorkerThread {
  private var thread = pthread_t()
  private var isJoined = false

  /// The function, on its way to the new thread.
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts it. Signals blocked by the caller are blocked there too (pthread_create(3)).
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let passed = Unmanaged.passRetained(Work(body))
    let code = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, passed.toOpaque())
    guard code == 0 else {
      passed.release()
      isJoined = true
      throw SystemError(call: "pthread_create", code: code)
    }
  }

  /// Waits until it has ended.
  public func join() {
    guard !isJoined else { return }
    isJoined = true
    pthread_join(thread, nil)
  }

  deinit { join() }

  /// How many threads can run at once: the processors this process may use, at least 1.
  public static var processors: Int { max(1, Int(csystem_processors())) }
}
