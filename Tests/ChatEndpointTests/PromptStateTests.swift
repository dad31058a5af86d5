import Testing

@testable import ChatEndpoint

@Suite("The prompt")
struct PromptStateTests {
  @Test(
    "has this end's own name, never the peer's",
    arguments: [
      (PromptState.alone, "(nobody there)> "), (.connecting, "(connecting)> "), (.leaving, "(leaving)> "),
      (.connected(unsent: 0), "alice> "), (.connected(unsent: 3), "alice (3 unsent)> "),
    ])
  func text(state: PromptState, prompt: String) {
    #expect(state.prompt(name: "alice") == prompt)
  }
}
