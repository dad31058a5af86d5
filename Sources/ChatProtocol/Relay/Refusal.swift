/// The reason for which a relay refuses a guest. The word is for programs, the text for people; docs/PROTOCOL.md has
/// both.
public enum Refusal: CaseIterable, Sendable {
  // The line makes no sense here.
  case notAJoin, otherVersion, badRoom, badSide, sentTooEarly, http, tls
  // A PROXY header came from somebody who is no load balancer of this relay; or a balancer sent none that is right.
  case strayProxyHeader, badProxyHeader
  /// Two are in the room already.
  case roomTaken
  // The relay has its bounds.
  case tooManyGuests, tooManyWaiting, tooManyWithoutPartnerFromSource, tooManyGuestsFromSource, tooOftenFromSource
  /// The relay is ending.
  case draining
  /// The operator does not serve its address.
  case denied
  // The relay asks for a pass, and got no proof of it.
  case noProof, wrongProof
  // Time is over.
  case silent, nobodyCame, noProxyHeader

  /// A word that the protocol names. The raw value stands on the wire.
  public enum Word: String, CaseIterable, Sendable {
    case syntax, draining, expired, denied
    /// Two are in the room already.
    case roomTaken = "full"
    /// A bound of the relay is reached. A peer in a conversation is another thing, and sends no word of these.
    case atCapacity = "busy"
  }

  /// The word that programs read.
  public var word: Word {
    switch self {
    case .notAJoin, .otherVersion, .badRoom, .badSide, .sentTooEarly, .http, .tls, .strayProxyHeader,
      .badProxyHeader:
      .syntax
    case .roomTaken: .roomTaken
    case .tooManyGuests, .tooManyWaiting, .tooManyWithoutPartnerFromSource, .tooManyGuestsFromSource,
      .tooOftenFromSource:
      .atCapacity
    case .draining: .draining
    case .denied, .noProof, .wrongProof: .denied
    case .silent, .nobodyCame, .noProxyHeader: .expired
    }
  }

  /// The text that people read: fit for a terminal.
  public var text: String {
    switch self {
    case .notAJoin: "this is a tincan relay: say TINCAN/1 JOIN and a room, ended by a line feed"
    case .otherVersion: "this relay speaks TINCAN/1 and no other version"
    case .badRoom: "a room is named by 1 to 64 letters, digits, '-' or '_'"
    case .badSide: "a side is 22 characters of base64url, then a line feed"
    case .sentTooEarly: "nothing may be sent between JOIN and PAIRED"
    case .http: "this is a tincan relay, not a web server: use tincan connect ROOM@HOST"
    case .tls: "this is a tincan relay: TLS begins after PAIRED, between the two guests"
    case .strayProxyHeader: "a PROXY header comes from no load balancer of this relay"
    case .badProxyHeader: "this relay's load balancer sent no right PROXY header"
    case .roomTaken: "two are in that room already"
    case .tooManyGuests: "this relay is full; try again later"
    case .tooManyWaiting: "too many wait here already; try again later"
    case .tooManyWithoutPartnerFromSource: "too many from your address wait here; try again later"
    case .tooManyGuestsFromSource: "too many guests from your address; try again later"
    case .tooOftenFromSource: "too many tries from your address; wait a minute"
    case .draining: "this relay is being stopped; try again in a minute, or another relay"
    case .denied: "this relay does not serve your address"
    case .noProof: "this relay serves those who have its pass: give --pass-file"
    case .wrongProof: "this relay has another pass than yours: ask its operator"
    case .silent: "no JOIN came in time"
    case .noProxyHeader: "this relay's load balancer sent no PROXY header in time"
    case .nobodyCame: "nobody came to the room in time; join again if you still wait"
    }
  }

  /// Its name in the metrics.
  public var label: String {
    switch self {
    case .notAJoin: "not_a_join"
    case .otherVersion: "other_version"
    case .badRoom: "bad_room"
    case .badSide: "bad_side"
    case .sentTooEarly: "sent_too_early"
    case .http: "http"
    case .tls: "tls"
    case .strayProxyHeader: "stray_proxy_header"
    case .badProxyHeader: "bad_proxy_header"
    case .roomTaken: "full"
    case .tooManyGuests: "too_many_guests"
    case .tooManyWaiting: "too_many_waiting"
    case .tooManyWithoutPartnerFromSource: "too_many_from_source"
    case .tooManyGuestsFromSource: "too_many_guests_from_source"
    case .tooOftenFromSource: "too_often_from_source"
    case .draining: "draining"
    case .denied: "denied"
    case .noProof: "no_proof"
    case .wrongProof: "wrong_proof"
    case .silent: "silent"
    case .nobodyCame: "nobody_came"
    case .noProxyHeader: "no_proxy_header"
    }
  }
}
