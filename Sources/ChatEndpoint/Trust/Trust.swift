import Basics
import ChatProtocol
import MessageStore
import PeerSecurity
import Sockets

/// The judgement of peers: this end's identity, those that it knows, and the pairing code of a first meeting.
@MainActor
final class Trust {
  /// Whether anybody is let in, vouched for or not.
  let isOpen: Bool
  let identity: Identity
  /// The only peer that is let in; nil when each known one is.
  let expected: KnownPeer?
  private let ownName: String
  /// Whether a code is this end's own, shown to a person who reads it aloud, rather than typed here.
  let makesCode: Bool
  let store: MessageStore?
  let storePath: String
  /// Whether messages are stored, besides the known peers. A program's are in its input.
  let storesMessages: Bool
  /// In a conversation that is not stored: this program's opening of the store for what others hand over for a peer.
  var openings: [[UInt8]: SubmittingOpening] = [:]
  /// The peer whose conversation this program holds.
  var heldPeer: [UInt8]?
  private(set) var code: PairingCode?
  /// The code made ready for exchanges. That takes longer than the rest of a start, and much memory, so it is put off
  /// until somebody pairs.
  private var password: PairingPassword?
  private(set) var guessesLeft = Trust.guessesMax
  /// How many codes there were. A pairing is about one of them.
  private(set) var codeNumber = 0
  /// The code of a file; nil without one.
  private let codeOfFile: PairingCode?
  /// Whether nobody is paired with any more, because the last code is void.
  private(set) var hasEndedPairing = false

  /// The most guesses at a code. Then it is void.
  static let guessesMax = 3

  /// - Returns: nil for plain text.
  init?(_ settings: Settings) throws(Failure) {
    guard case .encrypted(let encryption) = settings.security else { return nil }
    isOpen = encryption.isOpen
    identity = encryption.identity
    expected = encryption.expected
    ownName = settings.name
    makesCode = settings.role.waits
    storesMessages = settings.party == .person && encryption.storePath != nil
    codeOfFile = encryption.code
    storePath = encryption.storePath ?? ""
    guard let path = encryption.storePath else {
      store = nil
      return
    }
    // The time that an end may take bounds what it waits for the disk.
    let limit = if case .stored(let timeout, _) = settings.input { timeout } else { Duration?.none }
    do throws(StoreFailure) { store = try MessageStore(path: path, lockTimeout: limit) } catch {
      throw .ownFile(.store(path: path, error))
    }
  }

  /// Whether this end needs a code to let somebody new in.
  var needsCodeOfItsOwn: Bool { makesCode && !isOpen && expected == nil }

  /// A new code.
  static func newCode() -> PairingCode {
    var random = SystemRandomNumberGenerator()
    return PairingCode(using: &random)
  }

  // MARK: Judging

  /// The pinned peer with a key; nil when the key is not known.
  func knownPeer(_ fingerprint: Fingerprint) throws(Failure) -> KnownPeer? {
    do throws(StoreFailure) { return try store?.knownPeer(fingerprint: fingerprint.bytes) } catch {
      throw failure(error)
    }
  }

  /// The key of the peer of the conversation that goes on, if somebody vouches for it. It needs no other pairing for
  /// its next link, even if it is not pinned.
  private var present: Fingerprint?
  /// Whether that key is pinned.
  private var presentIsPinned = false

  /// Notes the key of the peer of the conversation; nil when none goes on.
  func notePresent(_ fingerprint: Fingerprint?, isPinned: Bool) {
    (present, presentIsPinned) = (fingerprint, isPinned)
  }

  /// This end's introduction to the owner of a key.
  func introduction(to fingerprint: Fingerprint) throws(Failure) -> Introduction {
    let isPinned = try knownPeer(fingerprint) != nil
    // A pin that was taken away vouches for nobody.
    let isPresent = fingerprint == present && !presentIsPinned
    return Introduction(
      knowsPeer: isPinned || isPresent, hasCode: hasGuesses, isOpen: isOpen, isEphemeral: store == nil)
  }

  // MARK: The code

  /// Takes a code: a new one, or one that a person typed.
  func take(_ code: PairingCode) {
    (self.code, password) = (code, nil)
    guessesLeft = Trust.guessesMax
    codeNumber += 1
  }

  /// Whether there is a code, and not all guesses at it were made.
  var hasGuesses: Bool { code != nil && guessesLeft > 0 }

  /// The code made ready for an exchange; nil if there is none, or all guesses at it were made.
  func guessable() throws(SecurityFailure) -> PairingPassword? {
    guard let code, hasGuesses else { return nil }
    if password == nil { password = try PairingPassword(code) }
    return password
  }

  /// Counts a guess at the code. It counts when a message of the exchange goes out: somebody who takes it and hangs up
  /// has guessed.
  func countGuess() { guessesLeft = max(0, guessesLeft - 1) }

  /// Whether all guesses at the code were made.
  var isCodeVoid: Bool { code != nil && guessesLeft == 0 }

  /// Forgets the code, because it is void or wrong.
  func dropCode() { (code, password) = (nil, nil) }

  /// Notes that somebody was paired with. A code is for one meeting. That of a file stays as long as the file does: the
  /// right guess is given back, and wrong ones add up until the program ends.
  func codeWasUsed() {
    if code == codeOfFile, code != nil {
      guessesLeft = min(guessesLeft + 1, Trust.guessesMax)
    } else {
      dropCode()
    }
  }

  /// Forgets the code for good: known peers alone are let in from now on.
  func endPairing() {
    dropCode()
    hasEndedPairing = true
  }

  // MARK: Remembering

  /// Pins the key of a peer that was paired with. A name that is this end's own counts as taken.
  /// - Returns: its name here; nil if nothing is stored.
  func pin(
    _ fingerprint: Fingerprint, proposing name: String?, secret: MeetingSecret, met: KnownPeer.Meeting,
    address: String?, relay: String?
  ) throws(Failure) -> PeerName? {
    // An end that meets itself is the same person, who needs no pin.
    guard fingerprint != identity.fingerprint else { return nil }
    let now = WallClock.system.now.seconds
    do throws(StoreFailure) {
      if let known = try store?.knownPeer(fingerprint: fingerprint.bytes) {
        try store?.replaceMeetingSecret(of: fingerprint.bytes, with: secret.bytes)
        try store?.noteMet(fingerprint.bytes, at: now, address: address, relay: relay)
        return known.name
      }
      let proposal = PeerName(reducing: name ?? "")
      let isOwn = proposal == PeerName(reducing: ownName)
      let peer = KnownPeer(
        name: isOwn ? PeerName(reducing: "\(proposal)-2") : proposal, fingerprint: fingerprint.bytes, metAt: now,
        met: met, lastMetAt: now,
        meetingSecret: secret.bytes, address: address, relay: relay)
      return try store?.add(peer, ifNameIsTaken: .numbered).name
    } catch {
      throw failure(error)
    }
  }

  /// Notes that a known peer was met again.
  func noteMet(_ fingerprint: Fingerprint, address: String?, relay: String?) throws(Failure) {
    do throws(StoreFailure) {
      try store?.noteMet(fingerprint.bytes, at: WallClock.system.now.seconds, address: address, relay: relay)
    } catch {
      throw failure(error)
    }
  }
}
