import Terminal

/// When the bell of the terminal is rung.
public enum BellChoice: String, CaseIterable, Sendable {
  /// For every message and connection.
  case always
  /// For those that come while the terminal has not the focus.
  case unfocused
  case never
}

/// Draws a person's attention to what comes while they look elsewhere, by the terminal's bell and its title.
///
/// The terminal reports when it gets and loses the focus. One that never reports it is taken for one that is looked at.
/// Each call returns the bytes that are to be written to the terminal.
struct Attention {
  private let bell: BellChoice
  /// Whether the terminal has the focus; nil while it has not said so.
  private(set) var hasFocus: Bool?
  /// The number of messages that came since the focus went.
  private var unread = 0
  /// Whether the title is ours, and the one before it on the terminal's stack.
  private(set) var ownsTitle = false
  /// The second of the last bell. More than one in a second would be one noise.
  private var bellSecond: Int?

  /// xterm's control sequences (ctlseqs): push and pop the window's title.
  private static let pushTitle = "\u{1B}[22;2t"
  private static let popTitle = "\u{1B}[23;2t"
  /// A window's frame has room for no more.
  private static let titleCharactersMax = 60

  init(bell: BellChoice) { self.bell = bell }

  /// The terminal got or lost the focus.
  mutating func focusChanged(to hasFocus: Bool) -> String {
    self.hasFocus = hasFocus
    return hasFocus ? giveTitleBack() : ""
  }

  /// The terminal is given to others. A person who comes back to it looks at it.
  mutating func terminalGiven() -> String {
    hasFocus = nil
    return giveTitleBack()
  }

  private mutating func giveTitleBack() -> String {
    unread = 0
    defer { ownsTitle = false }
    return ownsTitle ? Attention.popTitle : ""
  }

  /// Messages came.
  /// - Parameter peer: the peer's name, escaped.
  mutating func messagesCame(_ count: Int, from peer: String, at time: WallTime) -> String {
    if hasFocus == false { unread += count }
    return title("(\(unread)) \(peer)") + ring(at: time)
  }

  /// A peer came.
  mutating func connected(to peer: String, at time: WallTime) -> String {
    title("\(peer) is here") + ring(at: time)
  }

  private mutating func title(_ text: String) -> String {
    guard hasFocus == false else { return "" }
    defer { ownsTitle = true }
    let title = String(text.prefix(Attention.titleCharactersMax))
    return "\(ownsTitle ? "" : Attention.pushTitle)\u{1B}]2;\(title) - tincan\u{1B}\\"
  }

  private mutating func ring(at time: WallTime) -> String {
    guard bell == .always || bell == .unfocused && hasFocus == false, bellSecond != time.seconds else { return "" }
    bellSecond = time.seconds
    return "\u{7}"
  }
}
