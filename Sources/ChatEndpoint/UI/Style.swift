import Terminal

/// The look of the conversation on a terminal. The texts given to it are escaped already.
struct Style {
  /// Whether colours may be used (ECMA-48 section 8.3.117, Select Graphic Rendition).
  let colors: Bool
  let timestamps: TimestampFormat

  /// A line of the conversation.
  func paragraph(_ entry: Transcript.Entry, at time: WallTime) -> Paragraph {
    let timestamp = timestamps.text(of: time)
    let stamp = timestamp.map { faint($0) + " " } ?? ""
    // Below the time, so that the times stand alone at the left.
    let indent = max(2, timestamp.map { $0.count + 1 } ?? 0)
    switch entry {
    case .day(let date): return note(date)
    case .unread(let since): return note(timestamps.text(of: since).map { "unread since \($0)" } ?? "unread")
    case .message(let name, let text, let isOwn):
      let rendition = isOwn ? Style.bold : Style.peerName
      return Paragraph(lead: "\(stamp)\(paint(rendition, name + ":")) ", text, indent: indent)
    case .continuation(let text, _):
      return Paragraph(lead: String(repeating: " ", count: indent - 2) + faint("… "), text, indent: indent)
    case .action(let text, _):
      let end = colors ? Style.reset : ""
      let lead = "\(stamp)\(colors ? "\u{1B}[\(Style.bold)m" : "")* "
      return Paragraph(lead: lead, text, end: end, indent: indent)
    case .event(let text): return note(text, stamp: timestamp.map { $0 + " " } ?? "")
    }
  }

  /// A line of the conversation that was there before: as a whole faint.
  func past(_ entry: Transcript.Entry, at time: WallTime) -> Paragraph {
    let plain = Style(colors: false, timestamps: timestamps).paragraph(entry, at: time)
    return colors ? plain.between("\u{1B}[\(Style.faint)m", Style.reset) : plain
  }

  /// `-- there is no command /qiut`, below a time of its own if there is one.
  func note(_ text: String, stamp: String = "") -> Paragraph {
    Paragraph(
      lead: "\(colors ? "\u{1B}[\(Style.faint)m" : "")\(stamp)-- ", text, end: colors ? Style.reset : "",
      indent: stamp.count + "-- ".count)
  }

  /// Bright red, and bold as the own name is. Nobody asks a terminal for its background, so the colour must be
  /// readable on white and on black. Of the sixteen colours this is the only one with a contrast of at least 3:1
  /// (WCAG 2.2, 1.4.11) on both in the palettes of xterm, the Linux console, GNOME, Windows, macOS and PuTTY. Bold
  /// yellow has 1.1:1 on white, blue 1.6:1 on black.
  private static let peerName = "1;91"
  /// The lines of this end need no colour of their own: the terminal's foreground is readable.
  private static let bold = "1"
  /// Times and notes: terminals mix the foreground with the background, so it stays readable on both.
  private static let faint = "2"
  private static let reset = "\u{1B}[0m"

  private func faint(_ text: String) -> String { paint(Style.faint, text) }

  private func paint(_ code: String, _ text: String) -> String {
    colors ? "\u{1B}[\(code)m\(text)\(Style.reset)" : text
  }
}
