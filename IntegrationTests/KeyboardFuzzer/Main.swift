import Glibc

@testable import Harness

/// `keyboard-fuzzer [SECONDS] [SEED]`: types at random, and prints what breaks as a scenario.
@main
enum Main {
  static func main() throws {
    Performance.prepareProcess()
    let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
    guard arguments.count <= 2, arguments.allSatisfy({ $0 != nil }) else {
      print("usage: keyboard-fuzzer [SECONDS] [SEED]")
      exit(2)
    }
    guard let binary = ScenarioFiles.testedProgram, FileTree.isProgram(binary) else {
      print("keyboard-fuzzer: there is no program to test; TINCAN_BINARY names it")
      exit(2)
    }
    let seed = (arguments.dropFirst().first ?? nil) ?? UInt64.random(in: 1...999_999)
    let fuzzer = KeyboardFuzzer(binary: binary)
    exit(try fuzzer.run(for: .seconds(Int64((arguments.first ?? nil) ?? 60)), seed: seed) ? 0 : 1)
  }
}
