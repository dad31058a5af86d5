/// How a pair ended, for the journal and the metrics.
public enum PairOutcome: CaseIterable, Sendable {
  /// Both guests announced their end.
  case goodbye
  /// A link broke.
  case broken
  /// A guest's machine answered nothing any more.
  case vanished
  /// A guest came again on another link.
  case returned
  /// The relay ended.
  case stopped
  /// The pair met one of its ``PairLimits``.
  case idle, halfClosed, tooLong, tooManyBytes

  /// Its name in the journal and in the label `how` of the metrics.
  public var label: String {
    switch self {
    case .goodbye: "goodbye"
    case .broken: "broken"
    case .vanished: "vanished"
    case .returned: "returned"
    case .stopped: "stopped"
    case .idle: "idle"
    case .halfClosed: "half_closed"
    case .tooLong: "too_long"
    case .tooManyBytes: "too_many_bytes"
    }
  }

  /// The words for a person, behind "ended".
  public var text: String {
    switch self {
    case .goodbye: "by goodbye"
    case .broken: "by a broken link"
    case .vanished: "because a guest vanished"
    case .returned: "because a guest came again"
    case .stopped: "with the relay"
    case .idle: "because nothing was sent for too long"
    case .halfClosed: "because it was half-closed for too long"
    case .tooLong: "because it lasted too long"
    case .tooManyBytes: "because it carried too many bytes"
    }
  }
}
