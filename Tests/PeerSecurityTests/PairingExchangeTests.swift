import Testing

@testable import PeerSecurity

@Suite("The exchange of pairing codes")
struct PairingExchangeTests {
  /// Stretched once: that takes time.
  private static let passwords = (
    code: password("482913-walrus-lemon-violin"), otherWord: password("482913-walrus-lemon-tulip"),
    otherDigits: password("482914-walrus-lemon-violin")
  )

  private static func password(_ text: String) -> PairingPassword {
    do { return try PairingPassword(PairingCode(text)) } catch { preconditionFailure("\(error)") }
  }

  private var code: PairingPassword { Self.passwords.code }

  /// An end of an exchange that has no channel.
  private func end(
    _ role: TLSChannel.Role, own: Fingerprint, peer: Fingerprint, _ password: PairingPassword? = nil, key: UInt8 = 7
  ) -> PairingExchange {
    PairingExchange(
      role, own: own, peer: peer, password ?? code, channelKey: [UInt8](repeating: key, count: 32),
      scalar: P256.randomScalar())
  }

  private func client(_ password: PairingPassword? = nil, key: UInt8 = 7) -> PairingExchange {
    end(.client, own: Keys.alice.fingerprint, peer: Keys.bob.fingerprint, password, key: key)
  }

  private func server(_ password: PairingPassword? = nil, key: UInt8 = 7) -> PairingExchange {
    end(.server, own: Keys.bob.fingerprint, peer: Keys.alice.fingerprint, password, key: key)
  }

  /// Runs an exchange to its end.
  private func run(_ client: inout PairingExchange, _ server: inout PairingExchange) {
    var message = client.begin()
    while let next = message {
      message = server.receive(next[...]).flatMap { client.receive($0[...]) }
    }
  }

  @Test("Two that know the code agree, on a channel, and have one secret and one room")
  func agreement() throws {
    let (one, other) = try Wire.pair()
    var client = PairingExchange(on: one, own: Keys.alice.fingerprint, code)
    var server = PairingExchange(on: other, own: Keys.bob.fingerprint, code)
    #expect(server.begin() == nil && !server.hasBegun && !client.hasBegun)
    run(&client, &server)
    #expect(client.state == .agreed && server.state == .agreed)
    #expect(client.hasBegun && server.hasBegun)
    #expect(MeetingSecret(of: one) == MeetingSecret(of: other))
    #expect(MeetingSecret(of: one).room == MeetingSecret(of: other).room)
  }

  @Test("One identity at both ends can be paired with itself")
  func oneIdentity() throws {
    let (one, other) = try Wire.pair(Keys.alice, Keys.alice)
    var client = PairingExchange(on: one, own: Keys.alice.fingerprint, code)
    var server = PairingExchange(on: other, own: Keys.alice.fingerprint, code)
    run(&client, &server)
    #expect(client.state == .agreed && server.state == .agreed)
  }

  @Test("The client confirms first: with another code the server sends nothing to test guesses with")
  func otherCodes() {
    for other in [Self.passwords.otherWord, Self.passwords.otherDigits] {
      var client = client()
      var server = server(other)
      let confirmation = client.give(server.give(client.start()))
      #expect(confirmation.count == 33)
      #expect(server.give(confirmation).isEmpty)
      #expect(server.state == .failed(.wrongCode) && server.hasBegun)
      #expect(client.state == .waitingForConfirmation)
    }
  }

  @Test("A man in the middle who has ended both channels himself gets neither end to agree")
  func manInTheMiddle() throws {
    let (victim, inside) = try Wire.pair(Keys.alice, Keys.mallory)
    let (outside, other) = try Wire.pair(Keys.mallory, Keys.bob)
    #expect(inside.isEstablished && outside.isEstablished)
    var client = PairingExchange(on: victim, own: Keys.alice.fingerprint, code)
    var server = PairingExchange(on: other, own: Keys.bob.fingerprint, code)
    // He passes on what they send.
    run(&client, &server)
    #expect(server.state == .failed(.wrongCode))
    #expect(client.state != .agreed)
  }

  @Test("Everything that must be the same is: the key of the channel, and both fingerprints in their places")
  func whatIsBound() {
    let (alice, bob, mallory) = (Keys.alice.fingerprint, Keys.bob.fingerprint, Keys.mallory.fingerprint)
    let servers = [
      server(key: 8), end(.server, own: bob, peer: mallory), end(.server, own: mallory, peer: alice),
      end(.server, own: alice, peer: bob),
    ]
    for var server in servers {
      var client = client()
      run(&client, &server)
      #expect(server.state == .failed(.wrongCode) && client.state != .agreed)
    }
  }

