import Basics

@testable import ChatProtocol

extension FuzzTarget {
  private static let words = [
    "\u{0}\u{0}\u{0}\u{1}", "\u{0}\u{0}\u{0}\u{8}", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}hello\n",
    "\u{0}\u{2}\u{0}\u{1}",
    "\u{3}\u{1}", "\u{4}\u{1}", "\u{3}\u{2}", "\u{5}\u{2}", "\u{5}\u{5}\u{0}\u{0}\u{1}\u{0}\u{0}", "\u{4}\u{2}\u{1}",
    "\u{6}\u{e}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}hello\n", "\u{7}\u{8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{1}",
    "\u{8}\u{9}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "\u{0}\u{0}", "\u{1}\u{0}", "\u{9}\u{3}",
  ]

  /// Frames, however the bytes of a link are split.
  static let frameDecoder = FuzzTarget(name: "frame-decoder", words: words) { input in
    let sent = WireBytes.of(input)
    let whole = Decoded.of([sent[...]])
    for pieces in Splits.of(sent) {
      try requireEqual(Decoded.of(pieces), whole, "in pieces of \(pieces.map(\.count))")
    }
  }

  /// A peer before it is let in. The first byte has the flags of this end's introduction; the rest is what the peer
  /// sends.
  static let entryExchange = FuzzTarget(name: "entry-exchange", words: words) { input in
    guard let first = input.first else { return }
    let sent = WireBytes.of(Array(input.dropFirst()))
    let introduction = Introduction(
      knowsPeer: first & 1 != 0, hasCode: first & 2 != 0, isOpen: first & 4 != 0, isEphemeral: first & 8 != 0)
    let whole = try Entry.of([sent[...]], introduction)
    for pieces in Splits.of(sent) {
      try requireEqual(try Entry.of(pieces, introduction), whole, "in pieces of \(pieces.map(\.count))")
    }
  }

  /// A peer that was let in.
  static let framedSession = FuzzTarget(name: "framed-session", words: words) { input in
    let sent = WireBytes.of(input)
    let whole = SessionReading.of([sent[...]])
    for pieces in Splits.of(sent) {
      try requireEqual(SessionReading.of(pieces), whole, "in pieces of \(pieces.map(\.count))")
    }
    try require(
      whole.texts.count == whole.receivedCount, "\(whole.receivedCount) counted, \(whole.texts.count) delivered")
    try require(whole.isText, "what was delivered is no text")
  }
}

/// The bytes of a link that an input stands for.
private enum WireBytes {
  /// An input that begins with an odd byte is taken as it is. Of another one each frame is a byte for the kind, one for
  /// the length, and the payload, because random bytes make a whole frame only by luck.
  static func of(_ input: [UInt8]) -> [UInt8] {
    guard let first = input.first, first & 1 == 0 else { return Array(input.dropFirst()) }
    var rest = input.dropFirst()
    var bytes: [UInt8] = []
    while let choice = rest.popFirst(), let count = rest.popFirst() {
      let payload = rest.prefix(Int(count))
      rest = rest.dropFirst(Int(count))
      let kinds = Frame.Kind.allCases.map(\.rawValue) + [0x7F, 0xFE]
      bytes += UInt32(payload.count).bigEndianBytes + [kinds[Int(choice) % kinds.count]] + payload
    }
    return bytes
  }
}

/// The result of decoding some bytes.
private struct Decoded: Equatable {
  var frames: [Frame] = []
  var violation: FrameViolation?
  var rest: [UInt8] = []

  static func of(_ pieces: [ArraySlice<UInt8>]) -> Decoded {
    var decoder = FrameDecoder()
    var decoded = Decoded()
    for piece in pieces where decoded.violation == nil {
      decoder.append(piece)
      do throws(FrameViolation) {
        while let frame = try decoder.next() { decoded.frames.append(frame) }
      } catch {
        decoded.violation = error
      }
    }
    if decoded.violation == nil { decoded.rest = decoder.takeRest() }
    return decoded
  }
}

/// The outcome for a peer that wants in, with an owner that lets in whom the verdict vouches for.
private struct Entry: Equatable {
  var events: [EntryExchange.Event] = []
  var output: [UInt8] = []
  var rest: [UInt8] = []

  static func of(_ pieces: [ArraySlice<UInt8>], _ introduction: Introduction) throws -> Entry {
    var exchange = EntryExchange(introduction, greeting: Greeting(isPerson: true, name: "ann"))
    var entry = Entry()
    var isVouchedFor = false
    for piece in pieces {
      exchange.received(piece)
      while let event = exchange.nextEvent() {
        entry.events.append(event)
        if case .verdict(let verdict) = event, verdict == .vouched || verdict == .open {
          isVouchedFor = true
          exchange.admit()
        }
        if case .greeted = event { try require(isVouchedFor, "a peer came in that nobody vouches for") }
      }
    }
    entry.output = Array(exchange.output)
    if case .greeted? = entry.events.last { entry.rest = exchange.takeRest() }
    return entry
  }
}

/// The outcome of reading a peer.
private struct SessionReading: Equatable {
  var texts: [[UInt8]] = []
  var receivedCount = 0
  var unsentCount = 0
  var ending: SessionEnding?

  var isText: Bool { texts.allSatisfy { String(decoding: $0, as: UTF8.self).utf8.elementsEqual($0) } }

  static func of(_ pieces: [ArraySlice<UInt8>]) -> SessionReading {
    let now = Instant(sinceOrigin: .zero)
    let own = Incarnation(0xA1)
    var conversation = Conversation(party: .batch(stays: false), incarnation: own)
    conversation.linkUp(acknowledges: true)
    conversation.accept(Array("one\ntwo\n".utf8))
    var session = FramedSession(
      party: .batch(stays: false), peer: Greeting(isPerson: false, name: nil), now: now)
    var reading = SessionReading()
    // Both messages of this end are on their way, so that the peer may acknowledge them.
    session.advance(&conversation, now: now)
    let answer = Frame.encode(.answer, own.value.bigEndianBytes + UInt64(0).bigEndianBytes)
    session.received(answer[...], &conversation, now: now)
    session.advance(&conversation, now: now)
    session.sent(session.bytesToSend(of: conversation).count, &conversation, now: now)
    for piece in pieces where session.wantsToReceive {
      session.received(piece, &conversation, now: now)
      reading.commit(&conversation)
    }
    if session.wantsToReceive { session.receivedEnd(announced: true, &conversation, now: now) }
    reading.commit(&conversation)
    reading.receivedCount = conversation.receivedCount
    reading.unsentCount = conversation.unsentCount
    reading.ending = session.ending
    return reading
  }

  private mutating func commit(_ conversation: inout Conversation) {
    texts += conversation.inbox.entries.map { Array(conversation.inbox.text($0)) }
    conversation.committed()
  }
}
