import Glibc
import TestSupport
import Testing

@Suite("What the fuzzer holds decoders to")
struct FuzzingTests {
  @Test("Each vector, a find of the fuzzer, keeps every property")
  func vectors() throws {
    let folders = names(in: FuzzingTests.vectors)
    #expect(!folders.isEmpty)
    for folder in folders {
      let target = try #require(FuzzTarget.all.first { $0.name == folder }, "no target is called \(folder)")
      for name in names(in: "\(FuzzingTests.vectors)/\(folder)") {
        let input = try #require(TextFile.bytes("\(FuzzingTests.vectors)/\(folder)/\(name)"))
        do { try target.check(input) } catch { Issue.record("\(folder)/\(name): \(error)") }
      }
    }
  }

  @Test("Inputs made of a target's words and of other bytes keep every property", arguments: FuzzTarget.all.map(\.name))
  func randomInputs(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for seed in UInt64(1)...50 {
      var dice = Dice(seed: seed)
      let input = (0..<Int.random(in: 0...8, using: &dice)).flatMap { _ in
        if dice.next() % 2 == 0 { return Array(target.words.randomElement(using: &dice)!.utf8) }
        return dice.bytes(3, of: [0x00, 0x01, 0x0A, 0x0D, 0x1B, 0x20, 0x31, 0x61, 0x7F, 0x80, 0xC3, 0xF0, 0xFF])
      }
      do { try target.check(input) } catch { Issue.record("seed \(seed): \(error); input \(input)") }
    }
  }

  private static let vectors =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"

  /// The names of what is in a folder, sorted.
  private func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
