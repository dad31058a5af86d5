// What a guest and a relay say to each other before two guests are paired (docs/PROTOCOL.md, "Through a relay"):
//
//   guest → relay   TINCAN/1 JOIN <room>⏎
//   relay → guest   TINCAN/1 WAIT⏎
//   relay → guest   TINCAN/1 PAIRED 1⏎   or 2
//   relay → guest   TINCAN/1 ERROR <word> <text>⏎   then it closes
//
// ASCII; ⏎ is one line feed; no line is longer than RelayLimits.lineBytesMax.

/// Where two guests meet: 1 to 64 letters, digits, hyphens and underscores. Whoever knows the name can come in, so a
/// relay never shows it to anybody.
public struct RoomName: Hashable, Sendable {
  public let text: String

  /// - Returns: nil when it cannot be a room's name.
  public init?(_ text: some StringProtocol) {
    guard (1...RelayLimits.roomBytesMax).contains(text.utf8.count), text.utf8.allSatisfy(RoomName.allows) else {
      return nil
    }
    self.text = String(text)
  }

  init?(_ bytes: ArraySlice<UInt8>) {
    guard (1...RelayLimits.roomBytesMax).contains(bytes.count), bytes.allSatisfy(RoomName.allows) else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a byte may stand in a name.
  static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

/// Why a guest is told to go. The word is for programs, the text for people; both are part of the protocol's page.
public enum Refusal: CaseIterable, Sendable {
  // What was sent makes no sense here.
  case notAJoin, otherVersion, badRoom, spokeTooEarly, http, tls
  /// Two are in the room already.
  case full
  // The relay has its bounds.
  case tooManyGuests, tooManyWaiting, tooManyFromSource, tooOftenFromSource
  /// The relay is ending.
  case draining
  // Time is over.
  case silent, nobodyCame

  /// One of the five the protocol names.
  public enum Word: String, CaseIterable, Sendable { case syntax, full, busy, draining, expired }

  public var word: Word {
    switch self {
    case .notAJoin, .otherVersion, .badRoom, .spokeTooEarly, .http, .tls: .syntax
    case .full: .full
    case .tooManyGuests, .tooManyWaiting, .tooManyFromSource, .tooOftenFromSource: .busy
    case .draining: .draining
    case .silent, .nobodyCame: .expired
    }
  }

  public var text: String {
    switch self {
    case .notAJoin: "this is a tincan relay: say TINCAN/1 JOIN and a room, ended by a line feed"
    case .otherVersion: "this relay speaks TINCAN/1 and no other version"
    case .badRoom: "a room is named by 1 to 64 letters, digits, '-' or '_', then a line feed"
    case .spokeTooEarly: "nothing may be sent between JOIN and PAIRED"
    case .http: "this is a tincan relay, not a web server: use tincan connect ROOM@HOST"
    case .tls: "this is a tincan relay: TLS begins after PAIRED, between the two guests"
    case .full: "two are in that room already"
    case .tooManyGuests: "this relay is full; try again later"
    case .tooManyWaiting: "too many wait here already; try again later"
    case .tooManyFromSource: "too many from your address wait here; try again later"
    case .tooOftenFromSource: "too many tries from your address; wait a minute"
    case .draining: "this relay is being stopped; try again in a minute, or another relay"
    case .silent: "no JOIN came in time"
    case .nobodyCame: "nobody came to the room in time; join again if you still wait"
    }
  }

  /// Its name in the metrics.
  public var label: String {
    switch self {
    case .notAJoin: "not_a_join"
    case .otherVersion: "other_version"
    case .badRoom: "bad_room"
    case .spokeTooEarly: "spoke_too_early"
    case .http: "http"
    case .tls: "tls"
    case .full: "full"
    case .tooManyGuests: "too_many_guests"
    case .tooManyWaiting: "too_many_waiting"
    case .tooManyFromSource: "too_many_from_source"
    case .tooOftenFromSource: "too_often_from_source"
    case .draining: "draining"
    case .silent: "silent"
    case .nobodyCame: "nobody_came"
    }
  }
}

/// What a relay says to a guest.
public enum RelayReply: Equatable, Sendable {
  case wait
  /// - place: 1 for who came first, 2 for the other.
  case paired(place: Int)
  case refused(Refusal)

  /// As it goes over the wire.
  public var bytes: [UInt8] {
    switch self {
    case .wait: Array("TINCAN/1 WAIT\n".utf8)
    case .paired(let place): Array("TINCAN/1 PAIRED \(place)\n".utf8)
    case .refused(let refusal):
      // A browser or curl shows what looks like an answer; the line is in it for those who look closer.
      Array((refusal == .http ? RelayReply.httpHead : "").utf8)
        + Array("TINCAN/1 ERROR \(refusal.word) \(refusal.text)\n".utf8)
    }
  }

  private static let httpHead = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
}

/// Reads a guest's first line, in whatever pieces it comes. Holds at most one line, and judges a wrong one by its first wrong
/// byte rather than by its end, which may never come.
public struct JoinDecoder: Sendable {
  public enum Step: Equatable, Sendable {
    case incomplete
    case join(RoomName)
    case refused(Refusal)
  }

  /// What came so far; no storage until a line comes in pieces.
  private var begun: [UInt8] = []

  private static let opening = Array("TINCAN/1 JOIN ".utf8)
  /// Up to here a guest of another version says the same.
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
  public mutating func take(_ bytes: ArraySlice<UInt8>) -> Step {
    // One byte more than a line can have tells that it is too long, or that something came after it.
    let line = begun + bytes.prefix(RelayLimits.lineBytesMax + 1 - begun.count)
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
    let isVersion =
      wrong == versionAt || wrong == versionAt + 1 && (0x30...0x39).contains(line[line.startIndex + wrong])
    return .refused(isVersion ? .otherVersion : .notAJoin)
  }

  private static func judgeRoom(_ rest: ArraySlice<UInt8>) -> Step {
    guard let end = rest.firstIndex(where: { !RoomName.allows($0) }) else {
      return rest.count > RelayLimits.roomBytesMax ? .refused(.badRoom) : .incomplete
    }
    guard rest[end] == UInt8(ascii: "\n"), let room = RoomName(rest[..<end]) else { return .refused(.badRoom) }
    return end + 1 == rest.endIndex ? .join(room) : .refused(.spokeTooEarly)
  }
}
