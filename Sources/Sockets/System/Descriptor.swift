/// An open descriptor with exactly one owner: it is closed when that owner is gone, once.
struct Descriptor: ~Copyable, Sendable {
  /// The number the kernel knows it by: for interest in readiness, never for closing.
  let number: CInt

  /// Takes ownership of an open descriptor.
  init(owning number: CInt) {
    precondition(number >= 0)
    self.number = number
  }

  deinit { SystemCalls.close(number) }

  /// Closes it now instead of when the owner goes out of scope.
  consuming func close() {}
}
