/// The text that was typed and not sent when the editor ended.
public enum LastDraft: Equatable, Sendable {
  case none
  /// The input history has it.
  case kept
  /// There is no input history that takes it.
  case lost(String)
}
