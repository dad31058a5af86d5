import Testing

@testable import ChatEndpoint

@Suite("An action in the third person")
struct ActionTests {
  @Test(
    "It begins with a star and the writer's own name",
    arguments: [
      ("* bob waves", "waves"), ("* bob  waves", " waves"), ("* bob ", nil), ("* bob", nil), ("* bobby waves", nil),
      ("bob waves", nil), ("* alice waves", nil), ("* bob waves\nand more", nil), ("", nil),
    ] as [(String, String?)])
  func ofItsWriter(text: String, action: String?) {
    let found = Action.text(of: Array(text.utf8)[...], by: "bob")
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == action)
  }
}
