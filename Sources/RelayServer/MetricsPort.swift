import ChatProtocol
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
  private var visitors: [Visitor] = []
  private var isWatching = true
  private var buffer = [UInt8](repeating: 0, count: RelayLimits.metricsRequestBytesMax)

  init(_ listener: Listener) { self.listener = listener }

  var addresses: [SocketAddress] { listener.addresses }

  var deadline: Instant? { visitors.map(\.until).min() }

  /// Has the supervisor's queue tell when somebody comes.
  func watch(in queue: borrowing EventQueue) throws(SystemError) {
    for number in listener.numbers { try queue.watchLevel(number, as: 0) }
  }

  /// Goes on with everybody. Nothing here waits, so nobody is asked first whether he is ready.
  func serve(_ queue: borrowing EventQueue, now: Instant, isDraining: Bool, page: () -> String) {
    for visitor in visitors {
      if visitor.until <= now { visitor.isGone = true } else { serve(visitor, isDraining, page) }
    }
    visitors.removeAll(where: \.isGone)
    // One newcomer a turn: who asks without end leaves room for the pairs.
    for number in listener.numbers where visitors.count < RelayLimits.metricsVisitorsMax {
      // Out of descriptors or out of luck: a scraper comes again.
      guard let accepted = try? listener.accept(on: number) else { continue }
      let visitor = Visitor(accepted.take(), until: now + RelayLimits.metricsTime)
      guard (try? queue.watch(visitor.socket.number, as: 0)) != nil else { continue }
      visitors.append(visitor)
      serve(visitor, isDraining, page)
    }
    visitors.removeAll(where: \.isGone)
    // Further visitors wait in the kernel until one has gone; being told of them meanwhile would only spin.
    let takesMore = visitors.count < RelayLimits.metricsVisitorsMax
    if takesMore, !isWatching { isWatching = (try? watch(in: queue)) != nil }
    if !takesMore, isWatching {
      for number in listener.numbers { queue.forget(number) }
      isWatching = false
    }
  }

  private func serve(_ visitor: Visitor, _ isDraining: Bool, _ page: () -> String) {
    hear(visitor, isDraining, page)
    tell(visitor)
  }

  private func hear(_ visitor: Visitor, _ isDraining: Bool, _ page: () -> String) {
    while !visitor.isGone {
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
