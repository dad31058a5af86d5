/// The holes a text can have, checked when a scenario is read.
enum Variables {
  /// Those that stand for themselves.
  static let plain = ["directory", "here", "home", "tmp"]

  /// The holes that a declared name offers, to be listed and suggested.
  private static func holes(of name: String, _ kind: Form.Declaration) -> [String] {
    switch kind {
    case .program: ["{\(name).port}", "{\(name).pid}"]
    case .link: ["{\(name).port}", "{\(name).path}"]
    case .port: ["{\(name).port}"]
    case .text: ["{\(name)}"]
    }
  }

  /// Which of a program's several ports a property means, from 1 on: `port2`.
  static func portNumber(_ property: String) -> Int? {
    guard property.count == 5, property.hasPrefix("port"), let number = Int(digits: property.dropFirst(4)), number > 0
    else {
      return nil
    }
    return number
  }

  /// The fault of `{name.property}`, if it has one.
  static func problem(_ name: String, _ property: String?, declared: [String: Form.Declaration]) -> String? {
    let written = property.map { "{\(name).\($0)}" } ?? "{\(name)}"
    guard let kind = declared[name] else {
      if property == nil && plain.contains(name) { return nil }
      let known = plain.map { "{\($0)}" } + declared.flatMap { holes(of: $0.key, $0.value) }
      let meant = Suggestion.nearest(to: written, among: known)
      return "there is no \(written) here" + (meant.map { "; did you mean \($0)?" } ?? "")
        + " (a brace that is meant as one is written \\{ in double quotes)"
    }
    if kind == .program, let property, portNumber(property) != nil { return nil }
    let valid = holes(of: name, kind)
    if valid.contains(written) { return nil }
    return "\(written) is unknown; \(name) has \(valid.joined(separator: " and "))"
  }
}
