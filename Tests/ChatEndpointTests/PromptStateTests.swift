import Testing

@testable import ChatEndpoint

@Suite("The prompt")
struct PromptStateTests {
  @Test(
    "has this end's own name, never the peer's, and says when the link is not private",
    arguments: [
      (PromptState.alone(), "(nobody there)> "), (.connecting(), "(connecting)> "), (.leaving, "(leaving)> "),
      (.connected(unsent: 0, .known(name: "bob")), "alice> "),
      (.connected(unsent: 3, .paired(name: nil, .dialling(options: ""))), "alice (3 unsent)> "),
      (.connected(unsent: 0, .plain), "(plain) alice> "), (.connected(unsent: 3, .open), "(open) alice (3 unsent)> "),
      (.connected(unsent: 0, .known(name: "bob"), silent: 21), "alice (silent 21 s)> "),
      (.connected(unsent: 3, .open, silent: 46), "(open) alice (3 unsent, silent 46 s)> "),
      (.interrupted(unsent: 0), "(reconnecting)> "), (.interrupted(unsent: 3), "(reconnecting, 3 unsent)> "),
      (.alone(unsent: 2), "(nobody there, 2 unsent)> "), (.connecting(unsent: 1), "(connecting, 1 unsent)> "),
      (.parked(unsent: 0), "(taken over)> "), (.parked(unsent: 2), "(taken over, 2 unsent)> "),
    ])
  func text(state: PromptState, prompt: String) {
    #expect(state.prompt(name: "alice") == prompt)
  }
}
