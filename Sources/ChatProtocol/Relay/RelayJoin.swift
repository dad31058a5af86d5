import Basics

/// How a guest joins a room at a relay: from the first line until it is paired or refused.
///
/// ```
///   asked ──AUTH──▶ proved ──WAIT──▶ waiting ──PAIRED──▶ over       any ──ERROR, end, silence, nonsense──▶ over
///     ├───────────────────────WAIT──────▲                 ▲
///     └──────────────────────PAIRED───────────────────────┤
///                       proved ──PAIRED───────────────────┘
/// ```
///
/// It touches nothing: bytes, the end of the stream and the time go in; one line for the relay, a deadline and an
/// outcome come out. Bytes after `PAIRED` are the peer's: the owner of the link hands over no more than ``bytesWanted``
/// bytes, so that they stay where they are.
///
/// Invariants: ``outcome`` is set once and never changes; a relay's line is never longer than
/// ``PreambleLimits/lineBytesMax``, and holds nothing but printable ASCII, so that its text can be shown.
public struct RelayJoin: Sendable {
  /// Proves the pass of this end: the answer to a relay that asks for one.
  public typealias Prover = @Sendable (JoinRequest, RelayNonce) -> RelayProof

  /// The result of joining.
  public enum Outcome: Equatable, Sendable {
    /// The peer is there. The position tells which of the two this end is.
    case paired(PairPosition)
    /// The relay refuses this end.
    /// - Parameters:
    ///   - word: nil for one that this end does not know.
    ///   - text: for people, fit for a terminal.
    case refused(Refusal.Word?, text: String)
    /// It asks for a pass, and this end has none.
    case passNeeded
    /// It does not speak as a relay does.
    case notARelay
    /// It sent nothing for longer than it may.
    case silent
    /// It closed, or the link broke, before this end was paired or refused.
    case ended
  }

  /// The bytes that are still to be sent.
  public private(set) var bytesToSend: ArraySlice<UInt8>
  /// The result; nil until there is one.
  public private(set) var outcome: Outcome?
  /// Whether the relay sent WAIT.
  public private(set) var isWaiting = false
  /// Whether the relay asked for a pass, and got a proof.
  public private(set) var hasProved = false
  /// The instant at which ``deadlinePassed(now:)`` is due.
  public private(set) var deadline: Instant?

  private var line: [UInt8] = []
  private let request: JoinRequest
  private let prover: Prover?

  /// Begins by asking for a room.
  /// - Parameters:
  ///   - side: the same at every try until this end is paired. By it the relay knows this end again, and drops its
  ///     earlier link.
  ///   - prover: nil without a pass.
  public init(joining room: RoomName, side: RelaySide? = nil, prover: Prover? = nil, now: Instant) {
    request = JoinRequest(room, side: side)
    self.prover = prover
    bytesToSend = request.bytes[...]
    deadline = now + PreambleLimits.answerTime
  }

  /// The most bytes that may be handed over now. That is one until there is an outcome, and none afterwards: only its
  /// line feed shows where a line ends, and the byte after the last line is the peer's. The lines of a relay are few
  /// and at most ``PreambleLimits/lineBytesMax`` bytes long, so a call for each byte costs nothing that matters.
  public var bytesWanted: Int { outcome == nil ? 1 : 0 }

  /// The first `count` bytes of ``bytesToSend`` were sent.
  public mutating func sent(_ count: Int) { bytesToSend = bytesToSend.dropFirst(count) }

  /// A byte came from the relay.
  public mutating func received(_ byte: UInt8, now: Instant) {
    guard outcome == nil else { return }
    guard byte == UInt8(ascii: "\n") else {
      line.append(byte)
      // Each byte is judged as it comes, because another program than a relay may never end its line.
      let isRight = (0x20...0x7E).contains(byte) && line.count < PreambleLimits.lineBytesMax
      if !isRight || !zip(line, RelayJoin.opening).allSatisfy(==) { end(.notARelay) }
      return
    }
    let words = String(decoding: line, as: UTF8.self)
      .split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).dropFirst().map(String.init)
    line = []
    switch words.first {
    case "AUTH" where words.count == 2 && !isWaiting && !hasProved:
      prove(RelayNonce(Array(words[1].utf8)[...]), now: now)
    case "WAIT" where words.count == 1:
      isWaiting = true
      deadline = now + PreambleLimits.waitSilence
    // A newer relay may say more behind a third space.
    case "PAIRED" where words.count >= 2 && words[1] == "1": end(.paired(.first))
    case "PAIRED" where words.count >= 2 && words[1] == "2": end(.paired(.second))
    case "ERROR" where words.count >= 2:
      end(.refused(Refusal.Word(rawValue: words[1]), text: words.count > 2 ? words[2] : words[1]))
    default: end(.notARelay)
    }
  }

  private mutating func prove(_ nonce: RelayNonce?, now: Instant) {
    guard let nonce else { return end(.notARelay) }
    guard let prover else { return end(.passNeeded) }
    hasProved = true
    bytesToSend += prover(request, nonce).line
    deadline = now + PreambleLimits.answerTime
  }

  /// The relay sends no more, or the link broke.
  public mutating func linkEnded() { end(.ended) }

  /// The time of ``deadline`` has come.
  public mutating func deadlinePassed(now: Instant) {
    if let deadline, deadline <= now { end(.silent) }
  }

  private static let opening = Array("TINCAN/1 ".utf8)

  private mutating func end(_ how: Outcome) {
    outcome = outcome ?? how
    deadline = nil
  }
}
