import COpenSSL

/// The one source of everything that must not be guessed: OpenSSL's generator, seeded by the kernel.
public struct SecureRandom: RandomNumberGenerator, Sendable {
  public init() {}

  public mutating func next() -> UInt64 {
    SecureRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// - Parameter count: how many bytes.
  static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Without randomness nothing here is safe, and there is nothing else to do.
      precondition(RAND_bytes(buffer.baseAddress, CInt(count)) == 1, "the system gives no random numbers")
      initialized = count
    }
  }
}
