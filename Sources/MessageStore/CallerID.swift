/// The id that a program gives a message of its own, so that it can hand the message over again without its being sent
/// twice. It means nothing to this end, and the peer does not see it.
public struct CallerID: Hashable, Sendable {
  /// UTF-8, 1 to ``bytesMax`` bytes without NUL. Ids are the same if these bytes are: strings of Swift would also be
  /// equal where they are only canonically equivalent.
  public let bytes: [UInt8]

  /// The longest id, in bytes: the longest name of a file (255), and room for any hash.
  public static let bytesMax = 256

  /// - Returns: nil if the bytes are no id.
  public init?(_ bytes: [UInt8]) {
    guard (1...CallerID.bytesMax).contains(bytes.count), !bytes.contains(0),
      String(validating: bytes, as: UTF8.self) != nil
    else { return nil }
    self.bytes = bytes
  }

  /// The id as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}
