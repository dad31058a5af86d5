import ChatProtocol

/// Every bound of the relay, named once, with its reason. The name of a number says what it counts. A bound that an
/// operator may want otherwise is an option of `tincan relay`; its default stands here.
public enum RelayLimits {
  // MARK: The preamble

  /// From arrival to a whole JOIN: five round trips to the far side of the world over a bad line. A guest that
  /// is silent for longer, or sends byte by byte, holds a descriptor for nothing.
  public static let preambleTime = Duration.seconds(10)
  /// From the arrival of a load balancer's connection to the end of its PROXY header, which the balancer sends at once:
  /// long enough for one retransmission of TCP ("The PROXY protocol", section 2).
  static let proxyHeaderTime = Duration.seconds(3)
  /// How long a guest may wait for the other: a day, since people live in different time zones. Forgotten ones go.
  public static let roomTime = Duration.seconds(86_400)
  /// How long the kernel of the first guest of a room may take to acknowledge that it is paired, if the guest cannot be
  /// known again: some retransmissions on a bad line. Its partner waits meanwhile.
  static let confirmTime = Duration.seconds(2)
  /// Nobody reports the acknowledgement, so the kernel is asked: after this, then after twice that…
  static let confirmDelay = Duration.milliseconds(1)
  /// …up to this.
  static let confirmDelayMax = Duration.milliseconds(64)
  /// A guest of a pair whose machine answers nothing for this long has vanished. As long as the kernel's keepalive
  /// gives an idle link: four times 15 s.
  public static let vanishedTime = Duration.seconds(60)
  /// How often the kernel is asked about some of the guests…
  public static let healthCheckInterval = Duration.seconds(1)
  /// …and after how many times about all: asking about 18,000 at once would hold up the pairs for some 10 ms.
  public static let healthCheckRounds = 8
  /// A refused guest is kept for two seconds, so that closing does not destroy the line that tells why. Its
  /// further bytes are discarded, up to a few full windows of a fast sender.
  static let refusedLinger = LingeringClose.Bounds(total: .seconds(2), discardBytesMax: 8 << 20)
  /// Refused guests that linger at a time in all; beyond, the oldest is closed at once.
  public static let refusedMax = 128
  /// The same for one of several threads: its share, but enough that a burst is answered.
  public static func refusedMax(threads: Int) -> Int { max(4, refusedMax / threads) }
  /// When one link of a pair broke, the other guest is to see a reset once it has taken what was sent before. Nobody
  /// reports when it has, so the kernel is asked five times a second. The guest is given up when it took nothing for
  /// ten seconds: some retransmissions on a bad line (RFC 6298), or a person who reads on.
  static let brokenPairLinger = LingeringClose.Bounds(
    silence: .seconds(10), checkDelay: .milliseconds(200), checkDelayMax: .milliseconds(200))

  // MARK: Guests

  /// Descriptors that are not for guests: standard streams, listeners, metrics and its clients, the journal, signals,
  /// sockets that were handed over; for each thread its queue and its waker; and refused guests.
  public static func descriptorsReserved(threads: Int) -> Int { 96 + threads * (2 + refusedMax(threads: threads)) }
  /// How much of a limit on memory is kept for each guest: the buffers of its socket while bytes are under way, and its
  /// part of what slow readers leave waiting. An idle one takes a tenth.
  static let memoryPerGuest = 32 << 10
  /// Guests at a time, unless an operator wants another number.
  /// - Parameters:
  ///   - descriptors: those that are left for guests.
  ///   - memory: the limit of the control group in bytes; nil if there is none.
  public static func guests(descriptors: Int, memory: Int?) -> Int {
    max(2, min(descriptors, (memory ?? .max) / memoryPerGuest))
  }
  /// Connections one source address may make in a minute: a person who tries again every few seconds, and the others
  /// of a household or small office behind the same address.
  public static let connectionsPerMinute = 120
  /// Guests of one source address without a partner: several conversations waited for by several people of one
  /// household.
  public static let withoutPartnerPerSource = 32
  /// Guests of one source address, paired or not: a household or a small office and its scripts. Without it one source
  /// could fill a relay with pairs of its own.
  public static let guestsPerSource = 64
  /// Networks remembered at a time: about 100 bytes each. Beyond, those without a guest are forgotten: a bound on each
  /// holds nobody that has so many.
  static let networksMax = 65_536

