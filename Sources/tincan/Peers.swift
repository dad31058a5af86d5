import ArgumentParser
import Basics
import ChatEndpoint
import MessageStore
import PeerSecurity
import Sockets

/// `tincan peers`: who is known here.
struct Peers: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers",
    abstract: "List those who are known, rename one, forget one.",
    usage: """
      tincan peers [--json]
      tincan peers rename <old> <new>
      tincan peers forget <name>
      tincan peers me [--json]
      """,
    discussion: """
      Two who pair by a code know each other from then on, and meet again without a code. A fingerprint is the name of \
      a key: two who compare theirs know that nobody is between them.
      """,
    subcommands: [Rename.self, Forget.self, Me.self])

  @OptionGroup var form: Form

  /// The form of what is printed.
  struct Form: ParsableArguments {
    @Flag(help: "Print one JSON object a line.")
    var json = false
  }

  func run() {
    CommandOutput.print { () throws(OwnFileFailure) in
      let own = try PrivateFiles.identityIfThere()?.fingerprint
      let path = try PrivateFiles.storeIfThere()
      let peers = try path.map { path throws(OwnFileFailure) in
        try KnownPeers.use(path) { store throws(StoreFailure) in try store.knownPeers() }
      }
      let list = PeerList(own: own, peers: peers ?? [])
      return form.json ? list.json : list.table
    }
  }

  /// `tincan peers rename`.
  struct Rename: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rename", abstract: "Give somebody another name here.")

    @Argument(help: ArgumentHelp("The name now.", valueName: "old"))
    var old: String

    @Argument(
      help: ArgumentHelp("The new name: 1 to 32 letters, digits, '-', '_' and '.'.", valueName: "new"),
      transform: { text throws in
        guard let name = PeerName(text) else {
          throw ValidationError(
            "a name is 1 to 32 letters (a to z), digits, '-', '_' and '.', and begins with a letter or digit.")
        }
        return name
      })
    var new: PeerName

    func run() {
      CommandOutput.print { () throws(OwnFileFailure) in
        try KnownPeers.change(old) { store throws(StoreFailure) in try store.rename(old, to: new) }
        return "'\(old)' is called '\(new)' now.\n"
      }
    }
  }

  /// `tincan peers forget`.
  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget", abstract: "Forget somebody: to meet again, a code is needed.")

    @Argument(help: "The name of the one to forget.")
    var name: String

    func run() {
      CommandOutput.run { () throws(ExitReason) in
        let (waiting, copy) = try Forget.forget(KnownPeers.named(name))
        let messages = waiting.counted("message for it was", "messages for it were")
        let dropped = waiting == 0 ? "" : " \(messages) not delivered yet, and will not be."
        try CommandOutput.write("'\(name)' is forgotten; to meet again, a code is needed.\(dropped)\(copy)\n")
      }
    }

    /// - Returns: how many messages for it were waiting, and the sentence about a copy.
    private static func forget(_ peer: KnownPeer) throws(ExitReason) -> (waiting: Int, copy: String) {
      let name = peer.name.description
      return try Submission.withConversation(of: peer, storePath: try storePath()) { () throws(ExitReason) in
        do throws(OwnFileFailure) {
          return try KnownPeers.change(name) { store throws(StoreFailure) in
            (try store.forget(name).waitingCount, store.sentenceAboutCopy)
          }
        } catch {
          throw ExitReason(error)
        }
      }
    }

    private static func storePath() throws(ExitReason) -> String {
      do { return try PrivateFiles.store() } catch { throw ExitReason(error) }
    }
  }

  /// `tincan peers me`.
  struct Me: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "me", abstract: "Print your own fingerprint.", discussion: "The key is made if there is none yet.")

    @OptionGroup var form: Form

    func run() {
      CommandOutput.print { () throws(OwnFileFailure) in
        let fingerprint = try PrivateFiles.identity().fingerprint
        return form.json ? PeerList.json(own: fingerprint) : "\(fingerprint)\n"
      }
    }
  }
}
