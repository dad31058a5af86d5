import Basics
import ChatProtocol
import Testing

@testable import RelayCore

@Suite("Guests of a relay behind a load balancer, and with a pass")
struct GuestAdmittingTests {
  private let nonce = RelayNonce(Array("AAECAwQFBgcICQoLDA0ODw".utf8)[...])!
  private let proof = RelayProof(code: [UInt8](repeating: 7, count: 32))
  private let line = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463\r\n"
  private let source = NetworkAddress(ipv4: 0xC000_0207)

  // MARK: Behind a balancer

  private func proxied(bounds: Admission.Bounds = .none) -> TestTable {
    var test = TestTable(bounds: bounds)
    let balancer = GuestTable.Origin(source: NetworkAddress(ipv4: 1), isDenied: true)
    test.table.arriveByProxy(1, from: balancer, now: at(0), &test.admission)
    return test
  }

  private func receive(_ text: String, _ test: inout TestTable, by slot: Int = 1, at now: Instant) -> ProxyHeader? {
    var rest = Array(text.utf8)[...]
    while case .header(let limit) = test.table.reading(of: slot), !rest.isEmpty {
      let bytes = rest.prefix(limit)
      rest = rest.dropFirst(limit)
      if let header = test.table.receivedHeader(bytes, from: slot, now: now, &test.admission) { return header }
    }
    return nil
  }

  @Test("The header comes first, and then the guest arrives from where it says, with all its time")
  func header() {
    var test = proxied()
    #expect(test.table.deadline == at(3))
    #expect(test.admission.guests == 1)
    #expect(test.admission.networks == 0)
    let header = receive(line, &test, at: at(2))
    #expect(header?.source?.address == source)
    #expect(header?.source?.port == 56_324)
    #expect(test.admission.guests == 0)
    test.table.arrive(1, from: .init(source: source), now: at(2), &test.admission)
    #expect(test.table.reading(of: 1) == .line)
    #expect(test.table.deadline == at(12))
    test.receive("TINCAN/1 JOIN room\n", from: 1, at: at(3))
    #expect(test.actions() == [.sends(1, .wait)])
    #expect(test.admission.guests == 1)
  }

