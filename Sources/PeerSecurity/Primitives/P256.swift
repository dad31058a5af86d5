import COpenSSL

/// Arithmetic on the curve P-256 (SEC 2 section 2.4.2), whose group has prime order, so every point but the identity
/// generates it.
///
/// Products are computed one at a time and then added: in OpenSSL only a single product takes a time that does not
/// depend on the scalar.
enum P256 {
  /// The length of a scalar, and of a coordinate.
  static let scalarBytes = 32
  /// The length of a number whose remainder modulo the order is as good as even: 128 bits more than the order has,
  /// where RFC 9382 section 3.2 asks for 64.
  static let wideBytes = 48
  /// The length of a point as it is sent: 4, x, y (SEC 1 section 2.3.3, without compression).
  static let pointBytes = 1 + 2 * scalarBytes

  /// The curve is made once and only read afterwards.
  private struct Curve: @unchecked Sendable {
    let group: OpaquePointer
    init() {
      OpenSSL.start()
      guard let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else {
        preconditionFailure("OpenSSL has no P-256")
      }
      self.group = group
    }
  }

  private static let curve = Curve()

  /// A point of the curve; never the identity.
  final class Point {
    fileprivate let pointer: OpaquePointer

    fileprivate init() { pointer = EC_POINT_new(curve.group) }
    deinit { EC_POINT_free(pointer) }

    /// Reads what a peer sends.
    /// - Returns: nil when it is no point of the curve, is compressed, or is the identity.
    convenience init?(sent bytes: ArraySlice<UInt8>) {
      // The identity and compressed points have other lengths.
      guard bytes.count == pointBytes, bytes.first == UInt8(POINT_CONVERSION_UNCOMPRESSED.rawValue) else { return nil }
      self.init(encoded: Array(bytes))
    }

    /// - Parameter encoded: in any encoding of SEC 1.
    convenience init?(encoded: [UInt8]) {
      self.init()
      // It checks the equation of the curve.
      let isPoint = EC_POINT_oct2point(curve.group, pointer, encoded, encoded.count, nil) == 1
      clearErrors()
      guard isPoint, EC_POINT_is_at_infinity(curve.group, pointer) == 0 else { return nil }
    }

    /// As it is sent.
    var bytes: [UInt8] {
      [UInt8](unsafeUninitializedCapacity: pointBytes) { buffer, initialized in
        initialized = EC_POINT_point2oct(
          curve.group, pointer, POINT_CONVERSION_UNCOMPRESSED, buffer.baseAddress, pointBytes, nil)
        precondition(initialized == pointBytes)
      }
    }
  }

  // MARK: Scalars

  /// A scalar that nobody guesses. Of so many random bytes the remainder is as good as even, and zero has a chance of
  /// 1 in 2^256.
  static func randomScalar() -> [UInt8] { reduced(randomBytes(wideBytes)) }

  /// A number of any length modulo the order.
  static func reduced(_ number: [UInt8]) -> [UInt8] {
    let work = BN_CTX_secure_new()
    defer { BN_CTX_free(work) }
    return withNumber(number) { number in
      require(BN_nnmod(number, number, EC_GROUP_get0_order(curve.group), work))
      return bytes(of: number)
    }
  }

  // MARK: Points

  /// A multiple of the generator.
  static func product(_ scalar: [UInt8]) -> Point? { multiplied(scalar, nil) }

  /// A multiple of a point.
  static func product(_ scalar: [UInt8], _ point: Point) -> Point? { multiplied(scalar, point) }

  /// - Returns: nil when it is the identity, as in the functions below.
  private static func multiplied(_ scalar: [UInt8], _ point: Point?) -> Point? {
    withNumber(scalar) { number in
      result {
        point == nil
          ? EC_POINT_mul(curve.group, $0, number, nil, nil, nil)
          : EC_POINT_mul(curve.group, $0, nil, point!.pointer, number, nil)
      }
    }
  }

  static func sum(_ one: Point, _ other: Point) -> Point? {
    result { EC_POINT_add(curve.group, $0, one.pointer, other.pointer, nil) }
  }

  static func difference(_ one: Point, _ other: Point) -> Point? {
    result {
      require(EC_POINT_copy($0, other.pointer))
      require(EC_POINT_invert(curve.group, $0, nil))
      return EC_POINT_add(curve.group, $0, one.pointer, $0, nil)
    }
  }

  private static func result(_ compute: (OpaquePointer) -> CInt) -> Point? {
    let point = Point()
    require(compute(point.pointer))
    return EC_POINT_is_at_infinity(curve.group, point.pointer) == 1 ? nil : point
  }

  // MARK: Numbers

  /// Lends a secret number, which is wiped afterwards.
  private static func withNumber<Result>(_ bytes: [UInt8], _ use: (OpaquePointer) -> Result) -> Result {
    guard let number = BN_secure_new() else { preconditionFailure("no memory for a number") }
    defer { BN_clear_free(number) }
    precondition(BN_bin2bn(bytes, CInt(bytes.count), number) != nil)
    BN_set_flags(number, BN_FLG_CONSTTIME)
    return use(number)
  }

  private static func bytes(of number: OpaquePointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: scalarBytes) { buffer, initialized in
      initialized = Int(BN_bn2binpad(number, buffer.baseAddress, CInt(scalarBytes)))
      precondition(initialized == scalarBytes)
    }
  }

  /// These calls fail for lack of memory only.
  private static func require(_ result: CInt) { precondition(result == 1, "OpenSSL cannot compute on P-256") }
}
