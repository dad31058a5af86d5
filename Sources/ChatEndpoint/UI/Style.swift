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
    case .message(let name, let text, let isOwn):
      return Paragraph(lead: "\(stamp)\(paint(isOwn ? "36" : "1;33", name + ":")) ", text, indent: indent)
    case .continuation(let text):
      return Paragraph(lead: String(repeating: " ", count: indent - 2) + faint("… "), text, indent: indent)
    case .action(let text):
      let end = colors ? Style.reset : ""
      return Paragraph(lead: "\(stamp)\(colors ? "\u{1B}[36m" : "")* ", text, end: end, indent: indent)
    case .event(let text): return note(text, stamp: timestamp.map { $0 + " " } ?? "")
    }
  }

  /// `-- there is no command /qiut`, below a time of its own if there is one.
  func note(_ text: String, stamp: String = "") -> Paragraph {
    Paragraph(
      lead: "\(colors ? "\u{1B}[2m" : "")\(stamp)-- ", text, end: colors ? Style.reset : "",
      indent: stamp.count + "-- ".count)
  }

  private static let reset = "\u{1B}[0m"

  private func faint(_ text: String) -> String { paint("2", text) }

  private func paint(_ code: String, _ text: String) -> String {
    colors ? "\u{1B}[\(code)m\(text)\(Style.reset)" : text
  }
}
