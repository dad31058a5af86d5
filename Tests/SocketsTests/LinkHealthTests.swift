import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Whether the peer of a link still answers", .serialized, .leavesNoDescriptor)
struct LinkHealthTests {
  private func health(
    inFlight: Int = 0, unsent: Int = 0, retransmissions: Int = 0, probes: Int = 0,
    timeout: Duration = .milliseconds(200),
    doublings: Int = 0, sinceAcknowledgement: Duration = .seconds(3600), sinceSent: Duration = .zero
  ) -> LinkHealth {
    LinkHealth(
      segmentsInFlight: inFlight, bytesUnsent: unsent, retransmissions: retransmissions, probes: probes,
      retransmissionTimeout: timeout, doublings: doublings, sinceAcknowledgement: sinceAcknowledgement,
      sinceSent: sinceSent)
  }

  @Test("The state follows from what is in flight and what was never sent")
  func states() {
    #expect(health().state == .idle)
    #expect(health(inFlight: 1).state == .inFlight)
    #expect(health(inFlight: 1, unsent: 1).state == .inFlight)
    #expect(health(unsent: 1).state == .windowClosed)
  }

  @Test("Bytes in flight: the time since the first was sent in vain counts, not the silence before it")
  func inFlight() {
    let minute = Duration.seconds(60)
    #expect(!health(inFlight: 1).isVanished(after: minute), "it was only just sent")
    // 200 ms doubled eight times: what has passed is 51 s, and what came since.
    let eighth = Duration.milliseconds(51_200)
    func sent(ago: Duration, answered: Duration = .seconds(3600)) -> LinkHealth {
      health(
        inFlight: 1, retransmissions: 8, timeout: eighth, doublings: 8, sinceAcknowledgement: answered, sinceSent: ago)
    }
    #expect(!sent(ago: .seconds(8)).isVanished(after: minute))
    #expect(sent(ago: .seconds(10)).isVanished(after: minute))
    #expect(!sent(ago: .seconds(50), answered: .seconds(59)).isVanished(after: minute), "it answered since")
  }

  @Test("Silence alone is no sign: probes must have gone without an answer, more than a bad line loses")
  func probes() {
    for unsent in [0, 1000] {
      for probes in 0...2 { #expect(!health(unsent: unsent, probes: probes).isVanished(after: .seconds(60))) }
      #expect(health(unsent: unsent, probes: 3).isVanished(after: .seconds(60)))
      #expect(!health(unsent: unsent, probes: 3, sinceAcknowledgement: .seconds(59)).isVanished(after: .seconds(60)))
    }
  }

  @Test("A Unix-domain socket has no such state, nor has a socket without a link")
  func without() throws {
    for family in [SocketAddress.Family.unix, .ipv4] {
      let health = try Socket(family).health
      #expect(health == nil)
    }
  }

  // MARK: The kernel's answers

  /// Waits for what the kernel does not announce: looks at the health of a link until it is as wanted.
  private func health(
    of socket: borrowing Socket, until isReached: (LinkHealth) -> Bool
  ) throws -> LinkHealth {
    let deadline = MonotonicClock.now() + .seconds(20)
    while MonotonicClock.now() < deadline {
      guard let health = socket.health else { throw Missing(what: "a link") }
      if isReached(health) { return health }
      var nothing = PollSet()
      try nothing.wait(atMost: .milliseconds(5))
    }
    throw Missing(what: "the state waited for; the link is \(String(describing: socket.health))")
  }

  private func fill(_ socket: borrowing Socket) throws {
    let block = [UInt8](repeating: 0, count: 1 << 16)
    while case .moved = try socket.send(block[...]) {}
  }

  @Test("A living link is idle once all is acknowledged")
  func idle() throws {
    let pair = try SocketPair()
    try send("hello", on: pair.left)
    let found = try health(of: pair.left) { $0.state == .idle }
    #expect(!found.isVanished(after: .zero))
  }

  @Test("A living peer that does not read has a closed window and never counts as vanished, however short the limit")
  func doesNotRead() throws {
    let pair = try SocketPair()
    try fill(pair.left)
    // The kernel probes the window, and gets an answer each time.
    let start = MonotonicClock.now()
    var wasProbed = false
    _ = try health(of: pair.left) { health in
      if health.probes > 0 || health.doublings > 1 { wasProbed = true }
      #expect(!health.isVanished(after: .milliseconds(300)))
      return wasProbed && health.state == .windowClosed && MonotonicClock.now() - start > .seconds(3)
    }
  }

  @Test(
    "A peer that vanishes with bytes in flight, or with its window closed, is found out",
    .enabled(if: Namespace.networkIsPossible, "only privileged users may make a network"), arguments: [false, true])
  func vanishes(windowIsClosed: Bool) throws {
    // A network of its own can be cut without harm to others.
    let outcome = Namespace.withNetwork {
      Result { () throws -> [LinkHealth] in
        setLoopback(true)
        let pair = try SocketPair()
        if windowIsClosed {
          try fill(pair.left)
          _ = try health(of: pair.left) { $0.state == .windowClosed && $0.doublings > 0 }
        }
        setLoopback(false)
        if !windowIsClosed { try send("hello", on: pair.left) }
        let vanished = try health(of: pair.left) { $0.isVanished(after: .milliseconds(500)) }
        setLoopback(true)
        return [vanished, try health(of: pair.left) { $0.retransmissions == 0 && $0.probes == 0 }]
      }
    }
    let found = try #require(outcome).get()
    #expect(found[0].state == (windowIsClosed ? .windowClosed : .inFlight))
    // On a line that is whole again, it is a living peer again.
    #expect(!found[1].isVanished(after: .milliseconds(500)))
  }
}

/// Switches the loopback device of this thread's network on or off.
private func setLoopback(_ isOn: Bool) {
  let control = Descriptor(owning: socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0))
  var request = ifreq()
  withUnsafeMutableBytes(of: &request.ifr_ifrn) { $0.copyBytes(from: "lo".utf8) }
  request.ifr_ifru.ifru_flags = isOn ? CShort(IFF_UP) : 0
  _ = ioctl(control.number, UInt(SIOCSIFFLAGS), &request)
}
