import Glibc
import Harness
import TestSupport
import Testing

/// For every assertion and every fault a scenario that fails, with the report it must give.
///
/// A report stands beside its scenario. One that ends with … says only how it begins: two programs that do not wait
/// for each other are seen in either order, and what happened is told accordingly. With
/// HARNESS_WRITE_REPORTS=1 the tests write the reports that are missing or do not fit; read the difference before you
/// commit it.
@Suite(.opensDescriptors)
struct FailureReportTests {
  private static let ellipsis = "…\n"

  private static func fits(_ report: String, _ wanted: String) -> Bool {
    wanted.hasSuffix(ellipsis) ? report.hasPrefix(wanted.dropLast(ellipsis.count)) : report == wanted
  }

  /// The report, up to what happened where only its beginning was there before.
  private static func cut(_ report: String, as wanted: String) -> String {
    guard wanted.hasSuffix(ellipsis), let end = report.ranges(of: "  what happened").first else { return report }
    return report[..<end.lowerBound] + ellipsis
  }

  @Test(arguments: PlayedScenarios.names(in: "Failing"))
  func `A scenario that must fail gives the report it must give`(name: String) throws {
    let result = try PlayedScenarios.play("Failing", name)
    #expect(result.status == .failed)
    let path = "\(PlayedScenarios.directory)/Failing/\(name).report"
    let report = PlayedScenarios.normalized(result.text, folder: "Failing")
    let wanted = FileTree.read(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    if getenv("HARNESS_WRITE_REPORTS") != nil {
      if !Self.fits(report, wanted) { try FileTree.write(Array(Self.cut(report, as: wanted).utf8), to: path) }
    } else {
      #expect(Self.fits(report, wanted), "\(report)")
    }
    #expect(result.text.contains("\n  the machine meanwhile: load ") || result.text.contains("take that line out"))
    try checkKeptFiles(result)
  }

  /// Every path named as kept is there, and every recording is one.
  private func checkKeptFiles(_ result: ScenarioResult) throws {
    let paths = PlayedScenarios.kept(by: result)
    #expect(!paths.isEmpty)
    for path in paths {
      #expect(FileTree.mode(path) != nil)
      if path.hasSuffix(".cast") {
        let lines = try #require(FileTree.read(path)).split(separator: 0x0A)
        #expect(lines.first?.starts(with: Array("{\"version\": 2, \"width\": 20, \"height\": 4,".utf8)) == true)
        #expect(lines.dropFirst().allSatisfy { $0.first == UInt8(ascii: "[") && $0.last == UInt8(ascii: "]") })
      }
    }
    PlayedScenarios.removeKept(by: result)
  }
}
