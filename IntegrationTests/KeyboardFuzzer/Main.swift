import Glibc

@testable import Harness

/// `keyboard-fuzzer [SECONDS] [SEED] [CASE]`: types at random, and prints what breaks as a scenario.
@main
enum Main {
  static func main() {
    Performance.prepareProcess()
    let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
    func argument(_ index: Int) -> UInt64? { arguments.dropFirst(index).first ?? nil }
    guard arguments.count <= 3, arguments.allSatisfy({ $0 != nil }) else {
      print("usage: keyboard-fuzzer [SECONDS] [SEED] [CASE]")
      exit(2)
    }
    guard let binary = ScenarioFiles.testedProgram, FileTree.isProgram(binary) else {
      print("keyboard-fuzzer: there is no program to test; TINCAN_BINARY names it")
      exit(2)
    }
    let seed = argument(1) ?? UInt64.random(in: 1...999_999)
    let fuzzer = KeyboardFuzzer(binary: binary)
    do {
      let isGood = try fuzzer.run(
        for: .seconds(Int64(argument(0) ?? 60)), seed: seed, from: max(1, Int(argument(2) ?? 1)))
      exit(isGood ? 0 : 1)
    } catch {
      print("keyboard-fuzzer: \(error)")
      exit(2)
    }
  }
}
