import Basics
import Foundation
import TestSupport
import Testing

@testable import ChatEndpoint

@Suite("Events as JSON")
struct JSONObjectTests {
  private func parse(_ line: String) throws -> [String: Any] {
    #expect(line.hasSuffix("}\n"))
    #expect(line.utf8.filter { $0 == 0x0A }.count == 1, "an object is one line")
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test("An object has its members in order, on one line")
  func members() {
    var object = JSONObject()
    #expect(object.line == "{}\n")
    object.add("event", "message")
    object.add("count", -3)
    object.add("more", true)
    object.add("less", false)
    object.add("list", ["a", "b\""])
    object.add("none", [String]())
    #expect(
      object.line
        == #"{"event":"message","count":-3,"more":true,"less":false,"list":["a","b\""],"none":[]}"# + "\n")
  }

  @Test(
    "Characters that must be escaped are, and so are those that a terminal might obey",
    arguments: [
      ("plain", #""plain""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{1B}", #""\u0000\u001b""#),
      ("\u{7F}\u{80}\u{9B}", #""\u007f\u0080\u009b""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
      ("\u{AD}\u{34F}\u{200D}\u{E0041}", #""\u00ad\u034f\u200d\udb40\udc41""#),
      ("caf\u{E9} \u{1F40C}", "\"caf\u{E9} \u{1F40C}\""),
    ])
  func quoting(text: String, expected: String) {
    #expect(JSONObject.quoted(text) == expected)
  }

  @Test("Every text comes back from a parser as it was", arguments: UInt64(1)...40)
  func roundTrip(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    var text = ""
    for _ in 0..<300 {
      let limit: UInt32 = [0x20, 0x100, 0x3000, 0x10FFFF].randomElement(using: &dice)!
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &dice)) { text.unicodeScalars.append(scalar) }
    }
    var object = JSONObject()
    object.add("text", text)
    object.add(text, 1)
    let parsed = try parse(object.line)
    let found = try #require(parsed["text"] as? String)
    #expect(Array(found.unicodeScalars) == Array(text.unicodeScalars))
    #expect(parsed.count == 2)
  }

  @Test("Every event for programs has its name and its time")
  func events() throws {
    let hostile = "eve\"\n\u{1B}[2J"
    let all: [(EndpointEvent, String)] = [
      (.listening(addresses: ["[::]:8462"], port: 8462), "listening"), (.connecting(to: hostile), "connecting"),
      (.linkUp(peer: hostile, address: "127.0.0.1:1", .open), "connected"),
      (.refused(address: hostile, others: 0), "refused"),
      (.peerEnded(peer: hostile), "peer-ended"), (.failed(reason: hostile, status: 69), "failed"),
      (.ended(.init(peer: hostile, reason: hostile, status: 75, sent: 2, received: 2, unsent: 3)), "ended"),
      (.progress(lines: 1, of: 2), "progress"), (.note(hostile), "note"),
    ]
    for (event, name) in all {
      let parsed = try parse(event.json(at: .noon))
      #expect(parsed["event"] as? String == name)
      #expect((parsed["time"] as? String)?.hasSuffix("Z") == true)
      #expect(!event.sentence.unicodeScalars.contains { $0.value < 0x20 }, "\(name) is not fit for a terminal")
    }
    let ended = try parse(all[6].0.json(at: .noon))
    #expect(ended["sent"] as? Int == 2)
    #expect(ended["unsent"] as? Int == 3)
    #expect(ended["received"] as? Int == 2)
    #expect(ended["status"] as? Int == 75)
    #expect(EndpointEvent.secured(.plain).json(at: .noon) == "")
  }
}
