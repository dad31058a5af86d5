import Sockets
import Testing

@testable import ChatEndpoint

@Suite("Routes, as they are typed")
struct RouteTests {
  @Test(
    "Every way to write a route",
    arguments: [
      ("example.org", Route.direct(HostPort("example.org", 8462))),
      ("example.org:1", .direct(HostPort("example.org", 1))),
      ("localhost:65535", .direct(HostPort("localhost", 65535))), ("127.0.0.1", .direct(HostPort("127.0.0.1", 8462))),
      ("127.0.0.1:80", .direct(HostPort("127.0.0.1", 80))), ("::1", .direct(HostPort("::1", 8462))),
      ("2001:db8::1", .direct(HostPort("2001:db8::1", 8462))), ("[::1]", .direct(HostPort("::1", 8462))),
      ("[::1]:80", .direct(HostPort("::1", 80))), ("[fe80::1%eth0]:80", .direct(HostPort("fe80::1%eth0", 80))),
      ("[localhost]:80", .direct(HostPort("localhost", 80))), ("host:0080", .direct(HostPort("host", 80))),
      ("unix:/run/chat", .socketFile(path: "/run/chat")), ("unix:a b:c", .socketFile(path: "a b:c")),
    ])
  func parses(text: String, route: Route) throws {
    #expect(try Route(parsing: text) == route)
  }

  @Test(
    "A text that is no route is refused with the reason",
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
    #expect(throws: HostPort.Malformed(reason)) { try Route(parsing: text) }
  }

  @Test(
    "A route is written so that it can be read again",
    arguments: [
      Route.direct(HostPort("example.org", 1)), .direct(HostPort("::1", 8462)), .socketFile(path: "/tmp/a:b"),
    ])
  func roundTrip(route: Route) throws {
    #expect(try Route(parsing: route.description) == route)
  }
}
