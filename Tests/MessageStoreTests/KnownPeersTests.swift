import TestSupport
import Testing

@testable import MessageStore

@Suite("Known peers", .serialized, .leavesNoDescriptor)
struct KnownPeersTests {
  private let file: StoreFile

  init() throws { file = try StoreFile() }

  private func names() throws -> [String] { try file.open().knownPeers().map(\.name.description) }

  @Test("At first nobody is known")
  func nobody() throws {
    #expect(try names() == [])
    #expect(try file.open().knownPeer(named: "bob") == nil)
  }

  @Test("A peer that was added is found, by another program too, with all that was known")
  func addAndFind() throws {
    let bob = peer("Bob", 1)
    let eve = KnownPeer(
      name: PeerName("eve")!, fingerprint: bob.fingerprint.map { $0 + 1 }, metAt: 1, met: .atRelay, lastMetAt: .max,
      meetingSecret: bob.meetingSecret, address: "[::1]:8462", relay: nil)
    do {
      let store = try file.open()
      try store.add(eve, ifNameIsTaken: .refused)
      try store.add(bob, ifNameIsTaken: .refused)
    }
    let store = try file.open()
    #expect(try store.knownPeers() == [bob, eve])
    #expect(try store.knownPeer(named: "bOB") == bob)
    #expect(try store.knownPeer(named: "bobby") == nil)
    #expect(try store.knownPeer(named: "bob\0") == nil)
    #expect(try store.knownPeer(fingerprint: eve.fingerprint) == eve)
    #expect(try store.knownPeer(fingerprint: []) == nil)
  }

  @Test("Nobody takes a name or a key that another has")
  func taken() throws {
    let store = try file.open()
    try store.add(peer("Bob", 1), ifNameIsTaken: .refused)
    #expect(failure { try store.add(peer("bob", 2), ifNameIsTaken: .refused) } == .nameTaken(PeerName("Bob")!))
    #expect(failure { try store.add(peer("eve", 1), ifNameIsTaken: .refused) } == .keyTaken(by: PeerName("Bob")!))
    #expect(failure { try store.add(peer("eve", 1), ifNameIsTaken: .numbered) } == .keyTaken(by: PeerName("Bob")!))
    #expect(try store.knownPeers() == [peer("Bob", 1)])
  }

  @Test("A newcomer whose name is taken gets the first free number")
  func numbered() throws {
    let store = try file.open()
    let names = try (1...4).map {
      try store.add(peer($0 == 2 ? "bob-3" : "BOB", $0), ifNameIsTaken: .numbered).name.description
    }
    #expect(names == ["BOB", "bob-3", "BOB-2", "BOB-4"])
    #expect(try store.knownPeer(named: "bob-4") == peer("BOB-4", 4))
  }

  @Test("A name of full length gets a number, too")
  func numberedLongName() throws {
    let store = try file.open()
    let long = String(repeating: "x", count: 32)
    for byte in 1...12 as ClosedRange<UInt8> { try store.add(peer(long, byte), ifNameIsTaken: .numbered) }
    #expect(try names().sorted().first == String(repeating: "x", count: 29) + "-10")
    #expect(try Set(names()).count == 12)
  }

  @Test("A peer gets another name, also one that differs in letter case only")
  func rename() throws {
    let store = try file.open()
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    try store.add(peer("eve", 2), ifNameIsTaken: .refused)
    try store.rename("BOB", to: PeerName("Bob")!)
    #expect(try names() == ["Bob", "eve"])
    try store.rename("bob", to: PeerName("robert")!)
    #expect(try names() == ["eve", "robert"])
    #expect(failure { try store.rename("robert", to: PeerName("Eve")!) } == .nameTaken(PeerName("eve")!))
    #expect(failure { try store.rename("bob", to: PeerName("x")!) } == .unknownName)
    #expect(try store.knownPeer(named: "robert") == peer("robert", 1))
  }

  @Test("A peer that is forgotten leaves nothing, and its name and its key can be used again")
  func forget() throws {
    do {
      let store = try file.open()
      try store.add(peer("bob", 0xB0), ifNameIsTaken: .refused)
      #expect(try store.forget("Bob").peer == peer("bob", 0xB0))
      #expect(failure { try store.forget("bob") } == .unknownName)
    }
    // The last to close has moved everything into the file. The secret is 32 bytes of one kind.
    #expect(file.directory.names == ["store.sqlite"])
    #expect(!file.bytes.split(separator: ~0xB0, omittingEmptySubsequences: false).contains { $0.isEmpty })
    try file.open().add(peer("bob", 0xB0), ifNameIsTaken: .refused)
  }

  @Test("A meeting is noted, and the way that was not used is kept")
  func noteMet() throws {
    let store = try file.open()
    let bob = peer("bob", 1)
    try store.add(bob, ifNameIsTaken: .refused)
    #expect(try store.noteMet(bob.fingerprint, at: 5, address: "host:1", relay: nil))
    var known = try #require(try store.knownPeer(named: "bob"))
    #expect(known.lastMetAt == 5 && known.address == "host:1" && known.relay == "relay:8463")
    #expect(try store.noteMet(bob.fingerprint, at: 6, address: nil, relay: "other:2"))
    known = try #require(try store.knownPeer(named: "bob"))
    #expect(known.lastMetAt == 6 && known.address == "host:1" && known.relay == "other:2")
    #expect(known.metAt == bob.metAt && known.met == .directly && known.meetingSecret == bob.meetingSecret)
    #expect(try !store.noteMet(Array(repeating: 9, count: 32), at: 7, address: nil, relay: nil))
  }

  @Test("Two who pair again share another secret")
  func secret() throws {
    let store = try file.open()
    let bob = peer("bob", 1)
    try store.add(bob, ifNameIsTaken: .refused)
    let secret = Array(0..<32) as [UInt8]
    #expect(try store.replaceMeetingSecret(of: bob.fingerprint, with: secret))
    #expect(try store.knownPeer(named: "bob")?.meetingSecret == secret)
    #expect(try !store.replaceMeetingSecret(of: Array(repeating: 9, count: 32), with: secret))
  }

  @Test("Of two programs that add at once, neither loses a peer or takes a name of the other")
  func atOnce() async throws {
    let each = 15 as UInt8
    let path = file.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for first in [0, each] {
        group.addTask {
          for byte in first..<first + each {
            // A connection for each peer: opening must be safe as well.
            let store = try MessageStore(path: path)
            try store.add(peer("bob", byte), ifNameIsTaken: .numbered)
          }
        }
      }
      try await group.waitForAll()
    }
    let expected = ["bob"] + (2...2 * Int(each)).map { "bob-\($0)" }
    #expect(try names().sorted() == expected.sorted())
  }
}
