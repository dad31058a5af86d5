extension Grammar {
  static var terminals: [Form] { screens + restored + written }

  private static var screens: [Form] {
    [
      Form("PROGRAM shows TEXT [in STYLE] [anew] [within DURATION]", keeps: true) { c throws(Mistake) in
        let text = try c.screenText
        if c.style != nil, let outline = text.outline, outline.newlines > 0 {
          throw Mistake("a text in a style stands within one row")
        }
        return .wait { try $0.shows(c.name, text, c.style, anew: c.has("anew")) }
      },
      Form("PROGRAM shows BLOCK [within DURATION]") { c in .wait { try $0.shows(c.name, c.block) } },
      Form("PROGRAM no longer shows TEXT [within DURATION]") { c throws(Mistake) in
        let text = try c.screenText
        return .wait { try $0.noLongerShows(c.name, text) }
      },
      Form("PROGRAM has shown TEXT [within DURATION]") { c throws(Mistake) in
        let text = try c.screenText
        return .wait { try $0.hasShown(c.name, text) }
      },
      Form("PROGRAM does not show TEXT [anew] [while SENTENCE]") { c throws(Mistake) in
        let text = try c.screenText
        return .always { try $0.doesNotShow(c.name, text, anew: c.has("anew")) }
      },
      Form("PROGRAM row NUMBER is TEXT [within DURATION]") { c throws(Mistake) in
        let row = try c.fromOne(0, "rows")
        if let problem = c.text.outline.flatMap(TextRules.rowProblem) { throw Mistake(problem) }
        return .wait { try $0.row(c.name, row, is: c.text) }
      },
      Form("PROGRAM cursor is at row NUMBER column NUMBER [within DURATION]") { c throws(Mistake) in
        let row = try c.fromOne(0, "rows")
        let column = try c.fromOne(1, "columns")
        return .wait { try $0.cursor(c.name, row: row, column: column) }
      },
    ]
  }

  private static var restored: [Form] {
    [
      Form("PROGRAM terminal is restored [within DURATION]") { c in .wait { try $0.terminalIsRestored(c.name) } },
      Form("PROGRAM echo is on|off [within DURATION]") { c in .wait { try $0.echo(c.name, isOn: c.has("on")) } },
    ]
  }

  private static var written: [Form] {
    [
      Form("PROGRAM has written TEXT [within DURATION]", keeps: true) { c throws(Mistake) in
        let text = try c.soughtText
        return .wait { try $0.hasWritten(c.name, text) }
      },
      Form("PROGRAM has not written TEXT [while SENTENCE]") { c throws(Mistake) in
        let text = try c.soughtText
        return .always { try $0.hasNotWritten(c.name, text) }
      },
      Form("PROGRAM has rung the bell [NUMBER times] [within DURATION]") { c in
        .wait { try $0.hasRung(c.name, times: c.numbers.first) }
      },
      Form("PROGRAM has not rung the bell [while SENTENCE]") { c in .always { try $0.hasNotRung(c.name) } },
      Form("PROGRAM title is TEXT [within DURATION]") { c in .wait { try $0.title(c.name, is: c.text) } },
      Form("PROGRAM clipboard is TEXT [within DURATION]") { c in .wait { try $0.clipboard(c.name, is: c.text) } },
    ]
  }
}

extension Captures {
  /// The text, when it is one that a screen can show and be without.
  fileprivate var screenText: TextSource {
    get throws(Mistake) {
      if let problem = text.outline.flatMap(TextRules.screenProblem) { throw Mistake(problem) }
      return text
    }
  }
}
