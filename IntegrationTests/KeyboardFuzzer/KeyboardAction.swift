@testable import Harness

/// One thing that happens to a program at a keyboard.
enum KeyboardAction: Equatable {
  /// Bytes the terminal sends at once.
  case type([UInt8])
  /// Enter, after a look at what the line holds.
  case enter
  case resize(columns: Int, rows: Int)
  /// SIGSTOP and SIGCONT, as from somebody who did not ask.
  case pause
  case signal(Int32)
  /// A line of the peer.
  case receive(String)
  /// Waits until a line of the peer is shown.
  case check

  /// The sentences a scenario has for it.
  func sentences(number: Int) -> [String] {
    switch self {
    case .type(let bytes): ["guest types \(Words.quoted(bytes, limit: .max))"]
    case .enter: ["guest presses Enter"]
    case .resize(let columns, let rows): ["guest resizes to \(columns)x\(rows)"]
    case .pause: ["guest is paused", "guest continues"]
    case .signal(let signal): ["guest gets \(Signal.name(signal))"]
    case .receive(let text): ["host  sends \(Words.quoted(Array("\(text)\n".utf8), limit: .max))"]
    case .check:
      [
        "host  sends \"\(KeyboardSession.marker(number))\\n\"",
        "guest has shown \"\(KeyboardSession.marker(number))\"",
      ]
    }
  }
}

/// The life of one program from its start to its end.
struct KeyboardCase: Equatable {
  var inputrc: [String]
  var columns: Int
  var rows: Int
  var environment: [String: String]
  var actions: [KeyboardAction]

  /// An editor that is quick, for the keys that start one.
  static let plainEnvironment = ["EDITOR": "true"]

  /// The whole as a scenario.
  var scenario: String {
    var lines = ["# Found by the keyboard fuzzer."]
    if !inputrc.isEmpty { lines += ["file {home}/.inputrc holds"] + inputrc.map { "  |\($0)" } }
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let options = variables.isEmpty ? "" : " with \(variables.joined(separator: " "))"
    lines += [
      "host  runs tincan serve --plain --port 0                on pipes",
      "guest runs tincan connect --plain localhost:{host.port} on a terminal \(columns)x\(rows)\(options)",
      "guest shows \"tester> \"",
    ]
    for (number, action) in actions.enumerated() { lines += action.sentences(number: number) }
    lines += ["guest gets SIGTERM", "guest ends", "host  sends end of input", "host  ends"]
    return lines.joined(separator: "\n") + "\n"
  }
}
