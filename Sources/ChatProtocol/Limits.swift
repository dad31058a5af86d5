/// Every bound of the protocol, named once, with its reason. The name of a number says what it counts.
public enum Limits {
  /// The longest message. It holds a page of pasted text, and one of them never holds up a link. A longer line of plain
  /// text is delivered in pieces of this size.
  public static let messageBytesMax = 64 << 10

  /// The most bytes that one read of a link or an input takes. It is a quarter of a default socket buffer: bulk needs
  /// few calls, and the buffer stays in a core's cache.
  public static let readBytesMax = 64 << 10

  /// The outbox takes no more text from this size on. It is a few reads, so that bulk never lacks bytes to send, and it
  /// is small beside the memory an endpoint uses anyway.
  static let outboxBytesHigh = 256 << 10

  /// No more texts are read from the store while this many segments wait in the outbox. Each may be of an opening of
  /// its own, and moving on by one costs as much as there are.
  static let segmentsLoadedHigh = 8192
  /// The most runs of messages that are read from the store at a time. Each costs some microseconds, and the loop
  /// stands still meanwhile.
  static let runsLoadedAtOnce = 1024

  /// The same where messages stay in the outbox until the peer has acknowledged them. So this is also the most that is
  /// on its way at a time: 20 MB/s at a round trip of 100 ms, which the first bound would hold to 2.5 MB/s.
  static let unacknowledgedBytesHigh = 2 << 20

  /// The typed text that waits in the outbox has at most this size: some pastes, if the peer reads slowly.
  static let typedBytesHigh = 4 << 20

  /// The link is not read while this many received bytes wait for the user: two reads, so that the next is there while
  /// a pipe takes the last.
  public static let inboxBytesHigh = 128 << 10

  /// The longest drain without progress while an end leaves: a person or a service manager waits for it.
  public static let drainSilence = Duration.seconds(5)
  /// The longest drain in all while an end leaves.
  static let drainTotal = Duration.seconds(20)
  /// The longest wait for the peer's goodbye after our own: a round trip across the world and a busy machine.
  public static let goodbyeWait = Duration.seconds(2)

  /// The longest drain without progress of a batch endpoint whose input has ended. It is long, because a person may
  /// have paused the reader at the other end.
  public static let batchDrainSilence = Duration.seconds(60)
  /// A batch endpoint that has sent everything receives until the peer was silent this long. A peer is silent while it
  /// completes no line and no 64 KiB of one.
  public static let plainPeerEndWait = Duration.seconds(10)

  /// The kernel sends a peer that is silent this long a keepalive probe. After three probes without a reply the peer is
  /// lost.
  public static let keepaliveSeconds: Int32 = 15
  /// How often a link that owes bytes is asked whether its peer still answers…
  public static let healthCheckInterval = Duration.seconds(15)
  /// …and how long that may have been silent before it counts as vanished: as long as keepalive takes on a silent link.
  public static let vanishedTime = Duration.seconds(60)

  /// An end of a framed session that has sent nothing for this long sends a ping. Middleboxes forget a silent link
  /// after some minutes.
  static let pingInterval = Duration.seconds(15)
  /// A peer of a framed session that was silent this long, three pings, is probed…
  static let silenceBeforeProbe = Duration.seconds(45)
  /// …and is lost if it is silent for this long then.
  static let probeGrace = Duration.seconds(2)
  /// An encrypted link has this long from its first byte to the greetings. Nobody types meanwhile.
  public static let entryTimeout = Duration.seconds(10)
  /// The most encrypted links that are on their way in at a time. For a further one the least promising is closed.
  public static let candidatesMax = 64
  /// The openings of the peer whose order is remembered, so that one that ended takes no link back. A process sees a
  /// few.
  static let openingsKnownMax = 64
  /// The latest time that a message can have been written, in seconds since 1970-01-01 UTC: the last second of the year
  /// 9999. Calendars count no further.
  static let writtenAtMax: UInt64 = 253_402_300_799
  /// The most incarnations in one frame that asks for them or answers: 16 KiB of an answer are one record of TLS.
  static let askedPerFrameMax = 1000
  /// The link is not read while something of this many incarnations of the peer was received and is not committed. Each
  /// costs the store some changes, and the loop stands still meanwhile. There is no bound of those of a link: a script
  /// that hands over a message every few seconds makes as many openings.
  static let uncommittedIncarnationsHigh = 4096
  /// How many older incarnations are asked about first, once the peer has less than it had acknowledged. Each further
  /// question names twice as many as the one before, up to ``askedPerFrameMax``.
  static let askedAlso = 16
  /// The most messages that are sent again unasked to a peer that had acknowledged them. A stolen key without its store
  /// must not read the whole past.
  static let repeatedUnaskedMax = 1000
  /// The usual text of a frame with messages: the frame fits into one record of TLS, so that a receiver can use it as
  /// soon as that is there, and moves little of one that is not complete. A message that is longer has its own frame.
  static let frameTextBytes = (16 << 10) - 64
  /// The frames that wait for the channel are filled up to this size: more than a channel takes at a time.
  static let frameFillBytes = 64 << 10

  /// The time that a refused caller, or an end that is no peer, has to close after its answer.
  public static let answeredWait = Duration.seconds(2)
  /// The most links that linger at a time after an answer. Further ones are closed without one.
  public static let answeredMax = 256
  /// The time that a first line is held if it reads like the busy line. A busy peer's end follows its line at once, so
  /// a round trip across the world is enough.
  static let busyHold = Duration.seconds(1)
}

extension Limits {
  /// Checks the relations between bounds that the code relies on, once at the start of a program.
  public static func check() {
    precondition(outboxBytesHigh >= 2 * messageBytesMax, "the outbox holds a message while another is sent")
    precondition(unacknowledgedBytesHigh >= outboxBytesHigh, "what is on its way stays in the outbox")
    precondition(typedBytesHigh >= unacknowledgedBytesHigh, "a person may say more than a program at once")
    precondition(readBytesMax >= messageBytesMax, "a read can complete a message of any size")
    precondition(drainSilence <= drainTotal)
    precondition(16 * askedPerFrameMax <= Frame.payloadBytesMax, "a frame holds an answer")
    precondition(
      FramedSession.messagesHeaderBytes + messageBytesMax + 1 <= Frame.payloadBytesMax,
      "a frame holds a message of any size")
  }
}
