import TestSupport
import Testing

@testable import Harness

/// The manual says everything the language can do.
@Suite(.opensDescriptors)
struct ManualTests {
  private let manual: String

  init() throws {
    let path = "\(PlayedScenarios.directory)/../../docs/SCENARIOS.md"
    manual = String(decoding: try #require(FileTree.read(path)), as: UTF8.self)
  }

  @Test(arguments: Grammar.forms.map(\.pattern))
  func `Every form of a sentence is in the manual, on a line of its own`(pattern: String) {
    #expect(manual.split(separator: "\n").contains { $0 == pattern })
  }

  @Test func `Every placeholder is explained`() {
    let explained = ["OPTIONS", "SENTENCE", "NUMBER"]
    for slot in Slot.allCases.map(\.rawValue) where !explained.contains(slot) {
      #expect(manual.contains("| \(slot)") || manual.contains(", \(slot)"), "\(slot)")
    }
  }

  @Test func `The scenarios in the manual can be read`() throws {
    // Every other part stands between two fences.
    let parts = manual.split(separator: "```", omittingEmptySubsequences: false)
    let fenced = parts.indices.filter { $0 % 2 == 1 }.map { parts[$0].drop { $0 == "\n" } }
    let examples = fenced.filter { $0.hasPrefix("# ") }
    #expect(examples.count >= 3)
    for example in examples { _ = try Scenario(file: "manual", text: String(example)) }
  }
}
