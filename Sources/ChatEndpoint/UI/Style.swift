/// The look of the conversation on a terminal. The texts given to it are escaped already.
struct Style {
  /// Whether colours may be used (ECMA-48 section 8.3.117, Select Graphic Rendition).
  let colors: Bool

  /// `12:04 bob: hello`
  func message(from name: String, _ text: String, isOwn: Bool) -> String {
    "\(faint(WallClock.hoursAndMinutes())) \(paint(isOwn ? "36" : "1;33", name + ":")) \(text)\n"
  }

  /// The next piece of an overlong message.
  func continuation(_ text: String) -> String { "\(faint("…"))\(text)\n" }

  /// `12:04 * bob waves`
  func action(_ text: String) -> String { "\(faint(WallClock.hoursAndMinutes())) \(paint("36", "* " + text))\n" }

  /// `-- listening on port 8462`
  func note(_ text: String) -> String { faint("-- \(text)") + "\n" }

  private func faint(_ text: String) -> String { paint("2", text) }

  private func paint(_ code: String, _ text: String) -> String {
    colors ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
