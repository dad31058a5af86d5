import Glibc
import Harness
import TestSupport
import Testing

/// The harness under a scenario of the harness: what it needs for itself while a program floods it.
@Suite(.opensDescriptors)
struct FloodTests {
  @Test func `A flood for seconds makes the harness neither grow nor miss its deadline`() throws {
    let directory = try FileTree.makeUniqueDirectory("/tmp/flood")
    defer { FileTree.remove(directory) }
    let flood = "\(directory)/flood.scenario"
    let text = """
      # Three programs flood a terminal, one of the largest terminals, and a pipe.
      one runs yes on a terminal 80x24
      big runs yes on a terminal 500x200
      two runs yes on pipes
      one shows "never" within 2 s
      """
    try FileTree.write(Array(text.utf8), to: flood)
    let outer = """
      # The runner stays small, and reports in time.
      runner runs \(ScenarioFiles.runner) --alone \(flood) --directory {directory}/inner on pipes
      runner is quiet for 1.5 s
      runner uses at most 80 MB
      runner exits 1 within 6 s
      runner prints "2 s passed without it"
      file inner may be left
      """
    try FileTree.write(Array(outer.utf8), to: "\(directory)/outer.scenario")
    let result = Suite().run([try ScenarioFiles.read("\(directory)/outer.scenario")])[0]
    #expect(result.status == .passed, "\(result.text)")
  }
}
