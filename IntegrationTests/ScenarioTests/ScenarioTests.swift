import Harness
import TestSupport
import Testing

/// The scenarios of the product, each a test: the same files that `tools/scenario` plays.
@Suite(.opensDescriptors)
struct ScenarioTests {
  /// A directory that cannot be listed is an error of the test's own, not an empty suite.
  private static let files = (try? ScenarioFiles.find([ScenarioFiles.own])) ?? []

  @Test func `There are scenarios`() {
    #expect(!Self.files.isEmpty)
  }

  @Test(arguments: files)
  func `A scenario goes well`(file: String) throws {
    let result = Suite().run([try ScenarioFiles.read(file)])[0]
    switch result.status {
    case .passed, .skipped, .failedAsKnown: break
    case .failed, .couldNotRun: Issue.record("\(result.text)")
    }
  }
}
