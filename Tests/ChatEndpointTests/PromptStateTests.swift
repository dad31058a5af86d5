import Testing

@testable import ChatEndpoint

@Suite("The prompt")
struct PromptStateTests {
  @Test(
    "has this end's own name, never the peer's",
    arguments: [
      (PromptState.alone, "(nobody there)> "), (.connecting, "(connecting)> "), (.leaving, "(leaving)> "),
      (.connected(unsent: 0), "alice> "), (.connected(unsent: 3), "alice (3 unsent)> "),
      (.connected(unsent: 0, silent: 21), "alice (silent 21 s)> "),
      (.connected(unsent: 3, silent: 46), "alice (3 unsent, silent 46 s)> "),
      (.interrupted(unsent: 0), "(reconnecting)> "), (.interrupted(unsent: 3), "(reconnecting, 3 unsent)> "),
    ])
  func text(state: PromptState, prompt: String) {
    #expect(state.prompt(name: "alice") == prompt)
  }
}
