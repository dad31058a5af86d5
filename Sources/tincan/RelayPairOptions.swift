import ArgumentParser
import RelayCore

/// The limits on a relay's pairs; all are off by default.
struct RelayPairOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How many bytes a second a pair may carry, both directions together; 0: no limit. Above it the guests are read \
      more slowly. Pairs that meet one of the other limits below are reset.
      """, valueName: "bytes"))
  var pairRate = WholeNumber(0)

  @Option(help: ArgumentHelp("How many bytes a pair may carry in all; 0: no limit.", valueName: "bytes"))
  var pairBytes = WholeNumber(0)

  @Option(help: ArgumentHelp("How long a pair may carry nothing; 0: no limit.", valueName: "seconds"))
  var pairIdle = WholeNumber(0)

  @Option(
    help: ArgumentHelp(
      "How long one guest of a pair may go on after the other has ended; 0: no limit.", valueName: "seconds"))
  var pairHalfClosed = WholeNumber(0)

  @Option(help: ArgumentHelp("How long a pair may last; 0: no limit.", valueName: "seconds"))
  var pairTime = WholeNumber(0)

  private static let bytesMax = 1_000_000_000_000_000

  var limits: PairLimits {
    func time(_ seconds: WholeNumber) -> Duration? { seconds.value == 0 ? nil : .seconds(seconds.value) }
    return PairLimits(
      bytesPerSecond: pairRate.value, bytes: pairBytes.value, idle: time(pairIdle), halfClosed: time(pairHalfClosed),
      length: time(pairTime))
  }

  func validate() throws {
    for (value, option) in [(pairRate, "--pair-rate"), (pairBytes, "--pair-bytes")] {
      guard (0...RelayPairOptions.bytesMax).contains(value.value) else {
        throw ValidationError(
          "\(option): a whole number of bytes from 0 (no limit) to \(RelayPairOptions.bytesMax) is needed.")
      }
    }
    for (value, option) in [
      (pairIdle, "--pair-idle"), (pairHalfClosed, "--pair-half-closed"), (pairTime, "--pair-time"),
    ] {
      guard (0...RelayCommand.timeMax).contains(value.value) else {
        throw ValidationError(
          "\(option): a whole number of seconds from 0 (no limit) to \(RelayCommand.timeMax) is needed.")
      }
    }
  }
}
