import Basics

@testable import ChatProtocol

extension FuzzTarget {
  /// A plain session that reads a peer to its end. The lowest bit of the first byte tells whether this end dialled, so
  /// that the peer may be busy; the rest is what the peer sends.
  static let plainSession = FuzzTarget(
    name: "plain-session",
    words: [
      PlainSession.busyLine + "\n", "TINCAN/1 WAIT\n", "TINCAN/1 JOIN r\n", "SSH-2.0-x\r\n", "220 a ESMTP\r\n",
      "GET / HTTP/1.1\r\n", "PROXY TCP4 ", "\r\n\r\n\u{0}\r\nQUIT\n", "\u{16}\u{3}\u{1}", "\r\n",
    ]
  ) { input in
    guard let first = input.first else { return }
    let sent = Array(input.dropFirst())
    let peerMayBeBusy = first & 1 == 1
    let whole = Reading.of([sent[...]], peerMayBeBusy: peerMayBeBusy)
    for pieces in Splits.of(sent) {
      let inPieces = Reading.of(pieces, peerMayBeBusy: peerMayBeBusy)
      // The binary header of a proxy begins with line ends. In pieces these are messages, since a person may begin with
      // an empty line, and that must not wait for the next.
      if whole.ending == .foreign(.proxy), inPieces.ending == whole.ending { continue }
      try requireEqual(inPieces, whole, "in pieces of \(pieces.map(\.count))")
    }
    try require(
      whole.texts.count == whole.receivedCount, "\(whole.receivedCount) counted, \(whole.texts.count) delivered")
  }

  /// The outcome of reading a peer.
  private struct Reading: Equatable {
    var texts: [[UInt8]] = []
    var receivedCount = 0
    var ending: SessionEnding?

    static func of(_ pieces: [ArraySlice<UInt8>], peerMayBeBusy: Bool) -> Reading {
      let now = Instant(sinceOrigin: .zero)
      var conversation = Conversation(party: .batch(stays: false))
      conversation.linkUp()
      var session = PlainSession(party: .batch(stays: false), peerMayBeBusy: peerMayBeBusy)
      var reading = Reading()
      for piece in pieces where session.wantsToReceive {
        session.received(piece, &conversation, now: now)
        reading.commit(&conversation)
      }
      if session.wantsToReceive { session.receivedEnd(announced: true, &conversation, now: now) }
      reading.commit(&conversation)
      // Our own end follows, so that every session ends.
      conversation.want(.inputEnded)
      session.advance(&conversation, now: now)
      if session.owesEnd(of: conversation) { session.endSent(&conversation, now: now) }
      reading.receivedCount = conversation.receivedCount
      reading.ending = session.ending
      return reading
    }

    private mutating func commit(_ conversation: inout Conversation) {
      texts += conversation.inbox.entries.map { Array(conversation.inbox.text($0)) }
      conversation.committed()
    }
  }
}
