import Harness
import TestSupport
import Testing

/// What the language and the links can do, shown by scenarios without the product.
@Suite(.opensDescriptors)
struct PassingScenarioTests {
  @Test(arguments: PlayedScenarios.names(in: "Passing"))
  func `A scenario of the harness itself goes well`(name: String) throws {
    let result = try PlayedScenarios.play("Passing", name)
    let wanted: ScenarioResult.Status =
      switch name {
      case "skipped": .skipped
      case "known-to-fail": .failedAsKnown
      default: .passed
      }
    #expect(result.status == wanted, "\(result.text)")
  }
}
