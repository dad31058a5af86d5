import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The carrier of the bytes of a link: a socket alone, which is a clear channel, or TLS over it.
///
/// ```
///   session ── send ──▸ │ TLS, if any │ ── flush ──▸ socket
///   session ◂── text ── │             │ ◂─ receive ─ socket
/// ```
///
/// The end of this side goes out in order: the last bytes, TLS's own end, the half-close.
@MainActor
final class Channel {
  /// The result of one read of the socket.
  enum Received: Equatable {
    case wouldBlock
    /// There is ``Channel/text``.
    /// - more: whether another read may give more at once.
    case text(more: Bool)
    /// The peer sends no more.
    /// - announced: whether it said so, rather than the link being cut. A clear channel cannot tell.
    case end(announced: Bool)
    /// The peer does not keep to TLS.
    case failed(SecurityFailure)
  }

  /// The descriptor's number, for interest in readiness.
  let number: CInt
  /// TLS; nil for a clear channel.
  let tls: TLSChannel?
  private var socket: Socket?
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
  private var clearCount = 0
  /// The first bytes of an encrypted link, as they came: they tell which protocol it is if it is not TLS.
  private(set) var start: [UInt8] = []
  private static let startBytesMax = 256
  /// How the end of this side goes out.
  private enum End { case none, announced, handedOver }
  private var end = End.none
  private var hasReportedState = false
  /// Whether the socket takes no more bytes.
  private var isBroken = false

  init(_ socket: consuming Socket, tls: TLSChannel? = nil) {
    number = socket.number
    self.socket = consume socket
    self.tls = tls
  }

  // MARK: Receiving

  /// Text that came and is not consumed yet. A change of the channel copies it if the slice is still held.
  var text: ArraySlice<UInt8> { tls?.plaintext ?? buffer[..<clearCount] }

  /// Notes that all of ``text`` is used.
  func consumeText() {
    if let tls { tls.consumed(tls.plaintext.count) } else { clearCount = 0 }
  }

  /// Whether it is to be read. If not, its replies wait for the socket, which is watched for writing.
  var hasRoom: Bool { isBroken || tls?.hasReplyRoom ?? true }

  /// Reads once.
  func receive() throws(SystemError) -> Received {
    guard let tls else { return try receiveClear() }
    if let state = endedState(tls) { return state }
    guard tls.acceptsCiphertext else { return .wouldBlock }
    switch try socket?.receive(into: &buffer) {
    case .wouldBlock, nil: return .wouldBlock
    case .endOfStream: tls.receiveEnd()
    case .moved(let count):
      if tls.peer == nil, start.isEmpty { start = Array(buffer[..<min(count, Channel.startBytesMax)]) }
      tls.receive(buffer[..<count])
      let isEnded = if case .established = tls.state { false } else { tls.peer != nil }
      if !tls.plaintext.isEmpty { return .text(more: isEnded || count == buffer.count) }
    }
    return endedState(tls) ?? .wouldBlock
  }

  /// The end of what TLS lets through, once.
  private func endedState(_ tls: TLSChannel) -> Received? {
    guard !hasReportedState else { return .wouldBlock }
    switch tls.state {
    case .handshaking, .established: return nil
    case .ended, .truncated:
      hasReportedState = true
      return .end(announced: tls.state == .ended)
    case .failed(let failure):
      hasReportedState = true
      return .failed(failure)
    }
  }

  private func receiveClear() throws(SystemError) -> Received {
    switch try socket?.receive(into: &buffer) {
    case .wouldBlock, nil: return .wouldBlock
    case .endOfStream: return .end(announced: true)
    case .moved(let count):
      clearCount = count
      // A short read has emptied the socket. Later bytes wake the loop.
      return .text(more: count == buffer.count)
    }
  }

  /// Reads once, and forgets what came. It is for a link whose peer was refused.
  func discard() throws(SystemError) -> Transfer { try socket?.receive(into: &buffer) ?? .endOfStream }

  // MARK: Sending

  /// Whether no bytes wait for the socket.
  var isFlushed: Bool { isBroken || tls?.output.isEmpty ?? true }

  /// Takes bytes to send.
  /// - Returns: how many it took; 0 when it can take none now.
  func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    guard let tls else {
      guard case .moved(let count) = try socket?.send(bytes) else { return 0 }
      return count
    }
    let count = tls.send(bytes)
    try flush()
    return count
  }

  /// Hands what waits over to the kernel, as much as it takes.
  func flush() throws(SystemError) {
    guard let tls, !isBroken else { return }
    do throws(SystemError) {
      while !tls.output.isEmpty {
        guard case .moved(let count) = try socket?.send(tls.output) else { return }
        tls.sent(count)
      }
    } catch {
      isBroken = true
      throw error
    }
    if end == .announced { halfClose() }
  }

  /// Sends an answer without encryption, to an end that has none, and ends this side.
  func answerPlainly(_ text: String) {
    _ = try? socket?.send(Array(text.utf8)[...])
    halfClose()
  }

  /// Ends this side, behind everything that was sent. Then call ``flush()`` until ``hasHandedOver``.
  func announceEnd() {
    guard end == .none else { return }
    end = .announced
    tls?.close()
    if isFlushed { halfClose() }
  }

  /// Whether the kernel has everything, this side's end included.
  var hasHandedOver: Bool { end == .handedOver }

  private func halfClose() {
    socket?.halfClose()
    end = .handedOver
  }

  // MARK: The socket

  /// Whether bytes of the peer wait to be read.
  var hasUnreadBytes: Bool { socket?.hasUnreadBytes ?? false }

  /// How far the peer has acknowledged, and whether it still does.
  var health: LinkHealth? { socket?.health }

  /// The error that the kernel keeps for the socket, once.
  func takePendingError(of call: String) -> SystemError? { try? socket?.takePendingError(of: call) }

  /// Hands the socket to its next owner, which closes it; nil after the first call.
  func takeSocket() -> Socket? { socket.take() }
}