  @Test("A header that is wrong, late, or never comes is refused, and one guest is counted until then")
  func noHeader() {
    var wrong = proxied()
    #expect(receive("TINCAN/1 JOIN room\n", &wrong, at: at(1)) == nil)
    #expect(wrong.actions() == [.refused(1, .badProxyHeader), .sends(1, .refused(.badProxyHeader))])
    var late = proxied()
    _ = receive("PROXY TCP4 192.0.2.7", &late, at: at(1))
    late.expire(at: at(2))
    #expect(late.actions() == [])
    late.expire(at: at(3))
    #expect(late.actions() == [.refused(1, .noProxyHeader), .sends(1, .refused(.noProxyHeader))])
    var left = proxied()
    left.handle(.ended, of: 1, at: at(1))
    #expect(left.actions() == [.close(1, .orderly)])
    for test in [wrong, late, left] { #expect(test.admission.guests == 0) }
    #expect(left.table.deadline == nil)
  }

  @Test(
    "A second header is refused where the guest's first line belongs, and so is a stranger's first",
    arguments: [
      "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463\r\n", "\r\n\r\n\0\r\nQUIT\n!",
    ])
  func strays(text: String) {
    var test = TestTable()
    for (slot, piece) in [(1, text.utf8.count), (2, 1)] {
      test.arrive(slot, at: at(0))
      var rest = Array(text.utf8)[...]
      while test.table.reading(of: slot) == .line, !rest.isEmpty {
        _ = test.table.received(rest.prefix(piece), from: slot, now: at(0), &test.admission)
        rest = rest.dropFirst(piece)
      }
      #expect(test.actions() == [.refused(slot, .strayProxyHeader), .sends(slot, .refused(.strayProxyHeader))])
    }
  }

  @Test("Bounds on all guests hold before the header, bounds on a source for the address that it states")
  func bounds() {
    var bounds = Admission.Bounds.none
    (bounds.guests, bounds.guestsPerSource) = (3, 1)
    var test = proxied(bounds: bounds)
    _ = receive(line, &test, at: at(0))
    test.table.arrive(1, from: .init(source: source), now: at(0), &test.admission)
    #expect(test.actions() == [])
    // Another guest of the same source, and one of another.
    for (slot, address, refused) in [(2, source, true), (3, NetworkAddress(ipv4: 5), false)] {
      test.table.arriveByProxy(slot, from: .init(source: nil), now: at(0), &test.admission)
      #expect(test.actions() == [])
      #expect(receive("PROXY UNKNOWN\r\n", &test, by: slot, at: at(0)) != nil)
      test.table.arrive(slot, from: .init(source: address), now: at(0), &test.admission)
      let refusal = Refusal.tooManyGuestsFromSource
      #expect(test.actions() == (refused ? [.refused(slot, refusal), .sends(slot, .refused(refusal))] : []))
    }
    test.table.arriveByProxy(4, from: .init(source: nil), now: at(0), &test.admission)
    #expect(test.actions() == [])
    test.table.arriveByProxy(5, from: .init(source: nil), now: at(0), &test.admission)
    #expect(test.actions() == [.refused(5, .tooManyGuests), .sends(5, .refused(.tooManyGuests))])
  }

  @Test("While the table drains, connections of a balancer are refused, those whose header is awaited too")
  func drains() {
    var test = proxied()
    test.table.drain(now: at(1), &test.admission)
    #expect(test.actions() == [.refused(1, .draining), .sends(1, .refused(.draining))])
    test.table.arriveByProxy(2, from: .init(source: nil), now: at(1), &test.admission)
    #expect(test.actions() == [.refused(2, .draining), .sends(2, .refused(.draining))])
  }

  // MARK: With a pass

  /// A table in which guest 1 was asked to prove the pass at time 1.
  private func proving() throws -> TestTable {
    var test = TestTable()
    test.arrive(1, at: at(0))
    let line = Array("TINCAN/1 JOIN room\n".utf8)
    let request = try #require(test.table.received(line[...], from: 1, now: at(1), &test.admission))
    test.table.demandProof(1, of: request, for: nonce)
    #expect(test.actions() == [.sends(1, .prove(nonce))])
    #expect(test.table.reading(of: 1) == .proof)
    return test
  }

  @Test("A proof is a claim for the room and the nonce; once it holds, the guest joins")
  func claims() throws {
    for piece in [1, 7, 59] {
      var test = try proving()
      var claims: [GuestTable.Claim] = []
      var rest = proof.line[...]
      while !rest.isEmpty {
        if let claim = test.table.receivedProof(rest.prefix(piece), from: 1, now: at(2), &test.admission) {
          claims.append(claim)
        }
        rest = rest.dropFirst(piece)
      }
      #expect(claims.map(\.proof) == [proof])
      #expect(claims.first?.nonce == nonce)
      let request = try #require(claims.first?.request)
      test.table.join(1, request, now: at(2), &test.admission)
      #expect(test.actions() == [.sends(1, .wait)])
      #expect(test.admission.waiting == 1)
    }
  }

  @Test("A proof that does not hold is denied")
  func wrong() throws {
    var test = try proving()
    #expect(test.table.receivedProof(proof.line[...], from: 1, now: at(2), &test.admission) != nil)
    test.table.refuseProof(of: 1, now: at(2), &test.admission)
    #expect(test.actions() == [.refused(1, .wrongProof), .sends(1, .refused(.wrongProof))])
    #expect(test.admission.guests == 0)
  }

  @Test("What is no proof is denied at its first wrong byte, and silence once the time for JOIN is over")
  func missing() throws {
    let code = String(repeating: "A", count: 43)
    for (text, refusal) in [
      ("TINCAN/1 JOIN room\n", Refusal.noProof), ("x", .noProof), ("TINCAN/1 PROOF \n", .noProof),
      ("TINCAN/1 PROOF \(code.dropLast())\n", .noProof), ("TINCAN/1 PROOF \(code)A", .noProof),
      ("TINCAN/1 PROOF \(code.dropLast())B\n", .noProof), ("TINCAN/1 PROOF \(code)\r", .noProof),
      ("TINCAN/1 PROOF \(code)\nhello", .sentTooEarly),
    ] {
      var test = try proving()
      #expect(test.table.receivedProof(Array(text.utf8)[...], from: 1, now: at(2), &test.admission) == nil)
      #expect(test.actions() == [.refused(1, refusal), .sends(1, .refused(refusal))], "\(text)")
    }
    var silent = try proving()
    #expect(silent.table.deadline == at(10))
    silent.expire(at: at(10))
    #expect(silent.actions() == [.refused(1, .noProof), .sends(1, .refused(.noProof))])
    var left = try proving()
    left.handle(.ended, of: 1, at: at(2))
    #expect(left.actions() == [.close(1, .orderly)])
    var drained = try proving()
    drained.table.drain(now: at(2), &drained.admission)
    #expect(drained.actions() == [.refused(1, .draining), .sends(1, .refused(.draining))])
    for test in [silent, left, drained] { #expect(test.admission.guests == 0) }
  }

  @Test("A proof that nobody asked for is no first line")
  func unasked() {
    var test = TestTable()
    test.arrive(1, at: at(0))
    test.receive(String(decoding: proof.line, as: UTF8.self), from: 1, at: at(0))
    #expect(test.actions() == [.refused(1, .notAJoin), .sends(1, .refused(.notAJoin))])
  }
}
