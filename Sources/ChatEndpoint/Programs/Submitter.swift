import ChatProtocol
import MessageStore
import Sockets

/// Hands messages of a program over for a known peer: to the store, or to the program of this user that has the
/// conversation. A message that has an id is sent once, however often it is handed over.
public final class Submitter {
  private let peer: KnownPeer
  private let storePath: String
  /// The store, once it was needed, and this program's opening of it.
  private var store: MessageStore?
  private var opening = SubmittingOpening()
  /// How many messages the peer does not have, as far as was known when the last ones were handed over.
  public private(set) var waitingCount = 0
  /// Until when everything has to be done; nil for no limit. Waiting for standard input moves it.
  private var deadline: Duration?
  /// Whether the program that has the conversation took the last request.
  private var isOwnerThere = false

  /// A program that has the conversation for long takes requests at its socket. One that only stores a message has it
  /// for some milliseconds.
  private static let lockTimeout = Duration.seconds(10)
  private static let pause = Duration.milliseconds(20)

  /// - Parameter timeout: how long everything may take, without the time in which standard input has nothing to read;
  ///   nil for no limit.
  public init(to peer: KnownPeer, storePath: String, timeout: Duration?) {
    (self.peer, self.storePath) = (peer, storePath)
    deadline = timeout.map { MonotonicClock.now() + $0 }
  }

  /// How much of the time is left, at least none; nil for no limit.
  public var timeLeft: Duration? { deadline.map { max(.zero, $0 - MonotonicClock.now()) } }

  /// Hands messages over. They are on the disk when this returns.
  /// - Returns: what became of each of them.
  /// - Throws: the reason if one was not accepted; those before it may have been.
  public func submit(_ messages: [SubmittedMessage]) throws(ExitReason) -> [AcceptedMessage] {
    let lockDeadline = MonotonicClock.now() + min(timeLeft ?? Submitter.lockTimeout, Submitter.lockTimeout)
    var accepted: [AcceptedMessage] = []
    while true {
      let rest = messages.dropFirst(accepted.count)
      let stored = try Submission.ifFree(peer, storePath) { () throws(ExitReason) in try store(Array(rest)) }
      if let stored { return accepted + stored }
      for message in rest {
        guard let answer = try pass(message) else { break }
        accepted.append(answer)
      }
      if accepted.count == messages.count { return accepted }
      guard MonotonicClock.now() < lockDeadline else { throw isOwnerThere ? unanswered : unfinished }
      // It is about to end, or to take requests.
      var nothing = PollSet()
      try? nothing.wait(atMost: Submitter.pause)
    }
  }

  /// Hands over the messages that standard input holds, a JSON object a line. A file is checked whole before; of a pipe
  /// the messages before an unusable line are handed over.
  /// - Parameter report: called with what became of the messages, as they are on the disk.
  public func submitInput(
    _ report: ([AcceptedMessage]) throws(ExitReason) -> Void
  ) throws(ExitReason) {
    let input = try Submitter.failing { () throws(Failure) in try BatchInput(.standardInput, isJSON: true) }
    while !input.hasEnded {
      let chunk = try Submitter.failing { () throws(Failure) in try input.read() }
      if case .messages(let messages)? = chunk { try report(try submit(messages)) }
      if let unusable = input.unusable { throw ExitReason(unusable) }
      guard case nil = chunk, !input.hasEnded else { continue }
      var set = PollSet()
      set.watch(input.number, for: .reading)
      let began = MonotonicClock.now()
      defer { deadline = deadline.map { $0 + (MonotonicClock.now() - began) } }
      try Submitter.failing { () throws(Failure) in
        do throws(SystemError) { try set.wait(atMost: nil) } catch { throw .own(.cannotWait(error)) }
      }
    }
  }

  private static func failing<Result>(_ body: () throws(Failure) -> Result) throws(ExitReason) -> Result {
    do throws(Failure) { return try body() } catch { throw ExitReason(error) }
  }

  private var unanswered: ExitReason {
    ExitReason(.unavailable, "another tincan of yours has the conversation with \(peer.name), and does not answer")
  }

  private var unfinished: ExitReason {
    ExitReason(
      .unavailable, "another tincan of yours is handing over to \(peer.name), and does not end", advice: "try again")
  }

  /// Closes the store, once the last message was handed over. The log of the store stays behind where a process ends
  /// with a connection open.
  public func finish() { store = nil }

  private func store(_ messages: [SubmittedMessage]) throws(ExitReason) -> [AcceptedMessage] {
    do throws(StoreFailure) {
      if store == nil { store = try MessageStore(path: storePath, lockTimeout: timeLeft) }
      if let timeLeft { store?.waitForLocks(atMost: timeLeft) }
      let accepted = try store?.accept(messages, for: peer.fingerprint, in: &opening) ?? []
      waitingCount = try store?.waitingCount(for: peer.fingerprint) ?? 0
      return accepted
    } catch {
      throw ExitReason(.store(path: storePath, error))
    }
  }

  /// Gives a message to the program that has the conversation.
  /// - Returns: nil if there is none that takes it, and it was not accepted, or can be handed over again.
  private func pass(_ message: SubmittedMessage) throws(ExitReason) -> AcceptedMessage? {
    let owner = ConversationOwner(storePath: storePath, peer: peer)
    isOwnerThere = owner != nil
    guard let owner else { return nil }
    switch owner.send(message, atMost: timeLeft) {
    case .accepted(let waiting, let name, let isRepeated):
      waitingCount = waiting
      return AcceptedMessage(id: message.id, name: name, isRepeated: isRepeated)
    case .refused(let reason): throw ExitReason(.unavailable, "not sent: \(reason)")
    case .leaving: return nil
    case .none:
      // Nobody knows whether it was accepted. Only its id tells.
      if message.id == nil { throw unanswered }
      return nil
    }
  }

  /// The end of waiting at another program.
  public enum Waiting: Sendable {
    /// The peer has everything.
    case acknowledged
    case timedOut
    /// That program has ended, so this one can deliver what waits.
    case ownerEnded
  }

  /// Waits until the peer has everything that the program with the conversation has accepted.
  public func waitForOwner() -> Waiting {
    guard let owner = ConversationOwner(storePath: storePath, peer: peer) else { return .ownerEnded }
    return owner.waitForAcknowledgement(atMost: timeLeft)
  }
}
