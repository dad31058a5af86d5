import Testing

@testable import Terminal

private let historyMisused = TypedLine.misused(usage: "/history N, with a number from 1 to 1000")

@Suite("What a typed line means")
struct TypedLineTests {
  @Test(
    "Every kind of line",
    arguments: [
      ("", .text("")), ("hello", .text("hello")), (" hello ", .text(" hello ")), ("a /quit", .text("a /quit")),
      ("//quit", .text("/quit")), ("//", .text("/")), ("///", .text("//")), (" //x", .text(" //x")),
      ("/quit", .command(.quit)), ("/quit ", .command(.quit)), ("/help", .command(.help)), ("/clear", .command(.clear)),
      ("/status", .command(.status)), ("/me waves", .command(.me("waves"))),
      ("/me   waves  twice", .command(.me("waves  twice"))),
      ("/log  my notes.txt  ", .command(.log("my notes.txt"))), ("/log off", .command(.log("off"))),
      ("/log", .misused(usage: "/log FILE, or /log off")), ("/log  ", .misused(usage: "/log FILE, or /log off")),
      ("/me", .misused(usage: "/me TEXT")), ("/me ", .misused(usage: "/me TEXT")),
      ("/me    ", .misused(usage: "/me TEXT")),
      ("/quit now", .misused(usage: "/quit")), ("/help me", .misused(usage: "/help")),
      ("/history", .command(.history(count: 20))), ("/history 1", .command(.history(count: 1))),
      ("/history 1000", .command(.history(count: 1000))), ("/history 1001", historyMisused),
      ("/history 0", historyMisused), ("/history +5", historyMisused), ("/history -5", historyMisused),
      ("/history 5 ", historyMisused), ("/history five", historyMisused), ("/history \u{665}", historyMisused),
      ("/", .unknownCommand("/")), ("/Quit", .unknownCommand("/Quit")), ("/quitt", .unknownCommand("/quitt")),
      ("/etc/passwd is a file", .unknownCommand("/etc/passwd")), ("/ quit", .unknownCommand("/")),
      (" /quit", .guarded(text: " /quit", .quit)), ("\t/me x", .guarded(text: "\t/me x", .me("x"))),
      ("  /status", .guarded(text: "  /status", .status)), (" /nothing", .text(" /nothing")), (" /me", .text(" /me")),
      (" /quit now", .text(" /quit now")), ("\u{A0}/quit", .text("\u{A0}/quit")),
    ] as [(String, TypedLine)])
  func meanings(line: String, meaning: TypedLine) {
    #expect(TypedLine(line) == meaning)
  }

  @Test("Every command that completes is one, and is in the help")
  func names() {
    for name in TypedLine.commandNames {
      if case .unknownCommand = TypedLine(name) { Issue.record("\(name) completes and is unknown") }
    }
    #expect(
      TypedLine.commandNames == [
        "/clear", "/edit", "/help", "/history", "/log", "/me", "/quit", "/reconnect", "/resend", "/search", "/skip",
        "/status", "/unsend", "/verify",
      ])
  }
}
