import Glibc
import Harness

/// The scenario files of these tests, and playing them.
enum PlayedScenarios {
  /// The directory this file is in.
  static let directory = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")

  static func names(in folder: String) -> [String] {
    FileTree.names(in: "\(directory)/\(folder)").filter { $0.hasSuffix(".scenario") }
      .map { String($0.dropLast(".scenario".count)) }
      .filter { !$0.hasSuffix("-outside") || Confinement.isPossible }
      .filter { !$0.hasSuffix("-changed-outside") || Confinement.canSeal }
  }

  /// Plays one in a process of its own, as the runner does.
  static func play(_ folder: String, _ name: String) throws -> ScenarioResult {
    let scenario = try ScenarioFiles.read("\(directory)/\(folder)/\(name).scenario")
    return Suite().run([scenario])[0]
  }

  /// The paths a report names as kept.
  static func kept(by result: ScenarioResult) -> [String] {
    guard let kept = result.text.ranges(of: "\n  kept: ").last else { return [] }
    return result.text[kept.upperBound...].split(separator: "\n").map { String($0.drop { $0 == " " }) }
  }

  /// Removes what a playing that failed has kept.
  static func removeKept(by result: ScenarioResult) {
    for path in kept(by: result) { FileTree.remove(path) }
  }

  /// A report without what is different each time: the directory, times, ports and other large numbers, process
  /// numbers (which are small in a container), how the machine was, and the paths of what was kept.
  static func normalized(_ report: String, folder: String) -> String {
    var text = report.replacing("\(directory)/\(folder)/", with: "")
    for end in ["\n  kept: ", "\n  the machine meanwhile: "] {
      if let place = text.ranges(of: end).last { text = String(text[..<place.lowerBound]) }
    }
    return text.replacing(#/\d+\.\d{3}\b/#, with: "0.000").replacing(#/(U\+)?\b\d{4,}\b/#) {
      $0.1 == nil ? "N" : String($0.0)
    }
    .replacing(#/(Z|kill -0) \d+ /#) { "\($0.1) N " }
    .replacing(#/\d+ (MB|rows scrolled off)/#) { "N \($0.1)" }
  }
}
