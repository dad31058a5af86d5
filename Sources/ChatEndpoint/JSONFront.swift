import ChatProtocol
import Sockets

/// The front for programs: one JSON object a line on standard output for everything that happens, messages included, and
/// nothing else there. docs/EVENTS.md lists them.
@MainActor
final class JSONFront: PipedFront {
  let pipe: OutputPipe

  init() throws(Departure) { pipe = try OutputPipe() }

  func tell(_ happening: Happening) { pipe.append(happening.json.utf8) }

  func show(_ messages: MessageBatch, from peer: String) {
    for entry in messages.entries {
      let bytes = messages.text(entry)
      let text = String(decoding: bytes, as: UTF8.self)
      var object = JSONObject()
      object.add("event", "message")
      object.add("time", WallClock.timestamp())
      object.add("from", peer)
      object.add("text", text)
      if entry.moreFollows { object.add("more", true) }
      // Bytes that are not UTF-8 stand as U+FFFD; whoever must know can see it here.
      if !text.utf8.elementsEqual(bytes) { object.add("repaired", true) }
      pipe.append(object.line.utf8)
    }
  }
}
