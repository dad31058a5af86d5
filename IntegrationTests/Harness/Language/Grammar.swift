import Glibc

/// Every form a sentence can take.
enum Grammar {
  static var forms: [Form] { settings + files + programs + input + terminals + streams + endings + resources + links }

  /// Words that begin a sentence without being a name.
  static let openingWords: Set<String> = ["skip", "deadline", "steps", "seed", "known", "file", "port"]
  /// Verbs that make a new name known.
  static let declaringWords: Set<String> = ["runs", "leads"]

  private static var settings: [Form] {
    [
      Form("skip unless FILE is there") { c throws(Mistake) in
        guard let program = c.file.literal, !program.isEmpty else {
          throw Mistake(
            "whether to skip is decided before anything else: the name of a program is expected, without holes")
        }
        return .setting { $0.needed.append(program) }
      },
      Form("deadline DURATION") { c in .setting { $0.deadline = c.durations[0] } },
      Form("steps take at most DURATION") { c in .setting { $0.stepDeadline = c.durations[0] } },
      Form("seed NUMBER") { c in .setting { $0.seed = UInt64(c.number) } },
      Form("known to fail because TEXT") { c throws(Mistake) in
        guard case .written(let template) = c.text, let reason = template.literal, !reason.isEmpty else {
          throw Mistake("a reason is a text in quotes, without holes")
        }
        return .setting { $0.knownToFail = reason }
      },
    ]
  }

  private static var files: [Form] {
    [
      Form("file FILE holds TEXT") { c in .act { try $0.write(c.text, to: c.file) } },
      Form("file FILE holds BLOCK") { c in .act { try $0.write(c.block, to: c.file) } },
      Form("file FILE may be left") { c in .act { try $0.mayBeLeft(c.file) } },
      Form("file FILE is TEXT [within DURATION]") { c in .wait { try $0.file(c.file, is: c.text) } },
      Form("file FILE is BLOCK [within DURATION]") { c in .wait { try $0.file(c.file, is: c.block) } },
      Form("file FILE contains TEXT [within DURATION]", keeps: true) { c throws(Mistake) in
        let text = try c.soughtText
        return .wait { try $0.file(c.file, contains: text) }
      },
      Form("file FILE exists [within DURATION]") { c in .wait { try $0.fileExists(c.file) } },
      Form("file FILE does not exist") { c in .always { try $0.fileIsAbsent(c.file) } },
      Form("file FILE has mode NUMBER [within DURATION]") { c throws(Mistake) in
        guard let mode = mode_t(String(c.number), radix: 8), mode <= 0o7777 else {
          throw Mistake("a mode is written as for chmod: 600, 755, 1777")
        }
        return .wait { try $0.file(c.file, hasMode: mode) }
      },
      Form("port NAME is reserved", declares: .port) { c in .act { try $0.reservePort(c.name) } },
    ]
  }

  private static var programs: [Form] {
    [
      Form("PROGRAM runs again") { c in .act { try $0.runAgain(c.name) } },
      Form("PROGRAM runs COMMAND on a terminal SIZE OPTIONS", declares: .program) { c in
        .act { try $0.run(c.name, c.command, on: c.size, c.options) }
      },
      Form("PROGRAM runs COMMAND on pipes OPTIONS", declares: .program) { c in
        .act { try $0.run(c.name, c.command, on: nil, c.options) }
      },
      Form("PROGRAM gets SIGNAL") { c in .act { try $0.signal(c.name, c.signal) } },
      Form("PROGRAM is paused") { c in .act { try $0.pause(c.name) } },
      Form("PROGRAM continues") { c in .act { try $0.goOn(c.name) } },
      Form("PROGRAM is killed") { c in .act { try $0.kill(c.name) } },
      Form("PROGRAM is killed with all it started") { c in .act { try $0.killTree(c.name) } },
    ]
  }

