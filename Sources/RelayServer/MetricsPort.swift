import Basics
import ChatProtocol
import RelayCore
import Sockets

/// The place for metrics and health: a few clients at a time, one request each.
///
/// An operator asks most urgently when guests have taken all descriptors. So some are kept for this, and given up when
/// a client comes and there is no other.
final class MetricsPort {
  private final class Client {
    let socket: Socket
    let until: Instant
    var request: [UInt8] = []
    var answer = ByteQueue()
    var isAnswered = false
    var isGone = false

    init(_ socket: consuming Socket, until: Instant) {
      self.socket = socket
      self.until = until
    }
  }

  /// A descriptor that keeps a place: any kind does. A class, because a collection holds no noncopyable one.
  private final class Reserve {
    private let waker: Waker
    init() throws(SystemError) { waker = try Waker() }
  }

  /// nil once a successor listens.
  private var listener: Listener?
  let addresses: [SocketAddress]
  /// The oldest stands first.
  private var clients: [Client] = []
  private var reserves: [Reserve] = []
  /// The time at which accepting goes on after the system had no descriptor for a client.
  private var acceptAgainAt: Instant?
  private var buffer = [UInt8](repeating: 0, count: RelayLimits.metricsRequestBytesMax)

  init(_ listener: Listener) {
    self.listener = listener
    addresses = listener.addresses
    fillReserves()
  }

  var deadline: Instant? { nearest(nearest(clients.map(\.until)), acceptAgainAt) }

  /// Has the housekeeping's set report a newcomer.
  func watch(in epoll: borrowing EpollSet) throws(SystemError) {
    for number in listener?.numbers ?? [] { try epoll.watchLevelTriggered(number, as: 0) }
  }

  /// Goes on with every client. Nothing here waits, so none is asked first whether it is ready.
  func serve(_ epoll: borrowing EpollSet, now: Instant, _ health: MetricsRequest.Health, page: () -> String) {
    if let again = acceptAgainAt, again <= now {
      acceptAgainAt = nil
      do throws(SystemError) { try watch(in: epoll) } catch { pause(epoll, now) }
    }
    if acceptAgainAt == nil { accept(epoll, now: now) }
    for client in clients {
      if client.until <= now { client.isGone = true }
      read(client, health, page)
      write(client)
    }
    clients.removeAll(where: \.isGone)
    fillReserves()
  }

  private func fillReserves() {
    while reserves.count < RelayLimits.metricsReserve, let reserve = try? Reserve() { reserves.append(reserve) }
  }

  /// Accepts one newcomer a turn: requests without end leave room for the pairs.
  private func accept(_ epoll: borrowing EpollSet, now: Instant) {
    guard let listener else { return }
    do throws(SystemError) {
      for number in listener.numbers { try accept(from: listener, number, epoll, now) }
    } catch {
      pause(epoll, now)
    }
  }

  private func accept(
    from listener: Listener, _ number: CInt, _ epoll: borrowing EpollSet, _ now: Instant
  ) throws(SystemError) {
    do throws(SystemError) {
      guard let accepted = try listener.accept(on: number) else { return }
      let client = Client(accepted.take(), until: now + RelayLimits.metricsTime)
      try epoll.watchEdges(client.socket.number, as: 0)
      // The oldest makes room: a health check is not to wait for it.
      if clients.count == RelayLimits.metricsClientsMax { clients.removeFirst() }
      clients.append(client)
    } catch {
      guard error.isOutOfResources, reserves.popLast() != nil else { throw error }
      try accept(from: listener, number, epoll, now)
    }
  }

  /// Accepts nobody for a moment: waking for those that wait in the kernel would only spin.
  private func pause(_ epoll: borrowing EpollSet, _ now: Instant) {
    for number in listener?.numbers ?? [] { epoll.forget(number) }
    acceptAgainAt = now + RelayLimits.acceptPause
  }

  private func read(_ client: Client, _ health: MetricsRequest.Health, _ page: () -> String) {
    // Bounded: a client that keeps sending is not to hold up the pairs. The rest of an honest request
    // is reported anew.
    for _ in 0..<RelayLimits.readsPerTurn where !client.isGone {
      switch try? client.socket.receive(into: &buffer) {
      case .wouldBlock: return
      case .moved(let count):
        // After the answer, what still comes is discarded.
        if client.isAnswered { continue }
        client.request += buffer[..<count]
        guard let answer = MetricsRequest.answer(to: client.request, health, page: page) else { continue }
        // Before the answer goes out: the successor listens when it has it.
        if answer.releases { listener = nil }
        client.answer.append(answer.text.utf8)
        client.isAnswered = true
      case .endOfStream where client.isAnswered && !client.answer.isEmpty: return
      case .endOfStream, nil: client.isGone = true
      }
    }
  }

  private func write(_ client: Client) {
    guard !client.isGone, !client.answer.isEmpty else { return }
    switch try? client.socket.send(client.answer.bytes) {
    case .moved(let count): client.answer.drop(first: count)
    case .wouldBlock: break
    case .endOfStream, nil: client.isGone = true
    }
    // The client closes when it has read the end; its time is bounded if not.
    if client.answer.isEmpty { client.socket.halfClose() }
  }
}
