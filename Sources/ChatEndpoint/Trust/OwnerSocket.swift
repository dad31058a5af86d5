import Basics
import ChatProtocol
import Sockets

/// The socket of the program that has a conversation, for other programs of the same user.
///
/// The file is private, so nobody else can connect. All is bounded nevertheless: programs, the length of a line, and
/// what is read in a turn. Nothing waits for a program.
@MainActor
final class OwnerSocket {
  private let directory: OpenDirectory
  private let listener: Listener
  private var callers: [OwnerCaller] = []
  /// The instant at which accepting goes on, after the system had no descriptor for a caller.
  private var acceptAgainAt: Instant?

  /// The most programs at a time that wait for an acknowledgement. A further one has to go, and tries again.
  static let waitersMax = 64
  /// The most programs at a time that do not. For a further one the oldest of them has to go: none takes long.
  static let callersMax = 8

  /// Makes the socket file. The lock of the conversation is this program's, so one that is there is a leftover.
  init(_ files: ConversationFiles) throws(SystemError) {
    directory = try OpenDirectory(path: files.directory)
    listener = try Listener(unixPath: directory.path(of: files.socketName))
  }

  // The file is removed as long as the directory is open.
  deinit { listener.stop() }

  var deadline: Instant? { acceptAgainAt }

  func watch(in set: inout PollSet) {
    if acceptAgainAt == nil { for number in listener.numbers { set.watch(number, for: .reading) } }
    for caller in callers { caller.watch(in: &set) }
  }

  /// Takes what came.
  /// - Parameters:
  ///   - reply: answers a request; the name is that of a message whose acknowledgement the program waits for.
  func step(
    _ set: borrowing PollSet, now: Instant, _ reply: (OwnerRequest) -> (OwnerReply?, MessageName?)
  ) {
    if let again = acceptAgainAt, again <= now { acceptAgainAt = nil }
    for caller in callers {
      let waited = caller.waits
      caller.step(set, reply)
      if caller.waits, !waited, callers.count(where: \.waits) > OwnerSocket.waitersMax { caller.end() }
    }
    callers.removeAll(where: \.isOver)
    for number in listener.numbers where set.readiness(of: number).contains(.readable) {
      guard let accepted = accept(on: number, now: now) else { continue }
      if callers.count(where: { !$0.waits }) == OwnerSocket.callersMax,
        let oldest = callers.firstIndex(where: { !$0.waits })
      {
        callers.remove(at: oldest)
      }
      callers.append(OwnerCaller(accepted.take()))
    }
  }

  private func accept(on number: CInt, now: Instant) -> Socket.Accepted? {
    do throws(SystemError) { return try listener.accept(on: number) } catch {
      // The caller stays in the kernel's queue. Another try at once would only spin.
      acceptAgainAt = now + Acceptor.outOfDescriptorsDelay
      return nil
    }
  }

  /// Tells programs that wait for it that the peer has their message.
  func reportAcknowledged(_ isAcknowledged: (MessageName) -> Bool) {
    for caller in callers { caller.reportAcknowledged(isAcknowledged) }
  }
}

/// A program that asks something. It asks once.
@MainActor
private final class OwnerCaller {
  private let socket: Socket
  private var received: [UInt8] = []
  private var output = ByteQueue()
  private var hasAsked = false
  private var awaited: MessageName?
  private var hasLeft = false
  /// Whether it asked for an acknowledgement that has not come.
  private(set) var waits = false

  init(_ socket: consuming Socket) { self.socket = socket }

  /// Whether nothing is left to be done for it. One that asked to take over waits for the end of the stream.
  var isOver: Bool { hasLeft }

  func watch(in set: inout PollSet) {
    set.watch(socket.number, for: output.isEmpty ? .reading : [.reading, .writing])
  }

  func step(_ set: borrowing PollSet, _ reply: (OwnerRequest) -> (OwnerReply?, MessageName?)) {
    let readiness = set.readiness(of: socket.number)
    if readiness.contains(.readable) { read() }
    if !hasAsked, let end = received.firstIndex(of: UInt8(ascii: "\n")) {
      hasAsked = true
      guard let request = OwnerRequest(received[..<end]) else { return refuse("that is no request") }
      let (answer, name) = reply(request)
      awaited = name
      waits = request == .await && answer == nil
      if let answer { append(answer) }
    } else if !hasAsked, received.count > OwnerRequest.bytesMax {
      hasAsked = true
      refuse("that is too long")
    }
    if readiness.contains(.writable) { write() }
  }

  func reportAcknowledged(_ isAcknowledged: (MessageName) -> Bool) {
    guard let name = awaited, isAcknowledged(name) else { return }
    awaited = nil
    waits = false
    append(.acknowledged)
  }

  /// Leaves it alone. It sees the end of the stream.
  func end() { hasLeft = true }

  private func refuse(_ reason: String) { append(.refused(reason)) }

  private func append(_ reply: OwnerReply) {
    output.append(reply.line.utf8)
    write()
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: OwnerRequest.bytesMax)
    do throws(SystemError) {
      switch try socket.receive(into: &buffer) {
      // Bytes behind the request are not kept.
      case .moved(let count): if !hasAsked { received += buffer[..<count] }
      case .wouldBlock: break
      case .endOfStream: hasLeft = true
      }
    } catch {
      hasLeft = true
    }
  }

  private func write() {
    do throws(SystemError) {
      while !output.isEmpty, case .moved(let count) = try socket.send(output.bytes) { output.drop(first: count) }
    } catch {
      hasLeft = true
    }
  }
}
