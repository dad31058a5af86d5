import Basics
import ChatProtocol

// The steps that may come before a guest joins: the header of a load balancer, and the proof of the relay's pass.
extension GuestTable {
  // MARK: Behind a balancer

  /// A connection came from a load balancer: a PROXY header has to come first, which says where the guest is.
  ///
  /// Until then the guest counts among all guests, and for no source.
  /// - Parameter origin: of the connection; its source is not used.
  public mutating func arriveByProxy(
    _ slot: Slot, from origin: Origin, now: Instant, _ admission: inout Admission
  ) {
    enter(slot, Origin(source: nil, isPlain: origin.isPlain, acknowledges: origin.acknowledges))
    if isDraining { return refuse(slot, .draining, now: now, &admission) }
    if let refusal = admission.admit(from: nil, now: now) { return refuse(slot, refusal, now: now, &admission) }
    set(slot, to: .header(ProxyHeaderDecoder()), &admission)
    deadlines.set(now + RelayLimits.proxyHeaderTime, for: slot)
  }

  /// Bytes came from a guest whose ``reading(of:)`` is ``Reading/header(atMost:)``.
  /// - Returns: the header, once it is whole: the guest is to ``arrive(_:from:now:_:)``, from where it says.
  public mutating func receivedHeader(
    _ bytes: ArraySlice<UInt8>, from slot: Slot, now: Instant, _ admission: inout Admission
  ) -> ProxyHeader? {
    guard case .header(var decoder) = state(of: slot) else { return nil }
    switch decoder.decode(bytes) {
    case .incomplete: setUncounted(slot, to: .header(decoder))
    case .invalid: refuse(slot, .badProxyHeader, now: now, &admission)
    case .header(let header):
      deadlines.set(nil, for: slot)
      set(slot, to: .absent, &admission)
      return header
    }
    return nil
  }

  // MARK: With a pass

  /// A guest's claim to have the pass.
  public struct Claim: Sendable {
    /// The proof that it sent.
    public let proof: RelayProof
    /// Its request.
    public let request: JoinRequest
    /// The nonce that its proof is for.
    public let nonce: RelayNonce
  }

  struct Proving: Sendable {
    let request: JoinRequest
    let nonce: RelayNonce
    var decoder = ProofDecoder()
  }

  /// Asks a guest in its preamble to prove that it has the pass. It has the rest of its time for JOIN to do so.
  public mutating func demandProof(_ slot: Slot, of request: JoinRequest, for nonce: RelayNonce) {
    guard case .preamble = state(of: slot) else { return }
    setUncounted(slot, to: .proving(Proving(request: request, nonce: nonce)))
    order(.send(slot, RelayReply.prove(nonce).bytes))
  }

  /// Bytes came from a guest whose ``reading(of:)`` is ``Reading/proof``.
  /// - Returns: its claim, once its line is whole. If it holds, ``join(_:_:now:_:hasVanished:)`` is next, here or,
  ///   after ``handOver(_:)``, where that room lives; else ``refuseProof(of:now:_:)``.
  public mutating func receivedProof(
    _ bytes: ArraySlice<UInt8>, from slot: Slot, now: Instant, _ admission: inout Admission
  ) -> Claim? {
    guard case .proving(var proving) = state(of: slot) else { return nil }
    switch proving.decoder.decode(bytes) {
    case .incomplete: setUncounted(slot, to: .proving(proving))
    case .refused(let refusal): refuse(slot, refusal, now: now, &admission)
    case .proof(let proof):
      setUncounted(slot, to: .preamble(JoinDecoder()))
      return Claim(proof: proof, request: proving.request, nonce: proving.nonce)
    }
    return nil
  }

  /// The claim of a guest does not hold.
  public mutating func refuseProof(of slot: Slot, now: Instant, _ admission: inout Admission) {
    refuse(slot, .wrongProof, now: now, &admission)
  }
}
