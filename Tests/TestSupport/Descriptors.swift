// A build of everything with a static standard library has no Testing, and needs none.
#if canImport(Testing)
  import Glibc
  import Testing

  /// Lets the tests of a suite run one after another, and none at the same time as those of another suite with this
  /// trait, in whatever target; and fails a test that leaves a descriptor open. Descriptors belong to the whole
  /// process, so only tests that never overlap can count them.
  public struct LeavesNoDescriptor: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
      for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
      await turns.take(alone: true)
      let before = openDescriptors()
      do { try await function() } catch {
        await turns.giveBack()
        throw error
      }
      let left = openDescriptors().filter { before[$0.key] != $0.value }.map { "\($0.key) is \($0.value)" }
      await turns.giveBack()
      #expect(left.isEmpty, "a descriptor was left open", sourceLocation: test.sourceLocation)
    }
  }

  /// For suites that open descriptors while others count theirs: such a test never runs at the same time as one with
  /// ``LeavesNoDescriptor``, but as it likes with its own kind.
  public struct OpensDescriptors: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
      for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
      await turns.take(alone: false)
      do { try await function() } catch {
        await turns.giveBack()
        throw error
      }
      await turns.giveBack()
    }
  }

  extension Trait where Self == OpensDescriptors {
    /// See ``OpensDescriptors``.
    public static var opensDescriptors: OpensDescriptors { OpensDescriptors() }
  }

  extension Trait where Self == LeavesNoDescriptor {
    /// See ``LeavesNoDescriptor``.
    public static var leavesNoDescriptor: LeavesNoDescriptor { LeavesNoDescriptor() }
  }

  /// The open descriptors of this process: number and the kernel's name, which tells two sockets of one number apart.
  /// The descriptors that the Swift runtime opens for itself, at a time of its choosing, are left out.
  private func openDescriptors() -> [CInt: String] {
    guard let directory = opendir("/proc/self/fd") else { return [:] }
    defer { closedir(directory) }
    var found: [CInt: String] = [:]
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let number = CInt(name), number != dirfd(directory) else { continue }
      var target = [UInt8](repeating: 0, count: 4096)
      let count = target.withUnsafeMutableBytes { raw in
        readlink("/proc/self/fd/\(name)", raw.assumingMemoryBound(to: CChar.self).baseAddress!, raw.count)
      }
      guard count > 0 else { continue }
      let what = String(decoding: target[..<count], as: UTF8.self)
      if !["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"].contains(what) {
        found[number] = what
      }
    }
    return found
  }

  /// One alone or several together at a time, first come, first served.
  private actor Turns {
    private var running = 0
    private var isAlone = false
    private var waiting: [(alone: Bool, begin: CheckedContinuation<Void, Never>)] = []

    func take(alone: Bool) async {
      await withCheckedContinuation { begin in
        waiting.append((alone, begin))
        admit()
      }
    }

    func giveBack() {
      running -= 1
      admit()
    }

    private func admit() {
      while let next = waiting.first, running == 0 || !isAlone && !next.alone {
        waiting.removeFirst()
        isAlone = next.alone
        running += 1
        next.begin.resume()
      }
    }
  }

  private let turns = Turns()
#endif
