import Testing

@testable import Sockets

@Suite("Control groups, as they are written out")
struct ControlGroupsTests {
  private static let version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let version1 = """
    25 30 0:22 / /proc rw - proc proc rw
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

    """

  private func read(_ groups: String, _ mounts: String, _ files: [String: String]) -> ControlGroups {
    ControlGroups(groups: groups, mounts: mounts) { files[$0] }
  }

  @Test("Version 2: of nested groups the smallest limit counts, whichever it is")
  func nested() {
    let groups = read(
      "0::/system.slice/relay.service\n", ControlGroupsTests.version2,
      [
        "/sys/fs/cgroup/system.slice/relay.service/cpu.max": "150000 100000\n",
        "/sys/fs/cgroup/system.slice/cpu.max": "400000 100000\n",
        "/sys/fs/cgroup/system.slice/relay.service/memory.max": "max\n",
        "/sys/fs/cgroup/system.slice/memory.max": "2147483648\n",
        "/sys/fs/cgroup/memory.max": "4294967296\n",
      ])
    #expect(groups.processors == 1.5 && groups.memory == 2 << 30)
    let slice = read(
      "0::/a/b\n", ControlGroupsTests.version2,
      ["/sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "/sys/fs/cgroup/a/cpu.max": "50000 100000\n"])
    #expect(slice.processors == 0.5 && slice.memory == nil)
  }

  @Test("Version 2: memory.high counts as well")
  func high() {
    let files = ["/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/memory.high": "1000000\n"]
    #expect(read("0::/\n", ControlGroupsTests.version2, files).memory == 1_000_000)
  }

  @Test("Version 1: each controller has a hierarchy, -1 and the largest number of pages are no limit")
  func version1() {
    let groups = "9:name=systemd:/\n4:memory:/docker/a\n1:cpu,cpuacct:/docker/a\n0::/\n"
    var files = [
      "/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us": "250000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes": "536870912\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ]
    let limited = read(groups, ControlGroupsTests.version1, files)
    #expect(limited.processors == 2.5 && limited.memory == 512 << 20)
    files["/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us"] = "-1\n"
    files["/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes"] = "9223372036854771712\n"
    #expect(read(groups, ControlGroupsTests.version1, files) == read("", "", [:]))
  }

  @Test("In a container the group may be the root of the mount, lie outside, or the mount be a part of the hierarchy")
  func containers() {
    let files = ["/sys/fs/cgroup/cpu.max": "100000 100000\n", "/sys/fs/cgroup/in/cpu.max": "50000 100000\n"]
    #expect(read("0::/\n", ControlGroupsTests.version2, files).processors == 1)
    #expect(read("0::/../../other\n", ControlGroupsTests.version2, files).processors == 1)
    let part = "30 23 0:26 /docker/a /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
    #expect(read("0::/docker/a\n", part, files).processors == 1)
    #expect(read("0::/docker/a/in\n", part, files).processors == 0.5)
    #expect(read("0::/elsewhere\n", part, files).processors == 1)
    #expect(read("0::/docker/ab/in\n", part, files).processors == 1)
  }

  @Test("A mount point with blanks is written with octal numbers")
  func escapes() {
    let mount = #"30 23 0:26 / /my\040groups\134x rw - cgroup2 cgroup2 rw"# + "\n"
    #expect(read("0::/\n", mount, [#"/my groups\x/cpu.max"#: "100000 50000\n"]).processors == 2)
  }

  @Test(
    "What is not understood is no limit",
    arguments: [
      ("", ""), ("nonsense\n0::/\n", "nonsense - cgroup2\n1 2 3 4 5 6 - cgroup2\n"), ("0::/\n", "a b - c d e f\n"),
    ])
  func nonsense(groups: String, mounts: String) {
    let limits = ControlGroups(groups: groups, mounts: mounts) { _ in "x y z" }
    #expect(limits.processors == nil && limits.memory == nil)
    let files = ["/sys/fs/cgroup/cpu.max": "0 0\n", "/sys/fs/cgroup/memory.max": "-5\n"]
    let zero = read("0::/\n", ControlGroupsTests.version2, files)
    #expect(zero.processors == nil && zero.memory == nil)
  }

  @Test("This machine's are read without a fault")
  func own() { #expect(ControlGroups.current.processors.map { $0 > 0 } ?? true) }
}
