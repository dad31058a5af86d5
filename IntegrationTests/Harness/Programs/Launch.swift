import CHarness
import Glibc

/// Columns and rows of a terminal. Both are 0 where nobody has told it its size, as over a bare serial line.
struct TerminalSize: Equatable {
  var columns: Int
  var rows: Int

  /// The size at which it is drawn all the same.
  var drawn: TerminalSize { columns == 0 || rows == 0 ? TerminalSize(columns: 80, rows: 24) : self }
}

/// The place that one of a program's three streams leads to.
enum StreamPlan: Equatable {
  case terminal
  case pipe
  /// Its whole path.
  case file(String)
}

/// Everything needed to start a program, and to start it again.
struct Launch {
  var executable: String
  var words: [[UInt8]]
  var environment: [String: [UInt8]]
  var directory: String
  /// The size of its terminal; nil when it has none.
  var terminal: TerminalSize?
  var input: StreamPlan
  var output: StreamPlan
  var errors: StreamPlan
}

/// The descriptors a program is started with, and the harness's ends of them.
struct LaunchedStreams: ~Copyable {
  var master: Descriptor?
  var device: Descriptor?
  var input: Descriptor?
  var output: Descriptor?
  var errors: Descriptor?
}

extension Launch {
  /// The command on one line.
  var title: String { words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }

  /// Starts the program. Gives its process and the harness's ends of its terminal and pipes.
  func start(into streams: inout LaunchedStreams) throws -> pid_t {
    var device: String?
    if let terminal {
      var name = [CChar](repeating: 0, count: 64)
      let master = harness_terminal(&name, name.count)
      guard master >= 0 else { throw SystemFailure("cannot make a terminal") }
      streams.master = Descriptor(owning: master)
      _ = harness_set_size(master, Int32(terminal.columns), Int32(terminal.rows))
      let path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      let ours = Glibc.open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard ours >= 0 else { throw SystemFailure("cannot open \(path)") }
      streams.device = Descriptor(owning: ours)
      device = path
    }
    // The program's ends live until it is started, and are closed here when this function is left.
    let itsInput = try open(input, forReading: true, ours: &streams.input)
    let itsOutput = try open(output, forReading: false, ours: &streams.output)
    let itsErrors = try open(errors, forReading: false, ours: &streams.errors)
    return try spawn(device, itsInput.number, itsOutput.number, itsErrors.number)
  }

  private func open(
    _ plan: StreamPlan, forReading: Bool, ours: inout Descriptor?
  ) throws -> ProgramEnd {
    switch plan {
    case .terminal: return ProgramEnd(number: -1)
    case .pipe:
      var ends: [Int32] = [-1, -1]
      guard harness_pipe(&ends) == 0 else { throw SystemFailure("cannot make a pipe") }
      let (its, mine) = forReading ? (ends[0], ends[1]) : (ends[1], ends[0])
      _ = harness_set_blocking(mine, false)
      ours = Descriptor(owning: mine)
      return ProgramEnd(number: its)
    case .file(let path):
      let flags = forReading ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
      // A pipe nobody has open at its other end must not hold up the one thread there is.
      let number = Glibc.open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o644)
      guard number >= 0 else { throw SystemFailure("cannot open \(path)") }
      _ = harness_set_blocking(number, true)
      return ProgramEnd(number: number)
    }
  }

  private func spawn(_ device: String?, _ input: Int32, _ output: Int32, _ errors: Int32) throws -> pid_t {
    let arguments = CStrings(words)
    let variables = CStrings(environment.sorted { $0.key < $1.key }.map { Array("\($0.key)=".utf8) + $0.value })
    var pid: pid_t = 0
    let error = executable.withCString { executable in
      directory.withCString { directory in
        withOptionalCString(device) { device in
          var launch = harness_launch(
            path: executable, arguments: arguments.pointers, environment: variables.pointers,
            directory: directory, terminal: device, input: input, output: output, errors: errors)
          return harness_spawn(&launch, &pid)
        }
      }
    }
    guard error == 0 else { throw SystemFailure("cannot start \(executable) in \(directory)", error) }
    return pid
  }
}

/// The end of a stream that the program gets; -1 means its terminal. Closed on our side once the program has it.
private struct ProgramEnd: ~Copyable {
  let number: Int32

  deinit {
    if number >= 0 { _ = close(number) }
  }
}

private func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
  guard let string else { return body(nil) }
  return string.withCString { body($0) }
}

/// Strings as exec wants them: a list of pointers ended by NULL.
final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  /// Takes strings without zero bytes.
  init(_ strings: [[UInt8]]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() {
      pointers[index] = (string + [0]).withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { strdup($0.baseAddress!) }
      }
    }
    pointers[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
