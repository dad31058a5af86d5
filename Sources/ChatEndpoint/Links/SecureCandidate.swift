import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// A link that is on its way in: the TLS handshake, the introductions, a pairing where one is needed, the greetings. It
/// has no place in the conversation before that is over, so any number of strangers hold up nobody.
@MainActor
final class SecureCandidate {
  /// The outcome of a candidate.
  enum Outcome {
    /// Both have greeted.
    case admitted(AdmittedPeer)
    /// A code is needed, and this end's person has it.
    case codeNeeded
    case failed(EntryFailure)
  }

  /// The address at the other end of the transport connection: the peer's, or that of the relay between the two.
  let transportAddress: SocketAddress
  /// Whether this end asked for the link, directly or at a relay.
  let isRequested: Bool
  /// Whether a relay made the link.
  let isAtRelay: Bool
  private let peerLabel: String
  private let position: PairPosition
  private let channel: Channel
  private let trust: Trust
  /// Makes this end's greeting. Each one has a number, so it is made when it is certain that it will be sent.
  private let makeGreeting: () -> Greeting
  private var ownGreeting: Greeting?
  private var exchange: EntryExchange?
  private var pairing: PairingExchange?
  /// Whether the peer's key is pinned here.
  private(set) var isKnown = false
  /// Whether a guess at the code was counted.
  private(set) var hasGuessed = false
  /// The number of the code that the pairing is about.
  private var codeNumber = 0
  private var paired: MeetingSecret?
  private var closeBy: Instant
  private(set) var outcome: Outcome?
  /// Whether nothing is left to do for it.
  private(set) var isOver = false

  /// Begins with the handshake.
  /// - Parameter giveUpAt: when the person or program at this end wants to know; nil for the usual time alone.
  init(
    _ candidate: consuming Candidate, _ trust: Trust, giveUpAt: Instant?, now: Instant,
    greeting: @escaping () -> Greeting
  ) throws(SecurityFailure) {
    transportAddress = candidate.transportAddress
    isRequested = candidate.isRequested
    isAtRelay = candidate.isAtRelay
    peerLabel = candidate.peerLabel
    position = candidate.position
    self.trust = trust
    makeGreeting = greeting
    // A server shows its key first anyway, and answers a stranger with a reason.
    let expected = position == .second ? trust.expected.map { Fingerprint(bytes: $0.fingerprint) } : nil
    let tls = try TLSChannel(
      position.role, trust.identity, trust.isOpen ? .open : .tincan, expected: expected)
    let socket = candidate.takeSocket()
    // An untuned socket carries the conversation as well, so a failure is ignored.
    try? socket.tuneForConversation(keepaliveAfter: Limits.keepaliveSeconds)
    channel = Channel(socket, tls: tls)
    closeBy = min(now + Limits.entryTimeout, giveUpAt ?? now + Limits.entryTimeout)
    tls.start()
  }

  var deadline: Instant? { isOver ? nil : closeBy }

  func watch(in set: inout PollSet) {
    var interest: Interest = channel.isFlushed ? [] : [.writing]
    if outcome != nil || channel.hasRoom { interest.insert(.reading) }
    set.watch(channel.number, for: interest)
  }

  /// Whether the two have paired, so that the peer knew the code.
  var hasPaired: Bool { paired != nil }

  /// Notes that the network may have changed, so that the peer may never answer. It gets little more time.
  func networkChanged(now: Instant) {
    if outcome == nil { closeBy = min(closeBy, now + SecureCandidate.graceAfterChange) }
  }

  /// The rest of an entry takes a few round trips.
  private static let graceAfterChange = Duration.seconds(2)

  // MARK: Steps

  /// Takes the next step.
  /// - Parameter rule: the rule that says which peers are let in now.
  func step(_ set: borrowing PollSet, _ rule: EntryRule, now: Instant) throws(Failure) {
    guard !isOver else { return }
    if !set.readiness(of: channel.number).isEmpty {
      if outcome == nil { try read(rule, now) } else { discard() }
    }
    guard !isOver else { return }
    send()
    if outcome == nil, closeBy <= now { timeOut(now) }
    if outcome != nil, closeBy <= now { isOver = true }
  }

  /// A refusal gets a moment to arrive: a close with bytes unread would destroy it.
  private func discard() {
    for _ in 0..<SecureCandidate.readsPerStep where !isOver {
      switch try? channel.discard() {
      case .moved?: break
      case .wouldBlock?: return
      case .endOfStream?, nil: isOver = true
      }
    }
  }