  private static var input: [Form] {
    [
      Form("PROGRAM types TEXT [and presses KEYS]") { c in .act { try $0.type(c.name, c.text, then: c.keys) } },
      Form("PROGRAM presses KEYS") { c in .act { try $0.press(c.name, c.keys ?? []) } },
      Form("PROGRAM pastes TEXT [and presses KEYS]") { c in .act { try $0.paste(c.name, c.text, then: c.keys) } },
      Form("PROGRAM resizes to SIZE") { c in .act { try $0.resize(c.name, to: c.size) } },
      Form("PROGRAM hangs up") { c in .act { try $0.hangUp(c.name) } },
      Form("PROGRAM sends TEXT") { c in .act { try $0.send(c.name, c.text) } },
      Form("PROGRAM sends BLOCK") { c in .act { try $0.send(c.name, c.block) } },
      Form("PROGRAM sends end of input") { c in .act { try $0.endInput(c.name) } },
      Form("PROGRAM output is held|released") { c in .act { try $0.hold(c.name, c.has("held")) } },
    ]
  }

  private static var streams: [Form] {
    [
      Form("PROGRAM prints TEXT [on stderr] [within DURATION]", keeps: true) { c throws(Mistake) in
        let text = try c.soughtText
        return .wait { try $0.prints(c.name, text, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM has printed TEXT [on stderr] [within DURATION]", keeps: true) { c throws(Mistake) in
        let text = try c.soughtText
        return .wait { try $0.hasPrinted(c.name, text, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM has printed exactly TEXT [on stderr] [within DURATION]") { c in
        .wait { try $0.hasPrinted(c.name, exactly: c.text, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM has printed exactly BLOCK [on stderr] [within DURATION]") { c in
        .wait { try $0.hasPrinted(c.name, exactly: c.block, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM has printed nothing [on stderr]") { c in
        .always { try $0.hasPrintedNothing(c.name, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM does not print TEXT [on stderr] [while SENTENCE]") { c throws(Mistake) in
        let text = try c.soughtText
        return .always { try $0.doesNotPrint(c.name, text, onErrors: c.has("stderr")) }
      },
      Form("PROGRAM is quiet for DURATION [within DURATION]") { c in
        .wait { try $0.isQuiet(c.name, for: c.durations[0]) }
      },
    ]
  }

  private static var endings: [Form] {
    [
      Form("PROGRAM exits NUMBER [or NUMBER] [within DURATION]") { c throws(Mistake) in
        let statuses = c.numbers.compactMap { UInt8(exactly: $0) }
        guard statuses.count == c.numbers.count else { throw Mistake("a program exits with 0 to 255") }
        return .wait { try $0.ends(c.name, statuses.map { .exited(Int32($0)) }) }
      },
      Form("PROGRAM exits by SIGNAL [within DURATION]") { c in .wait { try $0.ends(c.name, [.signalled(c.signal)]) } },
      Form("PROGRAM ends [within DURATION]") { c in .wait { try $0.ends(c.name, []) } },
      Form("PROGRAM is still running [while SENTENCE]") { c in .always { try $0.isStillRunning(c.name) } },
    ]
  }

  private static var resources: [Form] {
    [
      Form("PROGRAM listens [within DURATION]") { c in .wait { try $0.listens(c.name) } },
      Form("PROGRAM descriptors are noted") { c in .act { try $0.noteDescriptors(c.name) } },
      Form("PROGRAM descriptors are as noted [within DURATION]") { c in .wait { try $0.descriptorsAreAsNoted(c.name) }
      },
      Form("PROGRAM uses at most NUMBER MB") { c in .always { try $0.uses(c.name, atMostMegabytes: c.number) } },
    ]
  }
}

extension Captures {
  /// The text, when it is one that can be absent.
  var soughtText: TextSource {
    get throws(Mistake) {
      if let problem = text.outline.flatMap(TextRules.problem) { throw Mistake(problem) }
      return text
    }
  }

  /// One of the numbers, when it counts from 1.
  func fromOne(_ index: Int, _ counted: String) throws(Mistake) -> Int {
    guard numbers[index] >= 1 else { throw Mistake("\(counted) count from 1") }
    return numbers[index]
  }
}
