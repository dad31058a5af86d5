/// One JSON object on one line (RFC 8259), written member by member. It has the values that events need: strings, whole
/// numbers, truth values and lists of strings.
public struct JSONObject {
  private var text = "{"

  /// An object without members.
  public init() {}

  /// Adds a member. The caller gives no name twice.
  public mutating func add(_ name: String, _ value: String) { append(name, JSONObject.quoted(value)) }
  /// Adds a member. The caller gives no name twice.
  public mutating func add(_ name: String, _ value: Int) { append(name, String(value)) }
  /// Adds a member. The caller gives no name twice.
  public mutating func add(_ name: String, _ value: Bool) { append(name, value ? "true" : "false") }
  /// Adds a member. The caller gives no name twice.
  public mutating func add(_ name: String, _ values: [String]) {
    append(name, "[" + values.map(JSONObject.quoted).joined(separator: ",") + "]")
  }

  /// The object, with its line feed.
  public var line: String { text + "}\n" }

  private mutating func append(_ name: String, _ value: String) {
    if text.utf8.count > 1 { text += "," }
    text += JSONObject.quoted(name) + ":" + value
  }

  /// A string in quotes. Section 7 of the RFC names the characters to be escaped. Unseen ones are escaped as well.
  public static func quoted(_ value: String) -> String {
    var quoted = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{20}"..."\u{7E}": quoted.unicodeScalars.append(scalar)
      case _ where scalar.isUnseen: for unit in String(scalar).utf16 { quoted += escape(unit) }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func escape(_ unit: UInt16) -> String {
    withUnsafeBytes(of: unit.bigEndian) { "\\u" + Hexadecimal.text($0) }
  }
}