  @Test("Two clients, and two servers, never agree")
  func swappedRoles() {
    var one = client()
    var other = end(.client, own: Keys.bob.fingerprint, peer: Keys.alice.fingerprint)
    let shares = (one.start(), other.start())
    let codes = (one.give(shares.1), other.give(shares.0))
    #expect(one.give(codes.1).isEmpty && one.state == .failed(.wrongCode))
    #expect(other.give(codes.0).isEmpty && other.state == .failed(.wrongCode))
    // Each of two servers takes what the other answers for a second share.
    var (first, second) = (server(), server())
    let share = client().started
    let answers = (first.give(share), second.give(share))
    #expect(first.give(answers.1).isEmpty && first.state == .failed(.violation))
    #expect(second.give(answers.0).isEmpty && second.state == .failed(.violation))
  }

  @Test("Messages that are sent back to their sender are no answer")
  func reflection() {
    var client = client()
    let confirmation = client.give(client.start())
    #expect(!confirmation.isEmpty && client.give(confirmation).isEmpty)
    #expect(client.state == .failed(.wrongCode))
  }

  @Test("Messages of an earlier exchange are no answer in a later one")
  func replay() {
    var (first, second) = (client(), server())
    let share = first.start()
    let answer = second.give(share)
    let confirmation = first.give(answer)
    let last = second.give(confirmation)
    #expect(first.give(last).isEmpty && first.state == .agreed)

    var later = server()
    #expect(!later.give(share).isEmpty)
    #expect(later.give(confirmation).isEmpty && later.state == .failed(.wrongCode))
    var laterClient = client()
    #expect(!laterClient.start().isEmpty)
    #expect(!laterClient.give(answer).isEmpty)
    #expect(laterClient.give(last).isEmpty && laterClient.state == .failed(.wrongCode))
  }

  @Test("A cut between the two confirmations leaves the server agreed and the client waiting")
  func cut() {
    var (client, server) = (client(), server())
    #expect(!server.give(client.give(server.give(client.start()))).isEmpty)
    #expect(server.state == .agreed && client.state == .waitingForConfirmation)
  }

  @Test("Messages out of order, of other kinds and of other lengths break the rules, and nothing is sent afterwards")
  func violations() {
    let share = client().started
    let messages: [[UInt8]] = [
      [], [0], [1], [2], [3] + share[1...], share + [0], share.dropLast(), [1, 4] + [UInt8](repeating: 0, count: 64),
      [2] + [UInt8](repeating: 0, count: 32), [1, 0],
    ]
    for message in messages {
      var waiting = client()
      #expect(!waiting.start().isEmpty)
      for var end in [server(), waiting] {
        #expect(end.give(message).isEmpty && end.state == .failed(.violation), "\(message)")
        #expect(end.give(share).isEmpty && end.state == .failed(.violation), "\(message)")
      }
    }
  }

  @Test("A second share, a confirmation of another length and a message after the end break the rules")
  func laterViolations() {
    let share = client().started
    for message in [share, [2], [2] + [UInt8](repeating: 0, count: 33), []] {
      var server = server()
      #expect(!server.give(share).isEmpty)
      #expect(server.give(message).isEmpty && server.state == .failed(.violation), "\(message)")
    }
    var (client, server) = (client(), server())
    run(&client, &server)
    #expect(client.give(share).isEmpty && client.state == .failed(.violation))
  }

  @Test("A client that has not begun answers nobody")
  func notBegun() {
    var idle = client()
    var other = server()
    #expect(idle.give(other.give(client().started)).isEmpty && idle.state == .failed(.violation) && !idle.hasBegun)
  }

  @Test("The stretched password is scrypt of the words with the salt of this project")
  func stretching() {
    // Made with Python: hashlib.scrypt(words, salt=b"tincan/1 pairing", n=16384, r=8, p=1, dklen=48) mod the order.
    #expect(
      Self.passwords.code.scalar.map { String($0, radix: 16) }.joined(separator: " ")
        == "2c ec c4 50 71 78 18 1c 74 c0 4a eb cd c5 98 b7 25 7f 9d f5 d8 19 b6 f0 36 67 6a 9f 4a 9d f9 dc")
    #expect(Self.passwords.code.scalar == Self.passwords.otherDigits.scalar)
    #expect(Self.passwords.code.scalar != Self.passwords.otherWord.scalar)
  }

  @Test("A meeting secret comes back from its bytes, and its room is HMAC in base 32")
  func meetingSecret() throws {
    let secret = try #require(MeetingSecret(bytes: [UInt8](0..<32)))
    #expect(MeetingSecret(bytes: secret.bytes) == secret)
    // Made with Python.
    #expect(secret.room.text == "m-mpcq33pkp45f0j4qdj1yshwkt8")
    #expect(MeetingSecret(bytes: [UInt8](0..<31)) == nil)
  }
}

extension PairingExchange {
  /// Begins, and gives the first message; none from a server.
  fileprivate mutating func start() -> [UInt8] { begin() ?? [] }

  /// Gives it a message, and returns its answer; none when it has none.
  fileprivate mutating func give(_ message: [UInt8]) -> [UInt8] { receive(message[...]) ?? [] }

  /// The first message of one like it.
  fileprivate var started: [UInt8] {
    var copy = self
    return copy.start()
  }
}