  /// The most reads in one step.
  private static let readsPerStep = 8

  private func read(_ rule: EntryRule, _ now: Instant) throws(Failure) {
    for _ in 0..<SecureCandidate.readsPerStep where outcome == nil && channel.hasRoom {
      let received: Channel.Received
      do throws(SystemError) { received = try channel.receive() } catch { return fail(.broken(error), now) }
      if exchange == nil, let peer = channel.tls?.peer { try begin(with: peer, rule, now) }
      guard outcome == nil else { return }
      switch received {
      case .wouldBlock: return
      case .text(let more):
        exchange?.received(channel.text)
        channel.consumeText()
        while outcome == nil, let event = exchange?.nextEvent() { handle(event, rule, now) }
        guard more else { return }
      case .end: return fail(.broken(nil), now)
      case .failed(.otherKey(let fingerprint)):
        return fail(.changedKey(name: trust.expected?.name.description ?? "", is: fingerprint), now)
      case .failed(.notTLS):
        if position == .first { channel.answerPlainly(ForeignProtocol.answer(toPlain: channel.start[...])) }
        return fail(.security(.notTLS), now)
      case .failed(.cutInHandshake) where channel.start.isEmpty:
        // An end in plain text whose input is over says nothing but that. It still takes an answer.
        if position == .first { channel.answerPlainly(ForeignProtocol.answer(toPlain: [])) }
        return fail(.endedWithoutByte, now)
      case .failed(let failure): return fail(.security(failure), now)
      }
    }
  }

  private func send() {
    do throws(SystemError) {
      while let output = exchange?.output, !output.isEmpty {
        let count = try channel.send(output)
        guard count > 0 else { break }
        exchange?.sent(count)
      }
      try channel.flush()
      if case .failed = outcome, exchange?.output.isEmpty ?? true { channel.announceEnd() }
      if case .codeNeeded = outcome { channel.announceEnd() }
    } catch {
      // The reason is in what can still be read.
      if outcome != nil { isOver = true }
    }
  }

  /// The handshake is over.
  private func begin(with peer: TLSChannel.Peer, _ rule: EntryRule, _ now: Instant) throws(Failure) {
    guard peer.speaksTincan, let fingerprint = peer.fingerprint else { return admitForeignProgram(rule, now) }
    if let failure = rule.refusal(of: fingerprint) {
      exchange = EntryExchange(refusing: Goodbye(.busy))
      return fail(failure, now)
    }
    if let expected = trust.expected, expected.fingerprint != fingerprint.bytes {
      exchange = EntryExchange(refusing: Goodbye(.notAdmitted))
      let name = expected.name.description
      return fail(isRequested ? .changedKey(name: name, is: fingerprint) : .unexpectedPeer(fingerprint), now)
    }
    if trust.isHeldElsewhere(fingerprint.bytes) {
      exchange = EntryExchange(refusing: Goodbye(.busy))
      return fail(.heldElsewhere, now)
    }
    let introduction = try trust.introduction(to: fingerprint)
    isKnown = introduction.knowsPeer
    let greeting = makeGreeting()
    ownGreeting = greeting
    exchange = EntryExchange(introduction, greeting: greeting)
  }

  /// Lets a program in that speaks in lines, with the text that came behind its handshake.
  private func admitForeignProgram(_ rule: EntryRule, _ now: Instant) {
    if let failure = rule.refusal(of: nil) {
      _ = try? channel.send(Array((PlainSession.busyLine + "\n").utf8)[...])
      return fail(failure, now)
    }
    let rest = Array(channel.text)
    channel.consumeText()
    admit(greeting: nil, names: nil, rest: rest, fingerprint: nil)
  }

  // MARK: The exchange

  private func handle(_ event: EntryExchange.Event, _ rule: EntryRule, _ now: Instant) {
    switch event {
    case .verdict(let verdict): follow(verdict, now)
    case .pairing(let message): pair(message, now)
    case .greeted(let greeting): greeted(greeting, rule, now)
    // The server is the first that can know that the codes differ.
    case .refused(let goodbye):
      fail(hasGuessed && paired == nil && goodbye.reason == .notAdmitted ? .wrongCode : .refusedByPeer(goodbye), now)
    case .violated(let violation): fail(.violated(violation), now)
    }
  }

