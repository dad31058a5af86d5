import Basics
import ChatProtocol
import MessageStore

@testable import ChatEndpoint

extension FuzzTarget {
  /// Lines of `--json-input`: what is taken is a message within its bounds, and comes out as it went in.
  static let jsonMessage = FuzzTarget(
    name: "json-message",
    words: [
      "{\"text\":\"", "\",\"id\":\"", "\"}\n", "\\u0000", "\\uD83D", "\\uDC4B", "\\n", "\\\\", "\\\"", "\n", " ",
      "\u{0}",
      "\u{1F40C}", "\"text\"", ":", ",", "{", "}", "5",
    ]
  ) { input in
    let whole = result([input[...]])
    for message in whole.messages {
      try require(
        (1...Limits.messageBytesMax).contains(message.text.count) && !message.text.contains(0)
          && String(validating: message.text, as: UTF8.self) != nil, "a text that cannot be sent passes")
      var object = JSONObject()
      object.add("text", String(decoding: message.text, as: UTF8.self))
      if let id = message.id { object.add("id", id.text) }
      let again = result([Array(object.line.utf8)[...]])
      try requireEqual(again.messages, [message], "written and read again")
    }
    for pieces in Splits.of(input) {
      try requireEqual(result(pieces), whole, "in pieces of \(pieces.map(\.count))")
    }
  }

  private struct Result: Equatable {
    var messages: [SubmittedMessage] = []
    var unusable: JSONMessageDecoder.Unusable?
  }

  private static func result(_ pieces: [ArraySlice<UInt8>]) -> Result {
    var decoder = JSONMessageDecoder()
    var result = Result()
    do throws(JSONMessageDecoder.Unusable) {
      for piece in pieces { try decoder.receive(piece, &result.messages) }
      try decoder.finish(&result.messages)
    } catch {
      result.unusable = error
    }
    return result
  }
}
