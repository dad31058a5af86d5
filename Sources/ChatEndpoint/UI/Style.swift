import Terminal

/// The look of the conversation on a terminal. The texts given to it are escaped already.
struct Style {
  /// Whether colours may be used (ECMA-48 section 8.3.117, Select Graphic Rendition).
  let colors: Bool

  /// `12:04 bob: hello`
  func message(from name: String, _ text: String, isOwn: Bool) -> Paragraph {
    Paragraph(lead: "\(time) \(paint(isOwn ? "36" : "1;33", name + ":")) ", text, indent: Style.textIndent)
  }

  /// The next piece of an overlong message.
  func continuation(_ text: String) -> Paragraph {
    Paragraph(lead: String(repeating: " ", count: Style.textIndent - 2) + faint("… "), text, indent: Style.textIndent)
  }

  /// `12:04 * bob waves`
  func action(_ text: String) -> Paragraph {
    Paragraph(
      lead: "\(time) \(colors ? "\u{1B}[36m" : "")* ", text, end: colors ? Style.reset : "", indent: Style.textIndent)
  }

  /// `-- listening on port 8462`
  func note(_ text: String) -> Paragraph {
    Paragraph(lead: "\(colors ? "\u{1B}[2m" : "")-- ", text, end: colors ? Style.reset : "", indent: "-- ".count)
  }

  /// Below the time, so that the times stand alone at the left.
  private static let textIndent = "12:04 ".count
  private static let reset = "\u{1B}[0m"

  private var time: String { faint(WallClock.hoursAndMinutes()) }

  private func faint(_ text: String) -> String { paint("2", text) }

  private func paint(_ code: String, _ text: String) -> String {
    colors ? "\u{1B}[\(code)m\(text)\(Style.reset)" : text
  }
}
