import Basics

/// One unit on an encrypted link: a kind and a payload.
///
/// ```
///   0        1        2        3        4        5
///   +--------+--------+--------+--------+--------+----------------
///   |      length of the payload        |  kind  |  payload …
///   +--------+--------+--------+--------+--------+----------------
/// ```
/// The length is big-endian. docs/PROTOCOL.md specifies each kind.
struct Frame: Hashable, Sendable {
  /// The kinds of this version. A kind from ``criticalBit`` on must be understood; others may be skipped.
  enum Kind: UInt8, CaseIterable, Sendable {
    case ping = 0x01
    case probe = 0x02
    case pong = 0x03
    case introduction = 0x80
    case pairing = 0x81
    case greeting = 0x82
    case messages = 0x83
    case acknowledgement = 0x84
    case goodbye = 0x85
    case ask = 0x86
    case answer = 0x87
    case go = 0x88
    case withdrawal = 0x89
  }

  static let headerBytes = 5
  /// The longest payload: a message of the largest size, its number and its line feed fit twice. A receiver holds one
  /// frame whole, so this bounds its memory.
  static let payloadBytesMax = 128 << 10
  private static let criticalBit: UInt8 = 0x80

  let kind: UInt8
  let payload: ArraySlice<UInt8>

  /// Whether a receiver that does not know the kind must not go on.
  var isCritical: Bool { kind & Frame.criticalBit != 0 }

  /// The bytes of a frame's header.
  static func header(_ kind: Kind, payloadBytes: Int) -> [UInt8] {
    precondition(payloadBytes <= payloadBytesMax)
    return UInt32(payloadBytes).bigEndianBytes + [kind.rawValue]
  }

  /// The bytes of a whole frame.
  static func encode(_ kind: Kind, _ payload: some Collection<UInt8>) -> [UInt8] {
    header(kind, payloadBytes: payload.count) + payload
  }
}

/// A rule of the frame protocol that the peer broke.
public enum FrameViolation: Error, Hashable, Sendable {
  /// A frame is longer than any may be.
  case frameTooLong
  /// A kind that must be understood is not known.
  case unknownKind(UInt8)
  /// A payload is not what its kind demands.
  case malformed(kind: UInt8)
  /// A kind came where it cannot come.
  case outOfPlace(kind: UInt8)
  /// A message does not have the next number, or goes back on one link.
  case outOfOrder
  /// A message is no text: not UTF-8, or too long.
  case notText
  /// A message was acknowledged that was never written.
  case acknowledgedUnsent
  /// An answer is not about what was asked.
  case answeredUnasked

  /// The violation as a part of a sentence.
  public var description: String {
    switch self {
    case .frameTooLong: "a frame is too long"
    case .unknownKind(let kind): "frames of kind \(kind) are not known"
    case .malformed(let kind): "a frame of kind \(kind) is malformed"
    case .outOfPlace(let kind): "a frame of kind \(kind) came where none can come"
    case .outOfOrder: "a message does not have the next number"
    case .notText: "a message is no text"
    case .acknowledgedUnsent: "a message was acknowledged that was never written"
    case .answeredUnasked: "an answer is not about what was asked"
    }
  }
}

/// Cuts the bytes of a link into frames, however they were split on their way.
struct FrameDecoder: Hashable, Sendable {
  private var buffer: [UInt8] = []
  /// The start of the next frame. Whole frames before it were passed on; ``append(_:)`` removes them, when no slice of
  /// them is held any more.
  private var start = 0

  init() {}

  /// Whether the same bytes wait.
  static func == (left: FrameDecoder, right: FrameDecoder) -> Bool {
    left.buffer[left.start...] == right.buffer[right.start...]
  }
  /// Hashes the bytes that wait.
  func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: buffer[start...]) }

  /// Takes bytes of the link. Then ask ``next()`` until it has no frame.
  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole frame; nil while it is not complete. Frames of unknown kinds that may be skipped are skipped.
  /// - Throws: ``FrameViolation/frameTooLong`` or ``FrameViolation/unknownKind(_:)``. Do not go on after it.
  mutating func next() throws(FrameViolation) -> Frame? {
    while buffer.count - start >= Frame.headerBytes {
      let length = Int(UInt32(bigEndianBytes: buffer[start...].prefix(4)))
      guard length <= Frame.payloadBytesMax else { throw .frameTooLong }
      let payloadStart = start + Frame.headerBytes
      guard buffer.count - payloadStart >= length else { return nil }
      let frame = Frame(kind: buffer[start + 4], payload: buffer[payloadStart..<payloadStart + length])
      start = payloadStart + length
      if Frame.Kind(rawValue: frame.kind) != nil { return frame }
      if frame.isCritical { throw .unknownKind(frame.kind) }
    }
    return nil
  }

  /// The bytes that are not passed on yet, for the decoder of the next stage of the link.
  mutating func takeRest() -> [UInt8] {
    defer { (buffer, start) = ([], 0) }
    return Array(buffer[start...])
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// Its bytes, the most significant first.
  var bigEndianBytes: [UInt8] {
    (0..<(Self.bitWidth / 8)).reversed().map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }

  /// Reads as many bytes as the type has, the most significant first.
  init(bigEndianBytes bytes: ArraySlice<UInt8>) {
    precondition(bytes.count == Self.bitWidth / 8)
    self = 0
    for byte in bytes { self = self << 8 | Self(truncatingIfNeeded: byte) }
  }
}
