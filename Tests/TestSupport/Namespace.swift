import Glibc

/// Runs functions in namespaces of their own (namespaces(7)), so that no other test notices what they change.
public enum Namespace {
  /// Whether this process may have a network of its own.
  public static let networkIsPossible = withNetwork { true } ?? false

  /// Runs `body` on a thread with a network of its own, in which nothing but a loopback interface exists, and that is
  /// down. Programs that it starts have the same network.
  /// - Returns: what the body returns; nil if this process may not have such a network, and then nothing was run.
  public static func withNetwork<Result>(_ body: @escaping () -> Result) -> Result? {
    let newNetwork: CInt = 0x4000_0000
    return run(unsharing: newNetwork, body)
  }

  /// Runs `body` on a thread that has left the namespaces of the process (unshare(2)).
  /// - Returns: what the body returns; nil if this process may not do that, and then nothing was run.
  static func run<Result>(unsharing flags: CInt, _ body: @escaping () -> Result) -> Result? {
    var result: Result?
    let work = Work {
      // GNU's declarations are hidden from Swift.
      guard let symbol = dlsym(nil, "unshare") else { return }
      let unshare = unsafeBitCast(symbol, to: (@convention(c) (CInt) -> CInt).self)
      if unshare(flags) == 0 { result = body() }
    }
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Work>.fromOpaque(context!).takeUnretainedValue().body()
        return nil
      }, Unmanaged.passUnretained(work).toOpaque())
    precondition(code == 0, "a thread can be made")
    pthread_join(thread, nil)
    withExtendedLifetime(work) {}
    return result
  }

  /// The function, on its way to the thread.
  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
