import Basics
import ChatProtocol
import RelayCore
import Sockets

/// Where metrics and health are asked for: a few clients at a time, one request each.
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

  private let listener: Listener
  /// The oldest stands first.
  private var clients: [Client] = []
  /// When listening goes on after the system had no descriptor for a client.
  private var listenAgainAt: Instant?
  private var buffer = [UInt8](repeating: 0, count: RelayLimits.metricsRequestBytesMax)

  init(_ listener: Listener) { self.listener = listener }

  var addresses: [SocketAddress] { listener.addresses }

  var deadline: Instant? {
    nearest(nearest(clients.map(\.until)), listenAgainAt)
  }

  /// Has the queue of the housekeeping report a newcomer.
  func watch(in queue: borrowing EventQueue) throws(SystemError) {
    for number in listener.numbers { try queue.watchLevel(number, as: 0) }
  }

  /// Goes on with every client. Nothing here waits, so none is asked first whether it is ready.
  func serve(_ queue: borrowing EventQueue, now: Instant, isDraining: Bool, page: () -> String) {
    if let again = listenAgainAt, again <= now {
      listenAgainAt = nil
      do throws(SystemError) { try watch(in: queue) } catch { pause(queue, now) }
    }
    if listenAgainAt == nil { accept(queue, now: now) }
    for client in clients {
      if client.until <= now { client.isGone = true }
      read(client, isDraining, page)
      write(client)
    }
    clients.removeAll(where: \.isGone)
  }

  /// Accepts one newcomer a turn: requests without end leave room for the pairs.
  private func accept(_ queue: borrowing EventQueue, now: Instant) {
    do throws(SystemError) {
      for number in listener.numbers {
        guard let accepted = try listener.accept(on: number) else { continue }
        let client = Client(accepted.take(), until: now + RelayLimits.metricsTime)
        try queue.watch(client.socket.number, as: 0)
        // The oldest makes room: a health check is not to wait for it.
        if clients.count == RelayLimits.metricsClientsMax { clients.removeFirst() }
        clients.append(client)
      }
    } catch {
      pause(queue, now)
    }
  }

  /// Accepts nobody for a moment: waking for those that wait in the kernel would only spin.
  private func pause(_ queue: borrowing EventQueue, _ now: Instant) {
    for number in listener.numbers { queue.forget(number) }
    listenAgainAt = now + RelayLimits.acceptPause
  }

  private func read(_ client: Client, _ isDraining: Bool, _ page: () -> String) {
    // Bounded: a client that keeps sending is not to hold up the pairs. What comes of an honest request later is
    // reported anew.
    for _ in 0..<RelayLimits.readsPerTurn where !client.isGone {
      switch try? client.socket.receive(into: &buffer) {
      case .wouldBlock: return
      case .moved(let count):
        // After the answer, what still comes is discarded.
        if client.isAnswered { continue }
        client.request += buffer[..<count]
        guard let answer = MetricsRequest.answer(to: client.request, isDraining: isDraining, page: page) else {
          continue
        }
        client.answer.append(answer.utf8)
        client.isAnswered = true
      case .endOfStream where client.isAnswered && !client.answer.isEmpty: return
      case .endOfStream, nil: client.isGone = true
      }
    }
  }

  private func write(_ client: Client) {
    guard !client.isGone, !client.answer.isEmpty else { return }
    switch try? client.socket.send(client.answer.bytes) {
    case .moved(let count): client.answer.take(count)
    case .wouldBlock: break
    case .endOfStream, nil: client.isGone = true
    }
    // The client closes when it has read the end; its time is bounded if not.
    if client.answer.isEmpty { client.socket.halfClose() }
  }
}
