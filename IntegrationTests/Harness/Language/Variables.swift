/// The holes a text can have, checked when a scenario is read.
enum Variables {
  /// Those that stand for themselves.
  static let plain = ["directory", "home", "tmp"]
  private static let properties: [Form.Declaration: [String]] = [
    .program: ["port", "pid"], .link: ["port", "path"], .port: ["port"],
  ]

  /// What is wrong with `{name.property}`, if anything.
  static func problem(_ name: String, _ property: String?, declared: [String: Form.Declaration]) -> String? {
    let written = property.map { "{\(name).\($0)}" } ?? "{\(name)}"
    guard let kind = declared[name] else {
      if property == nil && plain.contains(name) { return nil }
      let known =
        plain.map { "{\($0)}" } + declared.flatMap { name, kind in properties[kind]!.map { "{\(name).\($0)}" } }
      let meant = Suggestion.nearest(to: written, among: known)
      return "there is no \(written) here" + (meant.map { "; did you mean \($0)?" } ?? "")
        + " (a brace that is meant as one is written \\{ in double quotes)"
    }
    let valid = properties[kind]!
    guard let property, valid.contains(property) else {
      return "\(written) is unknown; \(name) has \(valid.map { "{\(name).\($0)}" }.joined(separator: " and "))"
    }
    return nil
  }
}
