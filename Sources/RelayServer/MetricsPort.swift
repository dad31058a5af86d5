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
  private var buffer = [UInt8](repeating: 0, count: RelayLimits.metricsRequestBytesMax)

  init(_ listener: Listener) { self.listener = listener }

  var addresses: [SocketAddress] { listener.addresses }

  var deadline: Instant? { visitors.map(\.until).min() }

  func watch(in set: inout PollSet) {
    // Further visitors wait in the kernel until one has gone.
    if visitors.count < RelayLimits.metricsVisitorsMax {
      for number in listener.numbers { set.watch(number, for: .reading) }
    }
    for visitor in visitors {
      set.watch(visitor.socket.number, for: visitor.answer.isEmpty ? .reading : [.reading, .writing])
    }
  }

  func serve(_ set: borrowing PollSet, now: Instant, isDraining: Bool, page: () -> String) {
    for visitor in visitors {
      let readiness = set.readiness(of: visitor.socket.number)
      if visitor.until <= now { visitor.isGone = true }
      if readiness.contains(.readable) { hear(visitor, isDraining, page) }
      if readiness.contains(.writable) { tell(visitor) }
    }
    visitors.removeAll(where: \.isGone)
    for number in listener.numbers where set.readiness(of: number).contains(.readable) {
      // Out of descriptors or out of luck: a scraper comes again.
      guard let accepted = try? listener.accept(on: number) else { continue }
      visitors.append(Visitor(accepted.take(), until: now + RelayLimits.metricsTime))
    }
  }

  private func hear(_ visitor: Visitor, _ isDraining: Bool, _ page: () -> String) {
    switch try? visitor.socket.receive(into: &buffer) {
    case .wouldBlock: return
    case .moved(let count):
      // After the answer, whatever still comes is thrown away.
      if visitor.isAnswered { return }
      visitor.request += buffer[..<count]
      guard let answer = MetricsRequest.answer(to: visitor.request, isDraining: isDraining, page: page) else { return }
      visitor.answer.append(answer.utf8)
      visitor.isAnswered = true
      tell(visitor)
    case .endOfStream, nil: visitor.isGone = true
    }
  }

  private func tell(_ visitor: Visitor) {
    guard visitor.isAnswered, !visitor.answer.isEmpty else { return }
    switch try? visitor.socket.send(visitor.answer.bytes) {
    case .moved(let count): visitor.answer.take(count)
    case .wouldBlock: break
    case .endOfStream, nil: visitor.isGone = true
    }
    // The visitor closes when it has read the end; its time is bounded if not.
    if visitor.answer.isEmpty { visitor.socket.halfClose() }
  }
}
