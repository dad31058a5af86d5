import Basics
import ChatProtocol
import RelayCore
import Sockets

/// Where metrics and health are asked for: a few visitors at a time, one request each.
final class MetricsPort {
  private final class Visitor {
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
  /// The one who came first stands first.
  private var visitors: [Visitor] = []
  /// When listening goes on after the system had no descriptor for a visitor.
  private var listenAgainAt: Instant?
  private var buffer = [UInt8](repeating: 0, count: RelayLimits.metricsRequestBytesMax)

  init(_ listener: Listener) { self.listener = listener }

  var addresses: [SocketAddress] { listener.addresses }

  var deadline: Instant? {
    var nearest = visitors.map(\.until).min()
    if let listenAgainAt { nearest = min(nearest ?? listenAgainAt, listenAgainAt) }
    return nearest
  }

  /// Has the supervisor's queue tell when somebody comes.
  func watch(in queue: borrowing EventQueue) throws(SystemError) {
    for number in listener.numbers { try queue.watchLevel(number, as: 0) }
  }

  /// Goes on with everybody. Nothing here waits, so nobody is asked first whether he is ready.
  func serve(_ queue: borrowing EventQueue, now: Instant, isDraining: Bool, page: () -> String) {
    if let again = listenAgainAt, again <= now {
      listenAgainAt = nil
      do throws(SystemError) { try watch(in: queue) } catch { pause(queue, now) }
    }
    if listenAgainAt == nil { letIn(queue, now: now) }
    for visitor in visitors {
      if visitor.until <= now { visitor.isGone = true }
      hear(visitor, isDraining, page)
      tell(visitor)
    }
    visitors.removeAll(where: \.isGone)
  }

  /// Lets one newcomer in a turn: who asks without end leaves room for the pairs.
  private func letIn(_ queue: borrowing EventQueue, now: Instant) {
    do throws(SystemError) {
      for number in listener.numbers {
        guard let accepted = try listener.accept(on: number) else { continue }
        let visitor = Visitor(accepted.take(), until: now + RelayLimits.metricsTime)
        try queue.watch(visitor.socket.number, as: 0)
        // Whoever came first makes room: a health check is not to wait for him.
        if visitors.count == RelayLimits.metricsVisitorsMax { visitors.removeFirst() }
        visitors.append(visitor)
      }
    } catch {
      pause(queue, now)
    }
  }

  /// Lets nobody in for a moment: being told meanwhile of who waits in the kernel would only spin.
  private func pause(_ queue: borrowing EventQueue, _ now: Instant) {
    for number in listener.numbers { queue.forget(number) }
    listenAgainAt = now + RelayLimits.acceptPause
  }

  private func hear(_ visitor: Visitor, _ isDraining: Bool, _ page: () -> String) {
    // Bounded: who keeps sending is not to hold up the pairs. What comes of an honest request later is told anew.
    for _ in 0..<RelayLimits.readsPerTurn where !visitor.isGone {
      switch try? visitor.socket.receive(into: &buffer) {
      case .wouldBlock: return
      case .moved(let count):
        // After the answer, whatever still comes is thrown away.
        if visitor.isAnswered { continue }
        visitor.request += buffer[..<count]
        guard let answer = MetricsRequest.answer(to: visitor.request, isDraining: isDraining, page: page) else {
          continue
        }
        visitor.answer.append(answer.utf8)
        visitor.isAnswered = true
      case .endOfStream where visitor.isAnswered && !visitor.answer.isEmpty: return
      case .endOfStream, nil: visitor.isGone = true
      }
    }
  }

  private func tell(_ visitor: Visitor) {
    guard !visitor.isGone, !visitor.answer.isEmpty else { return }
    switch try? visitor.socket.send(visitor.answer.bytes) {
    case .moved(let count): visitor.answer.take(count)
    case .wouldBlock: break
    case .endOfStream, nil: visitor.isGone = true
    }
    // The visitor closes when it has read the end; its time is bounded if not.
    if visitor.answer.isEmpty { visitor.socket.halfClose() }
  }
}
