import ArgumentParser
import Basics
import ChatEndpoint
import ChatProtocol
import Glibc
import MessageStore
import Sockets

/// `tincan send`: one message for a known peer, which need not be there.
struct Send: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    _superCommandName: "tincan",
    abstract: "Put a message for somebody known into the store; it goes out when you two meet.",
    discussion: """
      The message is the words after the name, or standard input if there are none; several lines are one message, of \
      at most 64 KiB. It is on the disk when the program ends with 0. If another tincan of yours is in the \
      conversation, it sends the message at once.
      """)

  @Argument(help: "One of 'tincan peers'.")
  var name: String

  @Argument(help: "The message; words that begin with a hyphen go behind '--'.")
  var text: [String] = []

  @Option(
    help: ArgumentHelp(
      "Your own id of the message. Handed over again under the same id, it is not sent again.", valueName: "id"),
    transform: { text throws in
      guard let id = CallerID(Array(text.utf8)) else {
        throw ValidationError("1 to \(CallerID.bytesMax) bytes of UTF-8 are needed.")
      }
      return id
    })
  var id: CallerID?

  @Flag(
    help: ArgumentHelp(
      """
      Each line of standard input is a message as a JSON object, {"text":"…","id":"…"}, with your own id of it if you \
      give one.
      """))
  var jsonInput = false

  @Flag(help: "Print one JSON object a line for every message that is accepted, and with --wait for every event.")
  var json = false

  @Flag(help: "Connect, and end once the other side has it: 0; 75 if it still waits, 69 if nobody was reached.")
  var wait = false

  @Option(help: ArgumentHelp("With --wait: for so long at most.", valueName: "seconds"))
  var timeout: WholeNumber?

  @Option(
    help: ArgumentHelp(
      "With --wait: meet at this relay, RELAY[:PORT], or the best of several that is alive.",
      valueName: "relay[,...]"))
  var via: String?

  @OptionGroup var relay: PassOption

  @Flag(
    help: """
      With --wait: do not keep what was said. A message stays in the store until the other side has it, or you have \
      seen it.
      """)
  var noHistory = false

  private var relays: RelayList? {
    get throws {
      try via.map { text throws in
        do throws(HostPort.Malformed) {
          return try RelayList(parsing: text)
        } catch {
          throw ValidationError("--via: \(error.description).")
        }
      }
    }
  }

  func validate() throws {
    guard (1...86_400).contains(timeout?.value ?? 1) else {
      throw ValidationError("--timeout: a whole number of seconds from 1 to 86400 is needed.")
    }
    _ = try relays
    if timeout != nil || via != nil || relay.passFile != nil || noHistory, !wait {
      throw ValidationError("--timeout, --via, --pass-file and --no-history go with --wait.")
    }
    if jsonInput, !text.isEmpty || id != nil {
      throw ValidationError("--json-input: the messages and their ids come from standard input.")
    }
  }

  func run() throws {
    let relays = try relays
    let closed = StandardStreams.occupy()
    do throws(ExitReason) {
      // An empty input would be a message that never can be sent, or a queue that has been handed over.
      if closed.input, jsonInput || text.isEmpty { throw ExitReason(.noInput, "standard input is closed") }
      if json || wait, closed.output {
        let loss = wait ? ": what the other side says would be lost" : ""
        throw ExitReason(.inputOutput, "standard output is closed\(loss)")
      }
      guard let peer = KnownPeers.find(name), let path = try Send.storePath() else {
        throw ExitReason(.unknownPeer(name: name, nearest: KnownPeers.nearest(to: name)))
      }
      // A person may write for longer than the time for everything else.
      let message = jsonInput ? nil : SubmittedMessage(text: try MessageText.message(text), id: id)
      let submitter = Submitter(to: peer, storePath: path, timeout: timeout.map { .seconds($0.value) })
      let accepted = try submit(message, to: submitter)
      submitter.finish()
      guard wait else { return report(submitter.waitingCount, peer) }
      try awaitAcknowledgement(of: accepted, by: submitter, to: peer, path, via: relays)
    } catch {
      error.leave(json: json)
    }
  }

  /// Waits until the peer has the messages: at the program that has the conversation, else as that program.
  private func awaitAcknowledgement(
    of accepted: [AcceptedMessage], by submitter: Submitter, to peer: KnownPeer, _ path: String, via relays: RelayList?
  ) throws(ExitReason) {
    while true {
      switch submitter.waitForOwner() {
      case .acknowledged:
        if json { try CommandOutput.write(accepted.map(\.acknowledgedEvent).joined()) }
        return
      case .timedOut: throw Send.undelivered(peer)
      case .ownerEnded:
        let rest = submitter.timeLeft
        if rest == .zero { throw Send.undelivered(peer) }
        if let end = try deliver(accepted, to: peer, path, via: relays, atMost: rest) {
          // It has reported its end to a program that reads events.
          (noHistory ? end : end.pointing(toHistoryOf: peer)).leave()
        }
        // Another program was faster, or the one that has the conversation has its 64 waiting callers.
        var nothing = PollSet()
        try? nothing.wait(atMost: Send.pause)
      }
    }
  }

  private static let pause = Duration.milliseconds(200)

  private static func undelivered(_ peer: KnownPeer) -> ExitReason {
    ExitReason(.undelivered, "\(peer.name) does not have it yet; it goes out when you two meet next")
  }

  private static func storePath() throws(ExitReason) -> String? {
    do { return try PrivateFiles.storeIfThere() } catch { throw ExitReason(error) }
  }

  /// Hands the messages over, and prints the events of it.
  /// - Parameter message: the only one; nil for those of standard input.
  private func submit(
    _ message: SubmittedMessage?, to submitter: Submitter
  ) throws(ExitReason) -> [AcceptedMessage] {
    var all: [AcceptedMessage] = []
    func report(_ accepted: [AcceptedMessage]) throws(ExitReason) {
      if json { try CommandOutput.write(accepted.map(\.acceptedEvent).joined()) }
      if wait { all += accepted }
    }
    if let message {
      try report(try submitter.submit([message]))
    } else {
      try submitter.submitInput(report)
    }
    return all
  }

  /// Says how many messages wait.
  private func report(_ waiting: Int, _ peer: KnownPeer) {
    guard !json else { return }
    let messages = waiting.counted("message waits", "messages wait")
    StandardError.write("tincan: \(messages) for \(peer.name)\n")
    StandardError.finish()
  }

  /// Connects, and delivers what waits.
  /// - Returns: the reason of the end; nil if another program has the conversation.
  private func deliver(
    _ accepted: [AcceptedMessage], to peer: KnownPeer, _ path: String, via relays: RelayList?, atMost limit: Duration?
  ) throws(ExitReason) -> ExitReason? {
    SecurityOptions.forbidCoreFiles()
    let pass = try relay.pass()
    let encryption: Settings.Encryption
    do throws(OwnFileFailure) {
      encryption = Settings.Encryption(
        identity: try PrivateFiles.identity(), isOpen: false, storePath: path, code: nil, expected: peer)
    } catch {
      throw ExitReason(error)
    }
    let settings = Settings(
      role: KnownPeers.role(
        toReach: peer, via: relays, .init(timeout: limit, triesAgain: true, staysInRoom: limit == nil)),
      relayPass: pass, security: .encrypted(encryption), input: .stored(timeout: limit, awaited: accepted),
      inputIsJSON: false, stays: false, plainPeerEndWait: .zero,
      giveUpAfter: limit, keepsHistory: !noHistory, json: json, name: Environment.loginName, colors: false,
      timestamps: .hoursAndMinutes, bell: .never, notifyCommand: nil, verbosity: -1, historyPath: nil, notices: [],
      namesLikeHost: [])
    // Commands run from main and nothing here is asynchronous, so this is the main thread.
    return MainActor.assumeIsolated { Endpoint.deliver(settings) }
  }
}

