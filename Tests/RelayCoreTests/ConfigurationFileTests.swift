import Testing

@testable import RelayCore

@Suite("A relay's file of settings")
struct ConfigurationFileTests {
  private static let options: [String: ConfigurationFile.Kind] = [
    "max-guests": .value, "port-file": .value, "trust": .list, "quiet": .flag, "log-format": .choice(["text", "json"]),
  ]

  private func read(_ text: String) -> ConfigurationFile {
    ConfigurationFile(Array(text.utf8), options: ConfigurationFileTests.options)
  }

  @Test("Settings, comments, blank lines, lists over several lines, line ends of both kinds")
  func settings() {
    let file = read(
      """
      # a comment
      max-guests = 4000   # and another

      \ttrust=10.0.0.0/8, ::1\tfe80::/10
      trust = 192.0.2.1\r
      trust =
      port-file = /run/a b#c =d
      quiet = yes
      log-format = json
      """)
    #expect(file.problems.isEmpty)
    #expect(
      file.entries == [
        .init(name: "max-guests", values: ["4000"], line: 2),
        .init(name: "trust", values: ["10.0.0.0/8", "::1", "fe80::/10"], line: 4),
        .init(name: "trust", values: ["192.0.2.1"], line: 5), .init(name: "trust", values: [], line: 6),
        .init(name: "port-file", values: ["/run/a b#c =d"], line: 7), .init(name: "quiet", values: ["yes"], line: 8),
        .init(name: "log-format", values: ["json"], line: 9),
      ])
  }

  @Test(
    "Every kind of mistake names its line, and the nearest word that is known",
    arguments: [
      ("max-gests = 3", "no option is called 'max-gests'; did you mean 'max-guests'?"),
      ("--quiet = yes", "no option is called '--quiet'; write 'quiet', without dashes"),
      ("something = 3", "no option is called 'something'"),
      ("= 3", "no option is called ''"),
      ("max-guests 3", "'max-guests': '=' and a value are missing; write option = value"),
      ("[relay]", "'[relay]': '=' and a value are missing; write option = value"),
      ("max-guests =  # none", "max-guests: there is no value"),
      ("quiet = ye", "quiet: 'ye' is none of 'yes', 'no'; did you mean 'yes'?"),
      ("quiet =", "quiet: '' is none of 'yes', 'no'"),
      ("log-format = jason", "log-format: 'jason' is none of 'text', 'json'; did you mean 'json'?"),
      ("log-format = xml", "log-format: 'xml' is none of 'text', 'json'"),
      ("max-guests = 3\u{1B}[2J", "the line has characters that cannot be seen"),
    ])
  func mistakes(line: String, problem: String) {
    #expect(read("\n\(line)\n").problems == [.init(line: 2, text: problem)])
  }

  @Test("An option that is set twice names the first line; a list may be")
  func twice() {
    let file = read("max-guests = 3\ntrust = a\nmax-guests = 4\ntrust = b\n")
    #expect(file.problems == [.init(line: 3, text: "max-guests: it is set in line 1 already")])
  }

  @Test("What is no text, or too much, is refused, and problems are bounded")
  func bounds() {
    let options = ConfigurationFileTests.options
    let bytes = Array("quiet = yes\n".utf8) + [0xFF, 0x0A]
    #expect(ConfigurationFile(bytes, options: options).problems == [.init(line: 2, text: "the line is not UTF-8")])
    let long = [UInt8](repeating: 0x0A, count: ConfigurationFile.bytesMax)
    #expect(ConfigurationFile(long, options: options).problems.isEmpty)
    #expect(ConfigurationFile(long + [0x0A], options: options).problems.count == 1)
    #expect(read(String(repeating: "x\n", count: 100)).problems.count == ConfigurationFile.problemsMax)
  }
}
