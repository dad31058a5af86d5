import Glibc
import Harness
import TestSupport
import Testing

/// The runner as people and CI use it, played by scenarios that run it.
@Suite(.opensDescriptors)
struct RunnerTests {
  /// Plays a scenario in which `{runner}` stands for the runner and `{all}` for a directory with three scenarios:
  /// one passes, one fails, one cannot be read.
  private func play(_ text: String) throws {
    let directory = try FileTree.makeUniqueDirectory("/tmp/runner")
    defer { FileTree.remove(directory) }
    let files = [
      "all/good.scenario": "# Goes well.\nhost runs true on pipes\nhost exits 0\n",
      "all/other.scenario": "# Goes well, too.\nhost runs true on pipes\nhost exits 0\n",
      "bad/bad.scenario": "# Goes wrong.\nhost runs false on pipes\nhost exits 0\n",
      "wrong/wrong.scenario": "# Is none.\nhost walks\n",
      "outer.scenario": text.replacing("{runner}", with: "\(ScenarioFiles.runner) --directory {directory}/k")
        .replacing("{all}", with: "\(directory)/all").replacing("{bad}", with: "\(directory)/bad")
        .replacing("{wrong}", with: "\(directory)/wrong"),
    ]
    for (name, content) in files {
      try FileTree.makeDirectory("\(directory)/\(name.split(separator: "/").dropLast().joined(separator: "/"))")
      try FileTree.write(Array(content.utf8), to: "\(directory)/\(name)")
    }
    let result = Suite().run([try ScenarioFiles.read("\(directory)/outer.scenario")])[0]
    #expect(result.status == .passed, "\(result.text)")
  }

  @Test func `It ends with 0 when all passed, each with one line`() throws {
    try play(
      """
      # All pass.
      one runs {runner} {all} --jobs 1 --repeat 2 --junit results.xml on pipes
      one exits 0
      one has printed exactly
        |ok       good ({#}.{#}{#}{#} s)
        |ok       other ({#}.{#}{#}{#} s)
        |ok       good ({#}.{#}{#}{#} s)
        |ok       other ({#}.{#}{#}{#} s)
        |4 passed in {*} s
      one has printed nothing on stderr
      file results.xml contains 'tests="4" failures="0"'
      """)
  }

  @Test func `It ends with 1 when one failed, and keeps what shows why`() throws {
    try play(
      """
      # One fails.
      one runs {runner} {all} {bad} on pipes
      one exits 1
      one has printed "FAILED   bad ("
      one has printed "bad.scenario:3: host exits 0\\n  expected  host to exit 0\\n  but       it exited 1\\n"
      one has printed "\\n2 passed, 1 failed in "
      """)
  }

  @Test func `It ends with 2 when it could not do what was asked, and says why`() throws {
    try play(
      """
      # Nothing is played.
      one runs {runner} {wrong} on pipes
      one exits 2
      one prints "wrong.scenario:2:1: no program or link is called `host` here" on stderr
      two runs {runner} no/such/file on pipes
      two exits 2
      two prints "scenario: cannot read no/such/file: No such file or directory" on stderr
      three runs {runner} {all} --filter nothing on pipes
      three exits 2
      three prints "scenario: no scenario was chosen" on stderr
      four runs {runner} --jobs 0 on pipes
      four exits 2
      four prints "--jobs needs a number from 1 to 64" on stderr
      five runs {runner} --no-such-option on pipes
      five exits 2
      """)
  }

  @Test func `It lists, chooses and shows progress on a terminal`() throws {
    try play(
      """
      # What there is.
      one runs {runner} {all} --list on pipes
      one exits 0
      one has printed exactly
        |good   Goes well.
        |other  Goes well, too.
      two runs {runner} {all} {bad} --filter goo on pipes
      two exits 0
      two has printed "1 passed in "
      three runs {runner} {all} on a terminal 80x24
      three exits 0
      three shows "\\n2 passed in "
      three does not show "[1/2]"
      """)
  }

  @Test func `Interrupting it leaves nothing running`() throws {
    let directory = try FileTree.makeUniqueDirectory("/tmp/runner")
    defer { FileTree.remove(directory) }
    let long = "\(directory)/long.scenario"
    try FileTree.write(
      Array("# Takes long.\nhost runs sh -c 'trap \"\" TERM HUP; sleep 1001' on pipes\nhost exits 0\n".utf8), to: long)
    let outer = """
      # Ctrl-C ends the runner, and with it all it started.
      one runs \(ScenarioFiles.runner) \(long) --directory {directory}/k on a terminal 80x24
      one shows "[0/1] long"
      one presses Ctrl-C
      one exits by SIGINT
      """
    try FileTree.write(Array(outer.utf8), to: "\(directory)/outer.scenario")
    let result = Suite().run([try ScenarioFiles.read("\(directory)/outer.scenario")])[0]
    #expect(result.status == .passed, "\(result.text)")
  }
}
