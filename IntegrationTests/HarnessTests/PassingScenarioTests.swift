import Harness
import TestSupport
import Testing

/// The abilities of the language and of the links, shown by scenarios without the product.
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
