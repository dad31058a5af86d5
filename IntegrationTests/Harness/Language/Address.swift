/// A place that a link can lead to, as a scenario writes it: `localhost:PORT`, `127.0.0.1:PORT`, `[::1]:PORT` or
/// `unix:FILE`.
enum Address {
  /// The hosts there are, with the families of their addresses.
  static let hosts: [String: [Int32]] = ["localhost": [4, 6], "127.0.0.1": [4], "[::1]": [6]]
  /// The words before the colon.
  static let heads = hosts.keys.sorted() + ["unix"]

  /// Whether a text can be one once its holes are filled in.
  static func isPossible(_ template: Template) -> Bool {
    guard case .literal(let bytes)? = template.pieces.first else { return false }
    let beginning = String(decoding: bytes, as: UTF8.self)
    guard let head = heads.first(where: { beginning.hasPrefix("\($0):") }) else { return false }
    let rest = beginning.dropFirst(head.count + 1)
    if template.pieces.count > 1 { return true }
    return head == "unix" ? !rest.isEmpty : UInt16(digits: rest) != nil
  }
}
