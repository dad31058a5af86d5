import Basics
import TestSupport
import Testing

@testable import ChatProtocol

/// The frames that Golden/frames.py makes from docs/PROTOCOL.md, byte for byte.
@Suite("Golden frames")
struct GoldenFramesTests {
  private static let frames: [(hex: String, name: String)] = {
    let folder = #filePath.dropLast("GoldenFramesTests.swift".count)
    return TextFile.read(folder + "Golden/frames.txt")?.split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      return (String(parts[0]), String(parts[1]))
    } ?? []
  }()

  private func introduction(_ knows: Bool, _ code: Bool, _ open: Bool) -> [UInt8] {
    Introduction(knowsPeer: knows, hasCode: code, isOpen: open).frame
  }

  private static let now = Instant(sinceOrigin: .zero)

  /// Everything that an end sends next.
  private func output(of end: inout FramedEnd) -> [UInt8] {
    end.session.advance(&end.conversation, now: GoldenFramesTests.now)
    let bytes = Array(end.session.bytesToSend(of: end.conversation))
    end.session.sent(bytes.count, &end.conversation, now: GoldenFramesTests.now)
    return bytes
  }

  /// The frames of a session that has sent six messages before and received eight.
  private func messages() -> [[UInt8]] {
    var end = FramedEnd(.person, peer: .person, now: GoldenFramesTests.now, isResumed: true)
    for number in 1...6 { end.send("\(number)") }
    _ = output(of: &end)
    end.send("hello")
    end.send("two\nlines")
    let messages = output(of: &end)
    for number in UInt64(1)...8 {
      end.receive(FramedEnd.messages(number, Array("x\n".utf8)), now: GoldenFramesTests.now)
    }
    end.commit()
    return [messages, output(of: &end)]
  }

  /// The frames of an end that resumes: its question, its answer, where it starts, and what follows.
  private func resuming() -> [[UInt8]] {
    let (old, older) = (Incarnation(0x12), Incarnation(0x11))
    var record = ConversationRecord()
    record.written = [MessageRun(old, first: 4, count: 2)]
    record.acknowledged = [old: 3, older: 9]
    record.newestAcknowledged = MessageName(older, 9)
    var end = FramedEnd(.person, peer: .person, now: GoldenFramesTests.now)
    end.conversation = Conversation(
      party: .person, storage: .store(keepsHistory: false), incarnation: FramedEnd.own, record: record)
    end.conversation.linkUp(acknowledges: true)
    var frames = [output(of: &end)]
    end.receive(Frame.encode(.ask, FramedEnd.other.value.bigEndianBytes), now: GoldenFramesTests.now)
    frames.append(output(of: &end))
    let answer = [FramedEnd.own, old, older].flatMap { $0.value.bigEndianBytes + UInt64(0).bigEndianBytes }
    end.receive(Frame.encode(.answer, answer), now: GoldenFramesTests.now)
    frames.append(output(of: &end))
    end.conversation.supply([
      MessageBatch(
        first: MessageName(old, 4), count: 1, writtenAt: 1_700_000_000, lines: Array("late\n".utf8)[...])
    ])
    frames.append(output(of: &end))
    end.conversation.supply([
      MessageBatch(
        first: MessageName(old, 5), count: 1, writtenAt: 1_700_000_001, isWithdrawn: true, lines: [0x0A][...])
    ])
    frames.append(output(of: &end))
    return frames
  }

  @Test("Every frame has the bytes that the specification gives it")
  func golden() {
    let made: [[UInt8]] =
      [
        Frame.encode(.ping, []), Frame.encode(.probe, []), Frame.encode(.pong, []),
        introduction(true, false, false), introduction(false, true, false), introduction(false, false, true),
        Introduction(knowsPeer: false, hasCode: true, isOpen: false, isEphemeral: true).frame,
        Frame.encode(.pairing, [1, 2, 3]),
        Greeting(
          isPerson: true, name: "Zo\u{EB}", incarnation: Incarnation(0x0102_0304_0506_0708), generation: 3,
          keepsStore: true
        ).frame,
        Greeting(isPerson: false, name: nil, incarnation: Incarnation(9)).frame,
      ] + messages() + [
        Goodbye(.inputEnded).frame, Goodbye(.leaving).frame, Goodbye(.busy, text: "later").frame,
        Goodbye(.leaving, unacknowledged: 5).frame,
      ] + resuming()
    #expect(GoldenFramesTests.frames.count == made.count)
    for (frame, bytes) in zip(GoldenFramesTests.frames, made) {
      let hex = bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
      #expect(hex == frame.hex, "\(frame.name)")
    }
  }
}