  private func follow(_ verdict: Introduction.Verdict, _ now: Instant) {
    switch verdict {
    case .vouched, .open: exchange?.admit()
    case .pair: startPairing(now)
    case .needsCode: end(.codeNeeded, now)
    case .noCode: fail(.nobodyHasCode, now)
    case .peerNeedsCode: fail(.peerLacksCode, now)
    case .peerIsOpen: fail(.peerIsOpen, now)
    case .peerIsNotOpen: fail(.peerIsNotOpen, now)
    }
  }

  private func startPairing(_ now: Instant) {
    let password: PairingPassword?
    do throws(SecurityFailure) { password = try trust.guessable() } catch { return fail(.security(error), now) }
    guard let tls = channel.tls, let password else { return refuseCode(now) }
    codeNumber = trust.codeNumber
    pairing = PairingExchange(on: tls, own: trust.identity.fingerprint, password)
    if let first = pairing?.begin() { exchange?.sendPairing(first) }
    countGuess()
  }

  private func pair(_ message: [UInt8], _ now: Instant) {
    guard paired == nil, pairing != nil else { return violate(.outOfPlace(kind: 0x81), now) }
    // Others may have used up the guesses meanwhile, and there may be a new code since.
    guard hasGuessed || (trust.hasGuesses && trust.codeNumber == codeNumber) else { return refuseCode(now) }
    if let reply = pairing?.receive(message[...]) { exchange?.sendPairing(reply) }
    countGuess()
    switch pairing?.state {
    case .agreed:
      paired = channel.tls.map(MeetingSecret.init(of:))
      exchange?.admit()
    case .failed: refuseCode(now)
    default: break
    }
  }

  private func countGuess() {
    guard !hasGuessed, pairing?.hasBegun == true else { return }
    hasGuessed = true
    trust.countGuess()
  }

  private func violate(_ violation: FrameViolation, _ now: Instant) {
    exchange?.refuse(Goodbye(.violation, text: violation.description))
    fail(.violated(violation), now)
  }

  private func refuseCode(_ now: Instant) {
    exchange?.refuse(Goodbye(.notAdmitted, text: "the code is not the right one"))
    fail(.wrongCode, now)
  }

  private func greeted(_ greeting: Greeting, _ rule: EntryRule, _ now: Instant) {
    guard let fingerprint = channel.tls?.peer?.fingerprint, let ownGreeting else { return }
    let names = LinkChoice.Names(
      own: ownGreeting, ownKey: trust.identity.fingerprint, peer: greeting, peerKey: fingerprint)
    if let failure = rule.refusal(of: fingerprint, names) {
      let reason = if case .otherLink(let reason) = failure { reason } else { Goodbye.Reason.busy }
      exchange?.refuse(Goodbye(reason))
      return fail(failure, now)
    }
    // The rest of the exchange goes out before the session begins.
    send()
    admit(greeting: greeting, names: names, rest: exchange?.takeRest() ?? [], fingerprint: fingerprint)
  }

  private func admit(
    greeting: Greeting?, names: LinkChoice.Names?, rest: [UInt8], fingerprint: Fingerprint?
  ) {
    outcome = .admitted(
      AdmittedPeer(
        channel: channel, transportAddress: transportAddress, peerLabel: peerLabel, position: position,
        greeting: greeting, names: names, rest: rest, fingerprint: fingerprint, secret: paired,
        isEphemeral: exchange?.peerIsEphemeral ?? false, isAtRelay: isAtRelay))
    isOver = true
  }

  // MARK: The end

  /// A caller in plain text may wait for the first word of this end.
  private func timeOut(_ now: Instant) {
    guard position == .first, channel.start.isEmpty else { return fail(.timedOut, now) }
    channel.answerPlainly(ForeignProtocol.answer(toPlain: []))
    fail(.sentNothing, now)
  }

  private func fail(_ failure: EntryFailure, _ now: Instant) { end(.failed(failure), now) }

  private func end(_ outcome: Outcome, _ now: Instant) {
    guard self.outcome == nil else { return }
    self.outcome = outcome
    closeBy = now + Limits.answeredWait
    if case .admitted = outcome { return }
    // A dead link has nothing to flush.
    if case .failed(.broken) = outcome { isOver = true }
  }
}

extension PairPosition {
  /// The role in a TLS handshake: the end that listened, or was first in its room, is the server.
  var role: TLSChannel.Role { self == .first ? .server : .client }
}
