import ArgumentParser
import RelayCore
import RelayServer
import Sockets

/// The bounds of a relay's guests, in all and from one source.
struct RelayBoundsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How many guests at a time, paired or not; 0: no limit. Default: what the limits on open files and on the \
      control group's memory leave, so that one too many can still be told.
      """, valueName: "n"))
  var maxGuests: WholeNumber?

  @Option(
    help: ArgumentHelp(
      """
      How many may wait for their other one at a time; 0: no limit. Default: half of --max-guests, as each needs room \
      for a partner.
      """, valueName: "n"))
  var maxWaiting: WholeNumber?

  @Option(
    help: ArgumentHelp(
      """
      How many connections one address may make in a minute; 0: no limit. Of IPv6, one /64 network; its /56 may make \
      twice as many, its /48 four times. The same holds for the two below.
      """, valueName: "n"))
  var joinsPerMinute = WholeNumber(RelayLimits.connectionsPerMinute)

  @Option(
    help: ArgumentHelp(
      "How many guests of one address may be without a partner at a time; 0: no limit.", valueName: "n"))
  var waitingPerSource = WholeNumber(RelayLimits.withoutPartnerPerSource)

  @Option(
    help: ArgumentHelp(
      "How many guests of one address there may be at a time, paired or not; 0: no limit.", valueName: "n"))
  var guestsPerSource = WholeNumber(RelayLimits.guestsPerSource)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      Addresses whose guests are not bounded by address, such as those of a load balancer: 192.0.2.0/24, 2001:db8::/32.
      """,
      valueName: "cidr"))
  var trust: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Addresses whose guests are refused, unless they are trusted.", valueName: "cidr"))
  var deny: [String] = []

  private static let countMax = 10_000_000

  /// The addresses that the relay trusts, and those that it denies.
  var access: AccessList {
    get throws {
      AccessList(
        trusted: try trust.map { try RelayBoundsOptions.range($0, of: "--trust") },
        denied: try deny.map { try RelayBoundsOptions.range($0, of: "--deny") })
    }
  }

  private static func range(_ text: String, of option: String) throws -> AddressRange {
    guard let range = AddressRange(parsing: text) else {
      throw ValidationError("\(option): '\(text)' is no address or network such as 192.0.2.0/24 or 2001:db8::/32.")
    }
    return range
  }

  /// The bounds, judged against the limit on open files. A higher one is asked for as far as the system allows.
  func bounds(threads: Int) throws -> Admission.Bounds {
    let limit = DescriptorLimit.current.hard
    let own = RelayLimits.descriptorsReserved(threads: threads)
    let least = maxGuests?.value ?? 2
    guard limit - own >= least else {
      throw ValidationError(
        """
        \(maxGuests == nil ? "--threads" : "--max-guests"): \(least) guests and \(threads) threads need \
        \(least + own) open files, and \(limit) are allowed; raise that limit (ulimit -Hn, LimitNOFILE=) or \
        choose fewer.
        """)
    }
    let guests = maxGuests?.value ?? RelayLimits.guests(descriptors: limit - own, memory: ControlGroups.current.memory)
    return Admission.Bounds(
      guests: guests, waiting: maxWaiting?.value ?? guests / 2, connectionsPerMinute: joinsPerMinute.value,
      withoutPartnerPerSource: waitingPerSource.value, guestsPerSource: guestsPerSource.value)
  }

  func validate() throws {
    for (value, option) in [
      (maxGuests, "--max-guests"), (maxWaiting, "--max-waiting"), (joinsPerMinute, "--joins-per-minute"),
      (waitingPerSource, "--waiting-per-source"), (guestsPerSource, "--guests-per-source"),
    ] {
      guard (0...RelayBoundsOptions.countMax).contains(value?.value ?? 0) else {
        throw ValidationError(
          "\(option): a whole number from 0 (no limit) to \(RelayBoundsOptions.countMax) is needed.")
      }
    }
    if maxGuests?.value == 1 { throw ValidationError("--max-guests: a pair are two.") }
    _ = try access
  }
}
