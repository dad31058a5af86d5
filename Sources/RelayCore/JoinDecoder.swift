import ChatProtocol

/// Reads a guest's first line, in whatever pieces it comes. Holds at most one line, and judges a wrong one by its first
/// wrong byte rather than by its end, which may never come.
public struct JoinDecoder: Sendable {
  /// The result of the bytes so far.
  public enum Step: Equatable, Sendable {
    case incomplete
    case join(JoinRequest)
    case refused(Refusal)
  }

  /// The bytes so far; no storage until a line comes in pieces.
  private var begun: [UInt8] = []

  private static let opening = Array("TINCAN/1 JOIN ".utf8)
  /// Up to here a guest of another version sends the same.
  private static let versionAt = "TINCAN/".utf8.count
  /// As they begin an HTTP request (RFC 9110 section 9, RFC 9113 section 3.4 for PRI).
  private static let httpMethods = [
    "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ", "PATCH ", "PRI ",
  ]
  .map { Array($0.utf8) }
  /// The content type of a TLS handshake record (RFC 8446 section 5.1).
  private static let tlsHandshake: UInt8 = 22

  public init() {}

  /// Takes the next bytes. After anything but ``Step/incomplete`` the decoder is used up.
  public mutating func decode(_ bytes: ArraySlice<UInt8>) -> Step {
    // One byte more than a line can have tells that it is too long, or that something came after it.
    let line = begun + bytes.prefix(PreambleLimits.lineBytesMax + 1 - begun.count)
    let step = JoinDecoder.judge(line[...])
    if step == .incomplete { begun = line }
    return step
  }

  private static func judge(_ line: ArraySlice<UInt8>) -> Step {
    guard let wrong = zip(line, opening).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
      return line.count < opening.count ? .incomplete : judgeRoom(line.dropFirst(opening.count))
    }
    if line.first == tlsHandshake { return .refused(.tls) }
    for method in httpMethods where zip(line, method).allSatisfy({ $0 == $1 }) {
      return line.count < method.count ? .incomplete : .refused(.http)
    }
    for header in [ProxyHeaderDecoder.opening, ProxyHeaderDecoder.signature]
    where zip(line, header).allSatisfy({ $0 == $1 }) {
      return line.count < header.count ? .incomplete : .refused(.strayProxyHeader)
    }
    let isVersion =
      wrong == versionAt || wrong == versionAt + 1 && (0x30...0x39).contains(line[line.startIndex + wrong])
    return .refused(isVersion ? .otherVersion : .notAJoin)
  }

  private static func judgeRoom(_ rest: ArraySlice<UInt8>) -> Step {
    guard let end = rest.firstIndex(where: { !RoomName.allows($0) }) else {
      return rest.count > PreambleLimits.roomBytesMax ? .refused(.badRoom) : .incomplete
    }
    guard let room = RoomName(rest[..<end]) else { return .refused(.badRoom) }
    switch rest[end] {
    case UInt8(ascii: "\n"): return end + 1 == rest.endIndex ? .join(JoinRequest(room)) : .refused(.sentTooEarly)
    case UInt8(ascii: " "): return judgeSide(rest[(end + 1)...], room)
    default: return .refused(.badRoom)
    }
  }

  private static func judgeSide(_ rest: ArraySlice<UInt8>, _ room: RoomName) -> Step {
    let end = rest.firstIndex { !RelaySide.allows($0) } ?? rest.endIndex
    if end == rest.endIndex, rest.count <= RelaySide.characters { return .incomplete }
    guard end < rest.endIndex, rest[end] == UInt8(ascii: "\n"), let side = RelaySide(rest[..<end]) else {
      return .refused(.badSide)
    }
    return end + 1 == rest.endIndex ? .join(JoinRequest(room, side: side)) : .refused(.sentTooEarly)
  }
}
