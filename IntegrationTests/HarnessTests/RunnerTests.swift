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
      "outer.scenario": (text + "\nfile k may be left\n").replacing(
        "{runner}", with: "\(ScenarioFiles.runner) --directory {directory}/k"
      )
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
      three no longer shows "[1/2]"
      """)
  }

  @Test func `It tests no other program than the one that was named`() throws {
    try play(
      """
      # A slip of the pen in the program's path.
      one runs {runner} {all} --tincan no/such/tincan on pipes
      one exits 2
      one has printed nothing
      one prints "scenario: cannot run the program under test, no/such/tincan: No such file or directory" on stderr
      two runs {runner} {all} on pipes with TINCAN_BINARY=/dev/null
      two exits 2
      two prints "cannot run the program under test, /dev/null: Permission denied" on stderr
      """)
  }

  @Test func `Results that cannot be written are a failure of its own`() throws {
    try play(
      """
      # Nowhere to print to.
      one runs {runner} {all} on pipes output to /dev/full
      one exits 2
      one prints "scenario: cannot write the results to standard output" on stderr
      two runs sh -c "{runner} {all} >&-" on pipes
      two exits 2
      two prints "scenario: cannot write the results to standard output" on stderr
      three runs {runner} {all} --junit no/such/directory/results.xml on pipes
      three exits 2
      three has printed nothing
      three prints "scenario: cannot write no/such/directory/results.xml: No such file or directory" on stderr
      """)
  }

  @Test func `It runs with a relative directory, and when its children were to be ignored`() throws {
    try play(
      """
      # As a careless parent starts it.
      one runs \(ScenarioFiles.runner) {all} --directory k on pipes
      one exits 0
      two runs sh -c "trap '' CHLD; exec {runner} {all}" on pipes
      two exits 0
      """)
  }

  @Test func `Every file that is wrong is named, if it was chosen`() throws {
    try play(
      """
      # Two that are wrong.
      file wrong/a.scenario holds "no comment"
      file wrong/b.scenario holds "no comment, either"
      one runs {runner} wrong {all} on pipes
      one exits 2
      one prints "wrong/a.scenario:1:1: " on stderr
      one prints "wrong/b.scenario:1:1: " on stderr
      two runs {runner} wrong {all} --filter good on pipes
      two exits 0
      """)
  }

  @Test func `When the process that plays a scenario dies, what it had started is ended and its files are kept`() throws
  {
    try play(
      """
      # The player is killed from within.
      file killer.scenario holds
        |# Kills whoever plays it.
        |host runs sh -c 'sleep 1002 & kill -9 $PPID; sleep 1003' on pipes
        |host exits 0
      one runs {runner} killer.scenario on pipes
      one exits 2
      one prints "ERROR    killer\\nthe process that played it was ended by SIGKILL\\n\\n  kept: {directory}/k/killer."
      peek runs sh -c 'ls -d k/killer.*' on pipes
      peek exits 0
      """)
  }

  @Test func `An interruption is not what a scenario is known to fail for`() throws {
    try play(
      """
      # The player is interrupted while it waits.
      file long.scenario holds
        |# Never ends.
        |known to fail because "it never ends"
        |host runs sh -c 'echo x > ready; exec sleep 1004' on pipes
        |host exits 0
      one runs \(ScenarioFiles.runner) --alone long.scenario --directory {directory}/k on pipes
      file k/work/ready exists
      one gets SIGTERM
      one exits 1
      one has printed "interrupted by SIGTERM"
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
      peek runs ls k on pipes
      peek exits 0
      peek has printed nothing
      file k may be left
      """
    try FileTree.write(Array(outer.utf8), to: "\(directory)/outer.scenario")
    let result = Suite().run([try ScenarioFiles.read("\(directory)/outer.scenario")])[0]
    #expect(result.status == .passed, "\(result.text)")
  }
}
