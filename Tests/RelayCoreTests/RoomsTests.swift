import Basics
import TestSupport
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Rooms")
struct RoomsTests {
  private func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }
  private let room = RoomName("room")!

  private func say(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

  /// Rooms in which guest 1 waits in `room` since time 0.
  private func waiting(_ times: Rooms.Times = Rooms.Times()) -> Rooms {
    var rooms = Rooms(times: times)
    _ = rooms.arrive(1, now: at(0))
    #expect(rooms.join(1, room, now: at(0)) { nil } == [.tell(1, .wait)])
    return rooms
  }

  @Test("The first waits, the second is joined with it, the third is refused")
  func pairs() {
    var rooms = waiting()
    _ = rooms.arrive(2, now: at(1))
    #expect(rooms.received(say("TINCAN/1 JOIN room\n"), from: 2, now: at(1)).room == room)
    #expect(
      rooms.join(2, room, now: at(1)) { nil } == [
        .tell(1, .paired(place: 1)), .tell(2, .paired(place: 2)), .pair(first: 1, second: 2),
      ])
    #expect(rooms.standing(of: 1) == .paired(with: 2))
    #expect(rooms.deadline == nil)
    _ = rooms.arrive(3, now: at(2))
    #expect(rooms.join(3, room, now: at(2)) { nil } == [.turnAway(3, .full, from: .preamble)])
  }

  @Test("When one of two leaves, the other is surviving, is looked at again and again, and the room is free")
  func roomIsFreeAgain() {
    var rooms = waiting()
    _ = rooms.join(2, room, now: at(1)) { nil }
    rooms.leave(1, now: at(5))
    #expect(rooms.standing(of: 2) == .surviving)
    #expect(rooms.count == 0)
    #expect(rooms.join(1, room, now: at(5)) { nil } == [.tell(1, .wait)])
    #expect(rooms.deadline == at(5) + RelayLimits.survivorLook)
    #expect(rooms.expire(now: at(6)) == [.look(2)])
    rooms.lookAgain(2, now: at(6))
    #expect(rooms.expire(now: at(7)) == [.look(2)])
    rooms.leave(2, now: at(7))
    #expect(rooms.standing(of: 1) == .waiting)
    #expect(rooms.deadline == at(35))
  }

  @Test("Strangers told to go take no survivor's place, however many they are")
  func survivorsAreLeftInPeace() {
    var rooms = Rooms(partingsMax: 2)
    _ = rooms.join(1, room, now: at(0)) { nil }
    _ = rooms.join(2, room, now: at(0)) { nil }
    rooms.leave(1, now: at(0))
    for stranger in 3..<30 {
      #expect(!rooms.turnAway(stranger, .tooManyGuests, now: at(0)).contains(.close(2)))
    }
    #expect(rooms.standing(of: 2) == .surviving)
  }

  @Test("Who waits is told so at every beat, and told to go when its time is over")
  func beats() {
    var rooms = waiting(Rooms.Times(room: .seconds(70)))
    #expect(rooms.deadline == at(30))
    #expect(rooms.expire(now: at(29)) == [])
    #expect(rooms.expire(now: at(30)) == [.tell(1, .wait)])
    #expect(rooms.expire(now: at(60)) == [.tell(1, .wait)])
    #expect(rooms.deadline == at(70))
    #expect(rooms.expire(now: at(70)) == [.turnAway(1, .nobodyCame, from: .waiting)])
    #expect(rooms.count == 0)
    #expect(rooms.expire(now: at(72)) == [.close(1)])
  }

  @Test("Without a bound on waiting, the beats go on")
  func noRoomTime() {
    var rooms = waiting(Rooms.Times(room: nil))
    for beat in 1...5000 { #expect(rooms.expire(now: at(30 * beat)) == [.tell(1, .wait)]) }
  }

  @Test("Who does not say in time which room it wants is told to go")
  func silent() {
    var rooms = Rooms(times: Rooms.Times(preamble: .seconds(10)))
    _ = rooms.arrive(1, now: at(0))
    #expect(rooms.received(say("TINCAN/1 JO"), from: 1, now: at(9)).actions == [])
    #expect(rooms.expire(now: at(10)) == [.turnAway(1, .silent, from: .preamble)])
  }

  @Test("Who speaks while it waits is told to go, and its room is free")
  func speaksTooEarly() {
    var rooms = waiting()
    #expect(rooms.received(say("x"), from: 1, now: at(1)).actions == [.turnAway(1, .spokeTooEarly, from: .waiting)])
    #expect(rooms.count == 0)
  }

  @Test("Plain guests are joined in the order they arrive, and told nothing")
  func plain() {
    var rooms = Rooms()
    #expect(rooms.join(1, nil, now: at(0)) { nil } == [])
    #expect(rooms.join(2, nil, now: at(0)) { nil } == [.pair(first: 1, second: 2)])
    #expect(rooms.join(3, nil, now: at(0)) { nil } == [])
    #expect(rooms.expire(now: at(30)) == [])
    rooms.leave(3, now: at(31))
    #expect(rooms.join(4, nil, now: at(31)) { nil } == [])
    #expect(rooms.join(5, nil, now: at(31)) { nil } == [.pair(first: 4, second: 5)])
  }

  @Test("Only the first of a room asks whether it may wait")
  func mayWait() {
    var rooms = Rooms()
    #expect(rooms.join(1, room, now: at(0)) { .tooManyWaiting } == [.turnAway(1, .tooManyWaiting, from: .preamble)])
    _ = rooms.join(2, room, now: at(0)) { nil }
    #expect(rooms.join(3, room, now: at(0)) { .tooManyWaiting }.last == .pair(first: 2, second: 3))
  }

  @Test("Draining tells the unpaired to go and whoever comes, and leaves pairs alone")
  func drains() {
    var rooms = waiting()
    _ = rooms.join(2, room, now: at(0)) { nil }
    _ = rooms.join(3, RoomName("other"), now: at(0)) { nil }
    _ = rooms.arrive(4, now: at(0))
    #expect(
      rooms.drain(now: at(1)) == [.turnAway(3, .draining, from: .waiting), .turnAway(4, .draining, from: .preamble)])
    #expect(rooms.arrive(5, now: at(1)) == [.turnAway(5, .draining, from: .preamble)])
    #expect(rooms.join(6, room, now: at(1)) { nil } == [.turnAway(6, .draining, from: .preamble)])
    #expect(rooms.standing(of: 1) == .paired(with: 2))
  }

  @Test("Of too many who are parting, the one who took longest is closed")
  func partingsAreBounded() {
    var rooms = Rooms(partingsMax: 2)
    #expect(rooms.turnAway(1, .tooManyGuests, now: at(0)) == [.turnAway(1, .tooManyGuests, from: .absent)])
    _ = rooms.turnAway(2, .tooManyGuests, now: at(1))
    #expect(rooms.turnAway(3, .tooManyGuests, now: at(1)) == [.turnAway(3, .tooManyGuests, from: .absent), .close(1)])
    rooms.leave(1, now: at(1))
    #expect(rooms.standing(of: 1) == .absent)
  }
}

@Suite("A heap of deadlines")
struct DeadlineHeapTests {
  @Test("It always gives the nearest, whatever was set, changed and dropped")
  func order() {
    var numbers = Dice(seed: 8462)
    var heap = DeadlineHeap()
    var model: [Int: Instant] = [:]
    for _ in 0..<20_000 {
      let owner = Int.random(in: 0..<200, using: &numbers)
      let due: Instant? =
        Bool.random(using: &numbers)
        ? Instant(sinceOrigin: .milliseconds(Int.random(in: 0..<1000, using: &numbers))) : nil
      heap.set(due, for: owner)
      model[owner] = due
      #expect(heap.count == model.count)
      #expect(heap.first?.due == model.values.min())
      if let first = heap.first { #expect(model[first.owner] == first.due) }
    }
  }
}