/// The text of a message on the command line or standard input.
enum MessageText {
  /// The message that words make, or standard input if there are none.
  static func message(_ words: [String]) throws(ExitReason) -> [UInt8] {
    var text = words.isEmpty ? try standardInput() : Array(words.joined(separator: " ").utf8)
    // A text ends as each of its lines does.
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    let limit = Limits.messageBytesMax
    let problem: String? =
      text.isEmpty
      ? "is empty"
      : text.count > limit
        ? "is longer than \(limit) bytes"
        : text.contains(0) ? "has a NUL byte" : String(validating: text, as: UTF8.self) == nil ? "is not UTF-8" : nil
    if let problem { throw ExitReason(.badInput, "the message \(problem)") }
    return text
  }

  private static func standardInput() throws(ExitReason) -> [UInt8] {
    if isatty(STDIN_FILENO) == 1 {
      StandardError.write("tincan: type the message; Ctrl-D on a line of its own ends it\n")
    }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    do throws(SystemError) {
      let input = try InputFile.standardInput()
      // A text that is too long need not be read to its end.
      while text.count <= Limits.messageBytesMax + 1 {
        switch try input.read(into: &buffer) {
        case .moved(let count): text += buffer[..<count]
        case .endOfStream: return text
        case .wouldBlock:
          var set = PollSet()
          set.watch(input.number, for: .reading)
          try set.wait(atMost: nil)
        }
      }
      return text
    } catch {
      throw ExitReason(.noInput, "cannot read standard input: \(error)")
    }
  }
}
