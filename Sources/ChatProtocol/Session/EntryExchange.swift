import Basics

/// The exchange of two ends on an encrypted link before either is let in: introductions, a pairing where one is needed,
/// and greetings. A ``FramedSession`` follows.
///
/// ```
///   introduction ─▸ ◂─ introduction      each shows whether it knows the other's key, and whether it has a code
///   pairing …    ─▸ ◂─ pairing …         only where the verdict is to pair; the owner runs it
///   greeting     ─▸ ◂─ greeting          each once it lets the other in
/// ```
/// A goodbye in place of any of these refuses the other end, with the reason.
///
/// It is sans-IO and decides nothing about trust: events come out one by one, and the owner calls ``admit()``,
/// ``sendPairing(_:)`` or ``refuse(_:)`` before it asks for the next. A peer that greets before this end has let it in
/// breaks the protocol: it would come in without being vouched for.
public struct EntryExchange: Sendable {
  /// Something that the peer sent.
  public enum Event: Equatable, Sendable {
    /// Both introductions were made.
    case verdict(Introduction.Verdict)
    /// A message of the pairing came.
    case pairing([UInt8])
    /// The peer lets this end in, which has let it in before. The exchange is over.
    case greeted(Greeting)
    /// The peer refuses this end.
    case refused(Goodbye)
    /// The peer broke the protocol; a goodbye with the rule is on its way.
    case violated(FrameViolation)
  }

  private enum State { case introducing, pairing, greeting, greeted, refused }

  /// The longest message of a pairing.
  static let pairingBytesMax = 1024
  /// The most messages of a pairing that a peer sends. SPAKE2 needs two: its share, and the confirmation of its key.
  static let pairingMessagesMax = 2

  private let introduction: Introduction
  private let greeting: Greeting
  private var state = State.introducing
  private var hasAdmitted = false
  /// Whether the peer has said that its key ends with its program.
  public private(set) var peerIsEphemeral = false
  private var pairingMessages = 0
  private var decoder = FrameDecoder()
  private var queue = ByteQueue()

  /// Begins, with this end's introduction.
  /// - Parameter greeting: the one that this end sends once it lets the peer in.
  public init(_ introduction: Introduction, greeting: Greeting) {
    self.introduction = introduction
    self.greeting = greeting
    queue.append(introduction.frame)
  }

  /// Begins and ends with a refusal.
  public init(refusing goodbye: Goodbye) {
    introduction = Introduction(knowsPeer: false, hasCode: false, isOpen: false)
    greeting = Greeting(isPerson: false, name: nil)
    refuse(goodbye)
  }

  /// Bytes for the channel.
  public var output: ArraySlice<UInt8> { queue.bytes }
  /// Notes that the channel took the first `count` bytes of the output.
  public mutating func sent(_ count: Int) { queue.drop(first: count) }

  /// Lets the peer in.
  public mutating func admit() {
    guard state != .refused, !hasAdmitted else { return }
    hasAdmitted = true
    queue.append(greeting.frame)
  }

  /// Sends a message of the pairing.
  /// - Precondition: at most 1,024 bytes.
  public mutating func sendPairing(_ message: [UInt8]) {
    precondition(message.count <= EntryExchange.pairingBytesMax)
    queue.append(Frame.encode(.pairing, message))
  }

  /// Refuses the peer. Nothing of it is taken any more.
  public mutating func refuse(_ goodbye: Goodbye) {
    guard state != .refused else { return }
    state = .refused
    queue.append(goodbye.frame)
  }

  /// Takes bytes of the channel. Then ask ``nextEvent()`` until there is none.
  public mutating func received(_ bytes: ArraySlice<UInt8>) { decoder.append(bytes) }

  /// The next event of the peer; nil until more bytes come, or when the exchange is over. The owner reacts to it before
  /// it asks for the next, which may depend on that.
  public mutating func nextEvent() -> Event? {
    do throws(FrameViolation) {
      while state != .refused, state != .greeted, let frame = try decoder.next() {
        if let event = try take(frame) { return event }
      }
      return nil
    } catch {
      refuse(Goodbye(.violation, text: error.description))
      return .violated(error)
    }
  }

  /// The bytes behind the peer's greeting, for the session. Ask once, when it is over.
  public mutating func takeRest() -> [UInt8] { decoder.takeRest() }

  private mutating func take(_ frame: Frame) throws(FrameViolation) -> Event? {
    switch (Frame.Kind(rawValue: frame.kind), state) {
    case (.ping, _), (.probe, _), (.pong, _): return nil
    case (.introduction, .introducing):
      let peer = try Introduction(payload: frame.payload)
      peerIsEphemeral = peer.isEphemeral
      let verdict = introduction.verdict(with: peer)
      state = verdict == .pair ? .pairing : .greeting
      return .verdict(verdict)
    case (.pairing, .pairing):
      pairingMessages += 1
      guard pairingMessages <= EntryExchange.pairingMessagesMax, frame.payload.count <= EntryExchange.pairingBytesMax
      else { throw .malformed(kind: frame.kind) }
      return .pairing(Array(frame.payload))
    case (.greeting, .greeting) where hasAdmitted, (.greeting, .pairing) where hasAdmitted:
      let greeting = try Greeting(payload: frame.payload)
      // The rest is for the session.
      state = .greeted
      return .greeted(greeting)
    case (.goodbye, _):
      let goodbye = try Goodbye(payload: frame.payload)
      state = .refused
      return .refused(goodbye)
    default: throw .outOfPlace(kind: frame.kind)
    }
  }
}
