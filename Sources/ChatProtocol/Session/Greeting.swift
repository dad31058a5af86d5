/// The description that an end gives of itself as it lets the peer in: the last frame before a framed session.
///
/// ```
///   +--------+--------+------------------------------------------
///   | minor  | party  |  fields: (tag: 1 byte, length: 2 bytes, value) …
///   +--------+--------+------------------------------------------
/// ```
/// Field 1 is the name, field 2 the opening: its incarnation (8 bytes), the generation of the link (8 bytes), and 1 if
/// that end keeps a store (1 byte). Fields of unknown tags are skipped, so that a newer minor version can say more.
public struct Greeting: Hashable, Sendable {
  /// The minor version of this program's frames.
  static let minorVersion: UInt8 = 0
  /// The longest name, in bytes of UTF-8.
  static let nameBytesMax = 64
  private static let payloadBytesMax = 4096
  private static let nameTag: UInt8 = 1
  private static let openingTag: UInt8 = 2

  /// The minor version of the peer. It decides nothing yet.
  let minor: UInt8
  /// Whether somebody is at the keyboard there, rather than a file or a program.
  public let isPerson: Bool
  /// The name it goes by: 1 to 64 bytes, nil if it has none that can be used. It may have any character but NUL.
  public let name: String?
  /// The present opening at that end.
  public let incarnation: Incarnation
  /// The number of this link among those of the opening, from 1 on. That of the end that leads decides between links.
  public let generation: UInt64
  /// Whether that end keeps messages in a store. An end that does not is sent only what is not acknowledged.
  public let keepsStore: Bool

  /// The greeting of this end.
  public init(
    isPerson: Bool, name: String?, incarnation: Incarnation = Incarnation(0), generation: UInt64 = 1,
    keepsStore: Bool = false
  ) {
    self.init(
      minor: Greeting.minorVersion, isPerson: isPerson, name: name, incarnation: incarnation, generation: generation,
      keepsStore: keepsStore)
  }

  private init(
    minor: UInt8, isPerson: Bool, name: String?, incarnation: Incarnation, generation: UInt64, keepsStore: Bool
  ) {
    self.minor = minor
    self.isPerson = isPerson
    self.name = name.flatMap { (1...Greeting.nameBytesMax).contains($0.utf8.count) ? $0 : nil }
    self.incarnation = incarnation
    self.generation = generation
    self.keepsStore = keepsStore
  }

  /// Reads a greeting's payload. An unusable name counts as none.
  init(payload: ArraySlice<UInt8>) throws(FrameViolation) {
    let malformed = FrameViolation.malformed(kind: Frame.Kind.greeting.rawValue)
    guard payload.count >= 2, payload.count <= Greeting.payloadBytesMax else { throw malformed }
    let party = payload[payload.startIndex + 1]
    guard party <= 1 else { throw malformed }
    var name: String?
    var opening: ArraySlice<UInt8>?
    var rest = payload.dropFirst(2)
    while !rest.isEmpty {
      guard rest.count >= 3 else { throw malformed }
      let tag = rest[rest.startIndex]
      let length = Int(UInt16(bigEndianBytes: rest.dropFirst().prefix(2)))
      rest = rest.dropFirst(3)
      guard rest.count >= length else { throw malformed }
      switch tag {
      case Greeting.nameTag: name = Greeting.name(rest.prefix(length))
      case Greeting.openingTag: opening = rest.prefix(length)
      default: break
      }
      rest = rest.dropFirst(length)
    }
    guard let opening, opening.count == 17, let flags = opening.last, flags <= 1 else { throw malformed }
    self.init(
      minor: payload[payload.startIndex], isPerson: party == 0, name: name,
      incarnation: Incarnation(UInt64(bigEndianBytes: opening.prefix(8))),
      generation: UInt64(bigEndianBytes: opening.dropFirst(8).prefix(8)), keepsStore: flags == 1)
  }

  private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.utf8.elementsEqual(bytes) && !text.utf8.contains(0) ? text : nil
  }

  /// Its frame.
  var frame: [UInt8] {
    var payload: [UInt8] = [minor, isPerson ? 0 : 1]
    payload += [Greeting.openingTag] + UInt16(17).bigEndianBytes + incarnation.value.bigEndianBytes
    payload += generation.bigEndianBytes + [keepsStore ? 1 : 0]
    if let name {
      payload += [Greeting.nameTag] + UInt16(name.utf8.count).bigEndianBytes + Array(name.utf8)
    }
    return Frame.encode(.greeting, payload)
  }
}
