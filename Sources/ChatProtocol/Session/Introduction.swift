/// The first frame of an end on an encrypted link, before anything is let in: whether it knows the other's key, and how
/// it could come to trust it.
///
/// The payload is one byte of flags; the other bits are zero, and a receiver passes over them.
public struct Introduction: Equatable, Sendable {
  /// Whether the other's key is pinned here.
  public var knowsPeer: Bool
  /// Whether a pairing code is at hand here.
  public var hasCode: Bool
  /// Whether anybody is let in here, vouched for or not.
  public var isOpen: Bool
  /// Whether this end's key ends with its program, so that the other need not remember it.
  public var isEphemeral: Bool

  private static let knowsBit: UInt8 = 1
  private static let codeBit: UInt8 = 2
  private static let openBit: UInt8 = 4
  private static let ephemeralBit: UInt8 = 8

  public init(knowsPeer: Bool, hasCode: Bool, isOpen: Bool, isEphemeral: Bool = false) {
    self.knowsPeer = knowsPeer
    self.hasCode = hasCode
    self.isOpen = isOpen
    self.isEphemeral = isEphemeral
  }

  init(payload: ArraySlice<UInt8>) throws(FrameViolation) {
    guard payload.count == 1, let flags = payload.first else {
      throw .malformed(kind: Frame.Kind.introduction.rawValue)
    }
    self.init(
      knowsPeer: flags & Introduction.knowsBit != 0, hasCode: flags & Introduction.codeBit != 0,
      isOpen: flags & Introduction.openBit != 0, isEphemeral: flags & Introduction.ephemeralBit != 0)
  }

  /// Its frame.
  var frame: [UInt8] {
    let flags =
      (knowsPeer ? Introduction.knowsBit : 0) | (hasCode ? Introduction.codeBit : 0)
      | (isOpen ? Introduction.openBit : 0) | (isEphemeral ? Introduction.ephemeralBit : 0)
    return Frame.encode(.introduction, [flags])
  }

  /// The consequence of both introductions.
  public enum Verdict: Equatable, Sendable {
    /// Each knows the other's key.
    case vouched
    /// Both let anybody in.
    case open
    /// At least one does not know the other, and both have a code: they pair.
    case pair
    /// A code is missing here, and the other end has one.
    case needsCode
    /// A code is missing at both ends.
    case noCode
    /// A code is missing there. The other end asks its person, and dials again.
    case peerNeedsCode
    /// The other end lets anybody in and has no code, and this one wants to know its peer.
    case peerIsOpen
    /// This end lets anybody in and has no code, and the other wants to know its peer.
    case peerIsNotOpen
  }

  /// The verdict is the same at both ends, seen from each.
  public func verdict(with peer: Introduction) -> Verdict {
    if knowsPeer, peer.knowsPeer { return .vouched }
    if isOpen, peer.isOpen { return .open }
    if hasCode, peer.hasCode { return .pair }
    if peer.isOpen { return .peerIsOpen }
    if isOpen { return .peerIsNotOpen }
    return hasCode ? .peerNeedsCode : peer.hasCode ? .needsCode : .noCode
  }
}
