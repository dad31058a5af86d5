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

  /// The frames of a session that has sent six messages before.
  private func messages() -> [UInt8] {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now)
    for number in 1...6 { end.send("\(number)") }
    end.session.advance(&end.conversation, now: now)
    end.session.sent(end.session.bytesToSend(of: end.conversation).count, &end.conversation, now: now)
    end.send("hello")
    end.send("two\nlines")
    end.session.advance(&end.conversation, now: now)
    return Array(end.session.bytesToSend(of: end.conversation))
  }

  @Test("Every frame has the bytes that the specification gives it")
  func golden() {
    let made: [[UInt8]] = [
      Frame.encode(.ping, []), Frame.encode(.probe, []), Frame.encode(.pong, []),
      introduction(true, false, false), introduction(false, true, false), introduction(false, false, true),
      Frame.encode(.pairing, [1, 2, 3]),
      Greeting(isPerson: true, name: "Zo\u{EB}").frame, Greeting(isPerson: false, name: nil).frame,
      messages(), Frame.encode(.acknowledgement, UInt64(8).bigEndianBytes),
      Goodbye(.inputEnded).frame, Goodbye(.leaving).frame, Goodbye(.busy, text: "later").frame,
    ]
    #expect(GoldenFramesTests.frames.count == made.count)
    for (frame, bytes) in zip(GoldenFramesTests.frames, made) {
      let hex = bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
      #expect(hex == frame.hex, "\(frame.name)")
    }
  }
}
