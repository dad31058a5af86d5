import CHarness
import Glibc

/// The request to start a program, before variables are filled in: starting again fills them in anew.
struct RunRequest {
  let command: [Template]
  var size: TerminalSize?
  let options: ProgramOptions
}

/// Starting programs and what happens to them.
extension Player {
  func run(_ name: String, _ command: [Template], on size: TerminalSize?, _ options: ProgramOptions) throws {
    try start(name, RunRequest(command: command, size: size, options: options))
  }

  func runAgain(_ name: String) throws {
    guard let request = requests[name] else {
      throw Failure(expected: "to start \(name) again", actual: "it was never started")
    }
    try start(name, request)
  }

  private func start(_ name: String, _ request: RunRequest) throws {
    if let before = programs.last(where: { $0.name == name }), before.isRunning {
      throw Failure(expected: "to start \(name)", actual: "it is still running")
    }
    requests[name] = request
    do {
      add(try Program(name: name, launch: try launch(request), timeline: timeline, timeoutFactor: timeoutFactor))
    } catch let error as SystemFailure {
      throw Failure(expected: "to start \(name)", actual: error.description, concernsPrograms: false)
    }
  }

  private func launch(_ request: RunRequest) throws -> Launch {
    let words = try request.command.map(argument)
    var environment = stage.environment.mapValues { Array($0.utf8) }
    for (name, value) in request.options.environment {
      environment[name] = try value.map(argument)
    }
    let directory = try request.options.directory.map { path(try string($0)) } ?? stage.directory
    let name = String(decoding: words[0], as: UTF8.self)
    let searchPath = environment["PATH"].map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let executable = FileTree.program(name, searchPath: searchPath, directory: directory) else {
      throw Failure(
        expected: "to start \(name)", actual: "there is no such program\(name.contains("/") ? "" : " on PATH")",
        concernsPrograms: false)
    }
    let plan = request.size == nil ? StreamPlan.pipe : .terminal
    return Launch(
      executable: executable, words: words, environment: environment,
      directory: directory, terminal: request.size, input: try stream(request.options.input) ?? plan,
      output: try stream(request.options.output) ?? plan, errors: try stream(request.options.errors) ?? plan)
  }

  /// An argument as a program can be given it: the system ends its strings with a zero byte.
  private func argument(_ template: Template) throws -> [UInt8] {
    let bytes = try bytes(template)
    guard !bytes.contains(0) else {
      throw Failure(
        expected: "arguments and variables without zero bytes", actual: Words.quoted(bytes), concernsPrograms: false)
    }
    return bytes
  }

  private func stream(_ option: ProgramOptions.StreamOption?) throws -> StreamPlan? {
    switch option {
    case nil: nil
    case .pipe: .pipe
    case .file(let file): .file(path(try string(file)))
    }
  }

  // MARK: Signals

  func signal(_ name: String, _ number: Int32) throws {
    let program = try program(name)
    guard program.signal(number) else {
      throw Failure(expected: "to send \(Signal.name(number)) to \(name)", actual: "it \(program.clause)")
    }
    if number == SIGCONT { program.noticeContinued() }
  }

  func pause(_ name: String) throws {
    try signal(name, SIGSTOP)
    let program = try program(name)
    try wait(
      for: Condition(expected: "\(name) to stop", changesSilently: true) {
        program.noticeChange()
        if program.isStopped { return .met }
        return program.isRunning ? .notYet() : .never("it \(program.clause)")
      })
  }

  func goOn(_ name: String) throws {
    try signal(name, SIGCONT)
  }

  func kill(_ name: String) throws {
    try signal(name, SIGKILL)
    try wait(for: ends(name, [.signalled(SIGKILL)]))
  }

  /// Kills it and every process that came of it, wherever that moved to. Each is stopped first, so that none starts
  /// another meanwhile.
  func killTree(_ name: String) throws {
    let program = try program(name)
    guard program.isRunning else { throw Failure(expected: "to kill \(name)", actual: "it \(program.clause)") }
    var stopped: Set<pid_t> = []
    while true {
      let fresh = ProcessTable.tree(program.pid).filter { !stopped.contains($0) }
      if fresh.isEmpty { break }
      for pid in fresh { _ = Glibc.kill(pid, SIGSTOP) }
      stopped.formUnion(fresh)
    }
    for pid in stopped { _ = Glibc.kill(pid, SIGKILL) }
    try wait(for: ends(name, [.signalled(SIGKILL)]))
    // The programs it had started have come to this process now.
    for pid in stopped where pid != program.pid { harness_reap(pid) }
  }

