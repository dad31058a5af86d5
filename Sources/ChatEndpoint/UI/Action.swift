/// An action in the third person, as a message: one line that begins with `* ` and the name of its writer
/// (docs/PROTOCOL.md, "Messages").
enum Action {
  /// The text of an action.
  /// - Parameter writer: the writer's name.
  /// - Returns: the part of the message behind the name; nil if it is no action.
  static func text(of message: ArraySlice<UInt8>, by writer: String) -> ArraySlice<UInt8>? {
    let start = "* \(writer) ".utf8
    guard message.starts(with: start), message.count > start.count, !message.contains(UInt8(ascii: "\n"))
    else { return nil }
    return message.dropFirst(start.count)
  }
}
