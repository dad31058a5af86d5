import Basics

/// The limits that the control groups of this process set (cgroups(7)): those of version 2, and the controllers of
/// version 1.
///
/// Groups are nested, and each on the path from this process's group to the root holds, so the smallest limit counts.
public struct ControlGroups: Equatable, Sendable {
  /// Processors' worth of time, such as 1.5; nil is no limit.
  public let processors: Double?
  /// Memory in bytes; nil is no limit.
  public let memory: Int?

  /// Of this process, read once.
  public static let current = ControlGroups(
    groups: SmallFile.report("/proc/self/cgroup") ?? "", mounts: SmallFile.report("/proc/self/mountinfo") ?? "",
    file: SmallFile.report)

  /// - Parameters:
  ///   - groups: the text of /proc/self/cgroup: `ID:CONTROLLERS:PATH` lines, with `0::PATH` for version 2.
  ///   - mounts: the text of /proc/self/mountinfo.
  ///   - file: the content of a file, nil if it cannot be read.
  init(groups: String, mounts: String, file: (String) -> String?) {
    let mounts = mounts.split(separator: "\n").compactMap { Mount($0) }
    var (processors, memory): (Double?, Int?) = (nil, nil)
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",").map(String.init)
      let isVersion2 = parts[0] == "0" && controllers.isEmpty
      let mount = mounts.first { isVersion2 ? $0.isVersion2 : !$0.controllers.isDisjoint(with: controllers) }
      guard let mount else { continue }
      for directory in mount.directories(of: String(parts[2])) {
        if isVersion2 || controllers.contains("cpu") {
          processors = ControlGroups.least(processors, ControlGroups.processors(in: directory, isVersion2, file))
        }
        if isVersion2 || controllers.contains("memory") {
          memory = ControlGroups.least(memory, ControlGroups.memory(in: directory, isVersion2, file))
        }
      }
    }
    (self.processors, self.memory) = (processors, memory)
  }

  private static func least<Number: Comparable>(_ one: Number?, _ other: Number?) -> Number? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  // MARK: Limits

  /// Version 2 has `cpu.max`: `QUOTA PERIOD` in microseconds, or `max PERIOD`. Version 1 has a file for each; a quota
  /// of -1 is none.
  private static func processors(in directory: String, _ isVersion2: Bool, _ file: (String) -> String?) -> Double? {
    let text =
      if isVersion2 { file("\(directory)/cpu.max") } else {
        "\(file("\(directory)/cpu.cfs_quota_us") ?? "") \(file("\(directory)/cpu.cfs_period_us") ?? "")"
      }
    let numbers = words(text).map { Int($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
    return Double(quota) / Double(period)
  }

  /// Version 2 has `memory.max`, and `memory.high`, above which a group is slowed down; either may be `max`. In version
  /// 1 a limit that no machine has is none: the largest number of pages.
  private static func memory(in directory: String, _ isVersion2: Bool, _ file: (String) -> String?) -> Int? {
    let names = isVersion2 ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"]
    return names.compactMap { words(file("\(directory)/\($0)")).first.flatMap { Int($0) } }
      .filter { $0 > 0 && $0 < 1 << 60 }.min()
  }

  private static func words(_ text: String?) -> [Substring] { (text ?? "").split { " \n".contains($0) } }

  // MARK: Mounts

  /// A mount of a hierarchy: a line of mountinfo (proc_pid_mountinfo(5)).
  private struct Mount {
    /// The directory of the hierarchy that is mounted, and where.
    let root: String
    let point: String
    let isVersion2: Bool
    /// Of version 1.
    let controllers: Set<String>

    /// - Returns: nil for another kind of file system.
    init?(_ line: Substring) {
      // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD…] - TYPE SOURCE SUPEROPTIONS
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
      isVersion2 = fields[dash + 1] == "cgroup2"
      guard isVersion2 || fields[dash + 1] == "cgroup" else { return nil }
      root = Mount.unescaped(fields[3])
      point = Mount.unescaped(fields[4])
      controllers = isVersion2 ? [] : Set(fields[dash + 3].split(separator: ",").map(String.init))
    }

    /// Blanks and backslashes are written as `\040` and the like.
    private static func unescaped(_ text: Substring) -> String {
      var (bytes, rest): ([UInt8], ArraySlice<UInt8>) = ([], Array(text.utf8)[...])
      while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        guard byte == 0x5C, digits.count == 3, let code = UInt8(digits: digits, radix: 8) else {
          bytes.append(byte)
          continue
        }
        bytes.append(code)
        rest = rest.dropFirst(3)
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// The directories of a group and of those above it, as far as they are mounted.
    /// - Parameter group: its path in the hierarchy. In a container it may lie outside of what is mounted; then the
    ///   mount's own directory is the group.
    func directories(of group: String) -> [String] {
      let own = root == "/" ? "" : root
      let isInside = group == root || group.hasPrefix("\(own)/")
      let names = isInside ? group.dropFirst(own.count).split(separator: "/") : []
      guard !names.contains("..") else { return [point] }
      return (0...names.count).map { names[..<$0].reduce(point) { "\($0)/\($1)" } }
    }
  }
}