  // MARK: Carrying

  /// How much one read from a guest takes. In bulk, waking the next program costs more than copying: with four times 64
  /// KiB a flood was measured 1.4 times as fast, and with more no faster. A core's second-level cache holds it.
  public static let readBytesMax = 256 << 10
  /// Memory that bytes take in one thread that wait for slow readers; above it, reads are of ``readBytesTight`` each,
  /// so that even a relay full of pairs that stand still stays small.
  public static let parkedMemoryHigh = 64 << 20
  /// The same under a limit on memory: all threads together leave three quarters to the rest. At least one read fits.
  public static func parkedMemoryHigh(threads: Int, memory: Int?) -> Int {
    max(readBytesMax, min(parkedMemoryHigh, (memory ?? .max) / 4 / threads))
  }
  /// The most that one read takes then.
  public static let readBytesTight = 4 << 10
  /// Reads from one guest in a turn of the loop, before others have theirs: about 100 µs of a core.
  public static let readsPerTurn = 2
  /// Newcomers let in in a turn, before the pairs have theirs.
  public static let acceptsPerTurn = 32
  /// How long letting in pauses after the system had no descriptor left: a pause that ends by itself, as it may have
  /// been another program that took them.
  public static let acceptPause = Duration.milliseconds(250)
  /// Connections the kernel holds until they are let in: a few milliseconds' worth of the most a relay can take.
  public static let backlog: Int32 = 4096

  // MARK: Operating

  /// Threads that carry: more than a relay has use for on the largest machines.
  public static let threadsMax = 256
  /// How long pairs may go on after the relay was asked to end.
  public static let drainTime = Duration.seconds(60)
  /// How long newcomers are still let in once it was asked to end, where a load balancer can see that it was: long
  /// enough for a health check each second to fail twice, and a second more.
  public static let drainDelay = Duration.seconds(3)
  /// How long a relay waits for its port to be left, beyond its own drain delay: a predecessor that was asked to end
  /// a moment ago is busy for no longer.
  public static let portWait = Duration.seconds(2)
  /// How often it tries meanwhile: newcomers are refused for no longer than this.
  public static let portTryInterval = Duration.milliseconds(20)
  /// A second SIGTERM within this is an echo of the first: a service manager signals the process and its group.
  static let echoTime = Duration.seconds(2)
  /// Lines of the journal that wait for a slow reader of standard error; beyond, lines are counted instead of kept.
  public static let journalLinesMax = 1024
  /// A request for metrics: a line and a few headers…
  public static let metricsRequestBytesMax = 4096
  /// …sent and answered within this…
  public static let metricsTime = Duration.seconds(5)
  /// …by this many at a time; a Prometheus, its stand-in, a health check and a curious operator.
  public static let metricsClientsMax = 16
  /// Descriptors kept for them when guests have taken all others: a scraper and a health check at once, and one more of
  /// each.
  public static let metricsReserve = 4
}

// Relations between bounds that the code relies on.
extension RelayLimits {
  /// A relay checks them when it starts.
  public static func check() {
    let longestJoin = "TINCAN/1 JOIN  \n".utf8.count + PreambleLimits.roomBytesMax + RelaySide.characters
    precondition(longestJoin <= PreambleLimits.lineBytesMax, "the longest JOIN is a line")
    precondition(PreambleLimits.lineBytesMax < readBytesTight, "one read takes a line and what must not follow it")
    precondition(readBytesTight <= readBytesMax && readBytesMax <= parkedMemoryHigh)
    precondition(PreambleLimits.waitInterval * 2 < PreambleLimits.waitSilence, "a lost WAIT is no lost relay")
    precondition(refusedMax(threads: threadsMax) >= 1, "each thread can refuse a guest")
    precondition(
      metricsClientsMax < descriptorsReserved(threads: 1), "metrics have descriptors when guests take the rest")
  }
}
