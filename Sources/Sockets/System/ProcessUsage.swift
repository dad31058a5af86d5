import CSystem
import Glibc

/// The share of the machine that this process takes.
public struct ProcessUsage: Sendable {
  /// Processor time so far, of the program and of the kernel for it, in seconds (getrusage(2)).
  public let processorSeconds: Double
  /// Descriptors that are open; nil where /proc does not tell.
  public let openDescriptors: Int?
  /// Address space and resident memory in bytes; nil where /proc does not tell.
  public let memory: (virtual: Int, resident: Int)?

  /// The time at which ``noteStart()`` was first called.
  public static let started = UTCTime.now

  /// Notes that the process starts now.
  public static func noteStart() { _ = started }

  /// As it is now.
  public static var now: ProcessUsage { ProcessUsage() }

  private init() {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    openDescriptors = ProcessUsage.countDescriptors()
    memory = ProcessUsage.readMemory()
  }

  /// Since Linux 6.2 the size of the directory is the number of descriptors (proc_pid_fd(5)). Older kernels give 0, and
  /// the entries are counted.
  private static func countDescriptors() -> Int? {
    var status = stat()
    guard stat("/proc/self/fd", &status) == 0 else { return nil }
    if status.st_size > 0 { return Int(status.st_size) }
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    // Not `.`, `..` and the directory's own.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return max(0, count)
  }

  /// The first two numbers of /proc/self/statm are pages (proc_pid_statm(5)).
  private static func readMemory() -> (virtual: Int, resident: Int)? {
    guard let text = SmallFile.report("/proc/self/statm") else { return nil }
    let pages = text.split(separator: " ").prefix(2).compactMap { Int($0) }
    let page = sysconf(CInt(_SC_PAGESIZE))
    return pages.count == 2 ? (pages[0] * page, pages[1] * page) : nil
  }
}

/// The processor time of a thread, which any thread may read.
public struct ThreadClock: Sendable {
  private let clock: clockid_t

  /// The clock of the calling thread (pthread_getcpuclockid(3)); nil where there is none.
  public init?() {
    var clock = clockid_t()
    guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
    self.clock = clock
  }

  /// Processor time in seconds; nil once the thread has ended.
  public var seconds: Double? {
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
