import Basics
import TestSupport

@testable import ChatProtocol
@testable import RelayCore

// Guests behind a load balancer, and guests that are asked for a pass.
extension RelayWorld {
  enum Proof: CaseIterable { case right, wrong, nonsense, silence }

  func origin(_ source: NetworkAddress, isPlain: Bool) -> GuestTable.Origin {
    .init(source: source, isDenied: source == NetworkAddress(ipv4: 5), isPlain: isPlain)
  }

  /// A guest arrives through a load balancer, which sends a header before its bytes: whole, in pieces, a wrong one, or
  /// none that is ever whole.
  mutating func arriveByProxy(_ slot: Int, from origin: GuestTable.Origin) {
    let text = "PROXY TCP4 0.0.0.\(origin.source!.low & 0xFF) 192.0.2.1 1 8463\r\n"
    let header: String
    switch Int.random(in: 0..<16, using: &numbers) {
    case 0: header = "PROXY TCP4 0.0.0.0 ?"
    case 1:
      header = String(text.dropLast())
      guests[slot]!.line = []
    default: header = text
    }
    guests[slot]!.line = Array(header.utf8) + guests[slot]!.line
    guests[slot]!.source = origin.source
    // The balancer's own address is not what is counted.
    table.arriveByProxy(
      slot, from: .init(source: NetworkAddress(ipv4: 5), isDenied: true, isPlain: origin.isPlain), now: now, &admission)
  }

  mutating func readHeader(_ slot: Int, atMost limit: Int) {
    let guest = guests[slot]!
    let bytes = guest.unread.prefix(limit)
    guests[slot]!.unread.removeFirst(bytes.count)
    if bytes.isEmpty {
      if guest.isBroken || guest.hasEnded { table.handle(.ended, of: slot, now: now, &admission) }
      return
    }
    if let header = table.receivedHeader(bytes, from: slot, now: now, &admission) {
      if header.source?.address != guest.source { violations.append("\(slot) counts as another") }
      guests[slot]!.source = nil
      table.arrive(
        slot, from: origin(header.source!.address, isPlain: table.isPlain(slot)), now: now, &admission)
    }
    // The bytes behind the header are there already.
    serve(slot)
  }

  /// A guest asked for a room: one in eight has to prove the pass first.
  mutating func join(_ slot: Int, _ request: JoinRequest) {
    guard Int.random(in: 0..<8, using: &numbers) == 0 else {
      markReplaced(by: slot, request)
      return table.join(slot, request, now: now, &admission)
    }
    let proof = Proof.allCases.randomElement(using: &numbers)!
    guests[slot]!.proof = proof
    let code = [UInt8](repeating: proof == .right ? 1 : 0, count: 32)
    switch proof {
    case .right, .wrong: guests[slot]!.line = RelayProof(code: code).line
    case .nonsense: guests[slot]!.line = Array("TINCAN/1 PROOF ?".utf8)
    case .silence: break
    }
    table.demandProof(slot, of: request, for: RelayNonce.random(using: &numbers))
  }

  mutating func readProof(_ slot: Int) {
    let guest = guests[slot]!
    guests[slot]!.unread = []
    if guest.unread.isEmpty {
      if guest.isBroken || guest.hasEnded { table.handle(.ended, of: slot, now: now, &admission) }
    } else if let claim = table.receivedProof(guest.unread[...], from: slot, now: now, &admission) {
      if claim.proof.code[0] == 1 {
        markReplaced(by: slot, claim.request)
        table.join(slot, claim.request, now: now, &admission)
      } else {
        table.refuseProof(of: slot, now: now, &admission)
      }
      if guest.proof != (claim.proof.code[0] == 1 ? .right : .wrong) { violations.append("\(slot) proved another's") }
    }
  }

  /// Other links of a guest that returns give way to its new one.
  mutating func markReplaced(by slot: Int, _ request: JoinRequest) {
    for (other, guest) in guests where other != slot && guest.side == request.side && request.side != nil {
      if guest.room == request.room, table.reading(of: other) != .discarded { guests[other]!.isReplaced = true }
    }
  }
}
