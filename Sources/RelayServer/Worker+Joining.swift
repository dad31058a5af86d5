import ChatProtocol
import PeerSecurity
import RelayCore
import Sockets

// From arrival to a room.
extension Worker {
  /// Seats a newcomer: as one that arrived, or as one whose load balancer sends first where it comes from.
  func admit(_ link: GuestLink, isPlain: Bool) {
    (isPlain ? counters.plainAccepted : counters.accepted).add(1)
    let origin = link.origin(isPlain: isPlain, policy.access)
    let isProxied = policy.proxies.contains(link.source)
    seat(link) { slot in
      withTable {
        if isProxied {
          $0.arriveByProxy(slot, from: origin, now: now, &$1)
        } else {
          $0.arrive(slot, from: origin, now: now, &$1)
        }
      }
    }
  }

  // MARK: Behind a balancer

  /// Reads the PROXY header of a guest, and no byte behind it.
  func readHeader(_ guest: Guest) {
    while guest.isReadable, case .header(let limit) = table.reading(of: guest.slot) {
      receive(from: guest, atMost: limit) { bytes in
        guard let header = withTable({ $0.receivedHeader(bytes, from: guest.slot, now: now, &$1) }) else { return }
        arrive(guest, with: header)
      }
    }
    // Bytes of the guest itself may be there already, and are not reported again.
    if guest.isReadable { read(guest) }
  }

  private func arrive(_ guest: Guest, with header: ProxyHeader) {
    if let source = header.source {
      let (high, low) = (source.address.high, source.address.low)
      guest.link.setAddress(SocketAddress(high: high, low: low, port: source.port))
    }
    let origin = guest.link.origin(isPlain: table.isPlain(guest.slot), policy.access)
    withTable { $0.arrive(guest.slot, from: origin, now: now, &$1) }
  }

  // MARK: Its first line, and the proof of the pass

  /// Reads a guest's first line.
  func readLine(_ guest: Guest) {
    while guest.isReadable, table.reading(of: guest.slot) == .line {
      receive(from: guest, atMost: PreambleLimits.lineBytesMax + 1) { bytes in
        guard let request = withTable({ $0.received(bytes, from: guest.slot, now: now, &$1) }) else { return }
        if policy.passes.isEmpty { return enter(guest, request) }
        var generator = SystemRandomNumberGenerator()
        table.demandProof(guest.slot, of: request, for: RelayNonce.random(using: &generator))
      }
    }
  }

  /// Reads a guest's proof of the pass.
  func readProof(_ guest: Guest) {
    while guest.isReadable, table.reading(of: guest.slot) == .proof {
      receive(from: guest, atMost: PreambleLimits.lineBytesMax + 1) { bytes in
        guard let claim = withTable({ $0.receivedProof(bytes, from: guest.slot, now: now, &$1) }) else { return }
        // Every pass is tried, so that the time does not show which one it is.
        let held = policy.passes.filter {
          $0.isProved(by: claim.proof, of: claim.request, for: claim.nonce)
        }
        if held.isEmpty {
          withTable { $0.refuseProof(of: guest.slot, now: now, &$1) }
        } else {
          enter(guest, claim.request)
        }
      }
    }
  }

  /// Reads once from a guest that is not paired. The end of its stream means that it has left.
  private func receive(from guest: Guest, atMost limit: Int, _ take: (ArraySlice<UInt8>) -> Void) {
    let (taken, bytes) = forwarder.receive(from: guest.link.socket, atMost: limit) { Array($0) }
    switch taken {
    case .wouldBlock: guest.isReadable = false
    case .endOfStream, .broken:
      guest.isReadable = false
      report(.ended, of: guest.slot)
    case .bytes(let count):
      if count < limit, guest.shortReadsEmpty { guest.isReadable = false }
      take(bytes![...])
    }
  }

  // MARK: Its room

  private func enter(_ guest: Guest, _ request: JoinRequest) {
    // A guest that announces its end before it is paired has left.
    if guest.hasEnded, guest.link.socket.hasOnlyItsEnd { return report(.ended, of: guest.slot) }
    let home = context.home(of: request.room)
    if home == index { return join(guest.slot, request) }
    // Forgotten here first: from the post on it is the other thread's.
    epoll.forget(guest.number)
    let origin = table.handOver(guest.slot)
    release(guest)
    guard context.mailboxes[home].post(.guest(guest.link, origin, request)) else {
      // That thread has ended, so we are draining as well.
      return seat(guest.link) { slot in
        table.adopt(slot, from: origin)
        withTable { $0.drain(now: now, &$1) }
      }
    }
  }

  /// Has the table join a guest.
  /// - Parameter request: nil for the room without a name.
  func join(_ slot: Int, _ request: JoinRequest?) {
    withTable { $0.join(slot, request, now: now, &$1, hasVanished: hasVanished) }
  }
}
