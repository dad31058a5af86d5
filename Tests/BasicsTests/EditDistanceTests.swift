import Basics
import Testing

@Suite("The distance of words")
struct EditDistanceTests {
  @Test(
    "Each single mistake counts one, in both directions",
    arguments: [
      ("", "", 0), ("bob", "bob", 0), ("bob", "bo", 1), ("bob", "bobb", 1), ("bob", "bib", 1), ("bob", "obb", 1),
      ("bob", "", 3), ("walnut", "wlanut", 1), ("walnut", "wanlut", 1), ("walnut", "walrus", 2), ("ab", "ba", 1),
      ("abcd", "badc", 2), ("copper", "violin", 6),
    ])
  func distances(one: String, other: String, distance: Int) {
    #expect(editDistance(one.utf8, other.utf8) == distance)
    #expect(editDistance(other.utf8, one.utf8) == distance)
  }
}
