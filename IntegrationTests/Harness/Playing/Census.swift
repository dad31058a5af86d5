import CHarness
import Glibc

/// The leavings of a scenario, when it has ended well: every line is a leak and fails it.
extension Player {
  /// How long orphans have to follow the programs that started them, as when a shell is hung up.
  private static let orphanAllowance = Duration.seconds(1)

  func census() -> [String] {
    // The order matters: the living may end while they are waited for, and then count among the dead; and what is
    // still written meanwhile shows in the files.
    unaccountedPrograms() + leftProcesses() + unreapedChildren() + terminalsNotRestored() + strayFiles()
  }

  private func unaccountedPrograms() -> [String] {
    programs.compactMap { program in
      if program.isRunning { return "\(program.name) \(program.clause): no step ended it" }
      if program.endIsAccountedFor { return nil }
      return "\(program.name) \(program.clause), and no step expected that it ends"
    }
  }

  // MARK: Processes

  /// This process is the one that orphans are given to.
  private func orphans() -> [ProcessTable.Entry] {
    let known = Set(programs.map(\.pid))
    return ProcessTable.children(of: getpid()).filter { !known.contains($0.pid) }
  }

  private func leftProcesses() -> [String] {
    let limit = ContinuousClock.now + Self.orphanAllowance * timeoutFactor
    while orphans().contains(where: { !$0.isZombie }), ContinuousClock.now < limit {
      pump.turn(until: min(limit, .now + Self.pollInterval))
    }
    return orphans().filter { !$0.isZombie }.map { entry in
      let session = getsid(entry.pid)
      let starter = programs.first { $0.pid == session }.map { ", which \($0.name) started," } ?? ""
      return "the process `\(ProcessTable.command(entry.pid) ?? entry.name)`\(starter) was left running"
    }
  }

  /// The dead that were handed to this process, of those their parents should have waited for.
  private func unreapedChildren() -> [String] {
    orphans().filter(\.isZombie).compactMap { entry in
      ProcessTable.end(entry.pid)
      guard let (name, parent) = zombies.neglected(entry.pid) else { return nil }
      return "\(parent.name) never waited for its child `\(name)`, which stayed a zombie"
    }
  }

  // MARK: Terminals

  private func terminalsNotRestored() -> [String] {
    programs.compactMap { program in
      // Nobody can tidy up after a kill, or on a terminal that is gone.
      guard let terminal = program.terminal, !terminal.wasHungUp, let ending = program.ending,
        ending != .signalled(SIGKILL)
      else { return nil }
      let differences = terminal.differencesFromStart()
      if differences.isEmpty { return nil }
      return "\(program.name) left its terminal changed: \(differences.joined(separator: ", "))"
    }
  }

  // MARK: Files

  private func strayFiles() -> [String] {
    let temporary = FileTree.everything(below: stage.tmp).map { "a temporary file was left: $TMPDIR/\($0)" }
    let runtime = FileTree.everything(below: "\(stage.root)/run")
      .map { "a file was left: $XDG_RUNTIME_DIR/\($0)" }
    let home = FileTree.everything(below: stage.home).filter { path in
      !Stage.homePlaces.contains { path.hasPrefix("\($0)/") }
        && !isMeant(path, in: stage.home)
    }.map { "a file outside the XDG directories was left: $HOME/\($0)" }
    let work = FileTree.everything(below: stage.directory).filter { !isMeant($0, in: stage.directory) }
      .map { "a file that no sentence means was left: {directory}/\($0)" }
    return temporary + runtime + home + work
  }

  /// Whether a sentence meant this file, or a directory it is in.
  private func isMeant(_ path: String, in directory: String) -> Bool {
    let whole = "\(directory)/\(path)"
    return meantPaths.contains { meant in
      // An empty directory ends in a slash; it may be one that was made for a file.
      whole == meant || whole.hasPrefix("\(meant)/") || (whole.hasSuffix("/") && meant.hasPrefix(whole))
    }
      || links.contains { $0.path == whole }
  }

  // MARK: Clearing the stage

  /// Ends everything that is left, whatever it takes: what a process had started comes to this one when it ends.
  func clear() {
    while true {
      let left = ProcessTable.children(of: getpid())
      if left.isEmpty { return }
      for entry in left { ProcessTable.end(entry.pid) }
    }
  }
}