  // MARK: Endings

  /// That a program ends, in one of the ways given, or in any when none is.
  func ends(_ name: String, _ wanted: [Ending]) throws -> Condition {
    let program = try program(name)
    program.endIsAccountedFor = true
    let ways = wanted.map { way in
      switch way {
      case .exited(let status): "exit \(status)"
      case .signalled(let number): "be ended by \(Signal.name(number))"
      case .lost: "end"
      }
    }
    let expected = "\(name) to \(ways.isEmpty ? "end" : ways.joined(separator: " or "))"
    return Condition(expected: expected) {
      // Its last output is judged by the steps that follow, so it must be here.
      guard program.isDrained(at: .now), let ending = program.ending else {
        return .notYet("it \(program.clause)")
      }
      return wanted.isEmpty || wanted.contains(ending) ? .met : .never("it \(ending.clause)")
    }
  }

  func isStillRunning(_ name: String) throws -> Invariant {
    let program = try program(name)
    return Invariant(expected: "\(name) to be still running") {
      program.isRunning ? nil : "it \(program.clause)"
    }
  }

  /// That nothing comes from a program for a time that begins now, on its terminal or its pipes.
  func isQuiet(_ name: String, for time: Duration) throws -> Condition {
    let program = try program(name)
    let begin = ContinuousClock.now
    let time = time * timeoutFactor
    return Condition(expected: "\(name) to write nothing for \(Words.duration(time))", changesSilently: true) {
      let quiet = ContinuousClock.now - max(begin, program.lastWrote ?? begin)
      if quiet >= time { return .met }
      return .notYet("it goes on writing")
    }
  }

  // MARK: Resources

  func listens(_ name: String) throws -> Condition {
    listening(try program(name))
  }

  func noteDescriptors(_ name: String) throws {
    let program = try program(name)
    program.notedDescriptors = descriptors(of: program)
  }

  func descriptorsAreAsNoted(_ name: String) throws -> Condition {
    let program = try program(name)
    guard let noted = program.notedDescriptors else {
      throw Failure(expected: "the descriptors of \(name) as noted", actual: "no step had them noted before")
    }
    return Condition(expected: "\(name) to have its \(noted.count) descriptors of before", changesSilently: true) {
      [self] in
      guard program.isRunning else { return .never("it \(program.clause)") }
      let now = descriptors(of: program)
      return now.count == noted.count ? .met : .notYet("it has \(now.count): \(now.joined(separator: ", "))")
    }
  }

  private func descriptors(of program: Program) -> [String] {
    ProcessTable.descriptors(program.pid).map { "\($0.number) \($0.target)" }
  }

  func uses(_ name: String, atMostMegabytes limit: Int) throws -> Invariant {
    let program = try program(name)
    return Invariant(expected: "\(name) to use at most \(limit) MB of memory") {
      guard let peak = ProcessTable.peakResidentBytes(program.pid) else { return "it \(program.clause)" }
      return peak <= limit << 20 ? nil : "it has used \((peak + (1 << 20) - 1) >> 20) MB"
    }
  }

  // MARK: Ports

  func reservePort(_ name: String) throws {
    do {
      ports[name] = try ReservedPort()
    } catch let error as SystemFailure {
      throw Failure(expected: "a free port", actual: error.description)
    }
  }
}

/// A TCP port on which nobody listens and which the system gives to nobody else: a program that sets SO_REUSEADDR,
/// as servers do, can still take it.
final class ReservedPort {
  private(set) var number: UInt16 = 0
  private let descriptor: Descriptor

  init() throws {
    var chosen: UInt16 = 0
    let bound = harness_bind_tcp(4, &chosen)
    guard bound >= 0 else { throw SystemFailure("cannot reserve a port") }
    descriptor = Descriptor(owning: bound)
    number = chosen
  }
}
