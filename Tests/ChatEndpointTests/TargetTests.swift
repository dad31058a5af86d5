import Testing

@testable import ChatEndpoint

@Suite("Where to go, as it is typed")
struct TargetTests {
  @Test(
    "Every way to write a target",
    arguments: [
      ("example.org", Target.host("example.org", port: 8462)), ("example.org:1", .host("example.org", port: 1)),
      ("localhost:65535", .host("localhost", port: 65535)), ("127.0.0.1", .host("127.0.0.1", port: 8462)),
      ("127.0.0.1:80", .host("127.0.0.1", port: 80)), ("::1", .host("::1", port: 8462)),
      ("2001:db8::1", .host("2001:db8::1", port: 8462)), ("[::1]", .host("::1", port: 8462)),
      ("[::1]:80", .host("::1", port: 80)), ("[fe80::1%eth0]:80", .host("fe80::1%eth0", port: 80)),
      ("[localhost]:80", .host("localhost", port: 80)), ("host:0080", .host("host", port: 80)),
      ("unix:/run/chat", .unix(path: "/run/chat")), ("unix:a b:c", .unix(path: "a b:c")),
    ])
  func parses(text: String, target: Target) throws {
    #expect(try Target(parsing: text) == target)
  }

  @Test(
    "What is no target is refused with the reason",
    arguments: [
      ("", "no host name in ''"), (":80", "no host name in ':80'"), ("[]:80", "no host name in '[]:80'"),
      ("unix:", "no path after 'unix:'"), ("[::1", "no ']' after the IPv6 address in '[::1'"),
      ("[::1]80", "':' and a port expected after ']' in '[::1]80'"),
      ("host:", "'' is not a port: a number from 1 to 65535 is needed"),
      ("host:0", "'0' is not a port: a number from 1 to 65535 is needed"),
      ("host:65536", "'65536' is not a port: a number from 1 to 65535 is needed"),
      ("host:+80", "'+80' is not a port: a number from 1 to 65535 is needed"),
      ("host:http", "'http' is not a port: a number from 1 to 65535 is needed"),
      ("[::1]:", "'' is not a port: a number from 1 to 65535 is needed"),
      ("a host", "a host name has no spaces or control characters"),
      ("host\u{7F}", "a host name has no spaces or control characters"),
      ("host\n:80", "a host name has no spaces or control characters"),
    ])
  func refuses(text: String, reason: String) {
    #expect(throws: Target.Malformed(description: reason)) { try Target(parsing: text) }
  }

  @Test(
    "A target is written so that it can be read again",
    arguments: [
      Target.host("example.org", port: 1), .host("::1", port: 8462), .unix(path: "/tmp/a:b"),
    ])
  func roundTrip(target: Target) throws {
    #expect(try Target(parsing: target.description) == target)
  }
}
