/// The description that an end gives of itself as it lets the peer in: the last frame before a framed session.
///
/// ```
///   +--------+--------+------------------------------------------
///   | minor  | party  |  fields: (tag: 1 byte, length: 2 bytes, value) …
///   +--------+--------+------------------------------------------
/// ```
/// Fields of unknown tags are skipped, so that a newer minor version can say more.
public struct Greeting: Equatable, Sendable {
  /// The minor version of this program's frames.
  static let minorVersion: UInt8 = 0
  /// The longest name, in bytes of UTF-8.
  static let nameBytesMax = 64
  private static let payloadBytesMax = 4096
  private static let nameTag: UInt8 = 1

  /// The minor version of the peer. It decides nothing yet.
  let minor: UInt8
  /// Whether somebody is at the keyboard there, rather than a file or a program.
  public let isPerson: Bool
  /// The name it goes by: 1 to 64 bytes, nil if it has none that can be used. It may have any character but NUL.
  public let name: String?

  /// The greeting of this end.
  public init(isPerson: Bool, name: String?) {
    self.init(minor: Greeting.minorVersion, isPerson: isPerson, name: name)
  }

  private init(minor: UInt8, isPerson: Bool, name: String?) {
    self.minor = minor
    self.isPerson = isPerson
    self.name = name.flatMap { (1...Greeting.nameBytesMax).contains($0.utf8.count) ? $0 : nil }
  }

  /// Reads a greeting's payload. An unusable name counts as none.
  init(payload: ArraySlice<UInt8>) throws(FrameViolation) {
    let malformed = FrameViolation.malformed(kind: Frame.Kind.greeting.rawValue)
    guard payload.count >= 2, payload.count <= Greeting.payloadBytesMax else { throw malformed }
    let party = payload[payload.startIndex + 1]
    guard party <= 1 else { throw malformed }
    var name: String?
    var rest = payload.dropFirst(2)
    while !rest.isEmpty {
      guard rest.count >= 3 else { throw malformed }
      let tag = rest[rest.startIndex]
      let length = Int(UInt16(bigEndianBytes: rest.dropFirst().prefix(2)))
      rest = rest.dropFirst(3)
      guard rest.count >= length else { throw malformed }
      if tag == Greeting.nameTag { name = Greeting.name(rest.prefix(length)) }
      rest = rest.dropFirst(length)
    }
    self.init(minor: payload[payload.startIndex], isPerson: party == 0, name: name)
  }

  private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.utf8.elementsEqual(bytes) && !text.utf8.contains(0) ? text : nil
  }

  /// Its frame.
  var frame: [UInt8] {
    var payload: [UInt8] = [minor, isPerson ? 0 : 1]
    if let name {
      payload += [Greeting.nameTag] + UInt16(name.utf8.count).bigEndianBytes + Array(name.utf8)
    }
    return Frame.encode(.greeting, payload)
  }
}
