/// Every bound of the protocol, named once, with its reason. Units stand last in the names.
public enum Limits {
  /// The longest message: long enough for a page of pasted text, short enough that one of them never holds up a link.
  /// What arrives longer in plain text is delivered in pieces of this size.
  public static let messageBytesMax = 64 << 10

  /// How much one read from a link or an input takes. A quarter of a default socket buffer: fewer calls for bulk, and
  /// the buffer stays in a core's cache.
  public static let readBytesMax = 64 << 10

  /// The outbox takes no more text once it holds this much: a few reads' worth, so that bulk never starves, and small
  /// beside the memory an endpoint uses anyway.
  public static let outboxBytesHigh = 256 << 10

  /// What was received and waits for standard output: reading from the link stops above this.
  public static let inboxBytesHigh = 256 << 10

  /// Pasted lines that are sent without a question.
  public static let pasteLinesUnasked = 5

  /// An end that wants to leave waits this long without any byte moving for the rest of the outbox to go out…
  public static let drainSilence = Duration.seconds(5)
  /// …this long in all: a person or a service manager waits for us…
  public static let drainTotal = Duration.seconds(20)
  /// …and this long for the peer's goodbye after ours: a round trip across the world and a busy machine.
  public static let goodbyeWait = Duration.seconds(2)

  /// A batch endpoint whose input has ended waits this long without any byte moving for its outbox to be taken: the
  /// reader at the other end may have been paused by a person.
  public static let batchDrainSilence = Duration.seconds(60)
  /// A batch endpoint that has sent everything receives until the peer was silent this long: no whole line, no 64 KiB.
  public static let batchRestSilence = Duration.seconds(10)

  /// A conversation that lasted this long was one, even if nothing was said: the relay that paired it is asked again at once.
  public static let usefulConversation = Duration.seconds(10)

  /// A peer that is silent this long is probed by the kernel, and taken for lost after three unanswered probes.
  public static let probeSeconds: Int32 = 15

  /// How long a refused caller may take to close.
  public static let refusedWait = Duration.seconds(2)
  /// How many refused callers linger at a time; further ones are closed without an answer.
  public static let refusedMax = 256
  /// How long a first line that reads like a refusal is held for the end that would make it one: the end follows the line at
  /// once, so a round trip across the world is enough.
  public static let busyHold = Duration.seconds(1)
}

// Relations between bounds that the code relies on.
extension Limits {
  /// Checks them, once at the start of a program.
  public static func check() {
    precondition(outboxBytesHigh >= 2 * messageBytesMax, "the outbox holds a message while another is sent")
    precondition(readBytesMax >= messageBytesMax, "a read can complete a message of any size")
    precondition(drainSilence <= drainTotal)
  }
}
