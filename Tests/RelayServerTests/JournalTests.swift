import ChatProtocol
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("The journal", .leavesNoDescriptor)
struct JournalTests {
  @Test("Lines come out whole and in order; what does not fit is counted, and told last")
  func bounded() throws {
    let journal = try Journal()
    for number in 1...RelayLimits.journalLinesMax + 6 { journal.add("line \(number)") }
    let lines = String(decoding: journal.take(), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == RelayLimits.journalLinesMax + 2)
    #expect(lines.first == "tincan relay: line 1")
    #expect(lines[RelayLimits.journalLinesMax - 1] == "tincan relay: line \(RelayLimits.journalLinesMax)")
    #expect(lines[RelayLimits.journalLinesMax] == "tincan relay: 6 lines were not written: standard error was not read")
    #expect(lines.last == "")
    #expect(journal.take().isEmpty)
  }

  @Test("Bytes a peer chose cannot forge a line or move a cursor")
  func escapes() throws {
    let journal = try Journal()
    journal.add("refused unix:/tmp/a\nb\u{1B}[2J\u{9B}\u{202E}é漢")
    #expect(
      String(decoding: journal.take(), as: UTF8.self)
        == "tincan relay: refused unix:/tmp/a\\u{a}b\\u{1b}[2J\\u{9b}\\u{202e}é漢\n")
  }
}
