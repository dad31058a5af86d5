import ChatProtocol

/// The words that one person says to another so that their programs meet: `482913-walrus-lemon-violin`.
///
/// The six digits are no secret: they name the room. The three words are the password, one of 1296^3, which is 31 bits.
public struct PairingCode: Hashable, Sendable {
  /// The six digits.
  public let digits: String
  /// The three words.
  public let words: [String]

  private static let digitsCount = 6
  private static let wordsCount = 3
  /// The longest text that is read at all: much more than a code, with all its spaces, has.
  private static let textBytesMax = 256

  /// A new code.
  /// - Parameter generator: the system's, but in tests.
  public init(using generator: inout some RandomNumberGenerator) {
    digits = String((0..<PairingCode.digitsCount).map { _ in "0123456789".randomElement(using: &generator)! })
    words = (0..<PairingCode.wordsCount).map { _ in WordList.word(.random(in: 0..<WordList.count, using: &generator)) }
  }

  /// Reads what a person typed: in any case, with spaces, hyphens or dashes of any kind between the parts.
  public init(_ text: some StringProtocol) throws(PairingCodeProblem) {
    guard text.utf8.count <= PairingCode.textBytesMax else { throw .notThreeWords(found: nil) }
    let parts = text.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }
    let numbers = parts.prefix { $0.utf8.allSatisfy(PairingCode.isDigit) }
    let digits = numbers.joined()
    guard digits.utf8.count == PairingCode.digitsCount else { throw .notSixDigits(found: digits.utf8.count) }
    let words = PairingCode.joinedWords(parts[numbers.count...])
    // A word that is none matters more than their number: it may be two that have no space between them.
    for word in words where !WordList.contains(word) {
      throw .unknownWord(word, nearest: WordList.nearest(to: word))
    }
    guard words.count == PairingCode.wordsCount else { throw .notThreeWords(found: words.count) }
    self.digits = digits
    self.words = words
  }

  /// The room at a relay where the two meet.
  public var room: RoomName { RoomName(PairingCode.roomPrefix + digits)! }
  private static let roomPrefix = "p-"

  /// Whether a room has such a name. One that two agreed on by themselves may have it, too.
  public static func mayName(_ room: RoomName) -> Bool {
    guard room.text.hasPrefix(roomPrefix) else { return false }
    let digits = room.text.utf8.dropFirst(roomPrefix.utf8.count)
    return digits.count == digitsCount && digits.allSatisfy(isDigit)
  }

  /// The words that begin like this, sorted; from three letters on there is one at most.
  public static func completions(of start: some StringProtocol) -> [String] { WordList.completions(of: start) }

  /// Puts the parts of a word together that has a hyphen itself. There is one: yo-yo.
  private static func joinedWords(_ parts: ArraySlice<String>) -> [String] {
    var words: [String] = []
    var isHalf = false
    for part in parts {
      if isHalf, let last = words.last, WordList.contains("\(last)-\(part)") {
        words[words.count - 1] = "\(last)-\(part)"
        isHalf = false
      } else {
        words.append(part == "yoyo" ? "yo-yo" : part)
        isHalf = true
      }
    }
    return words
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension PairingCode: CustomStringConvertible {
  /// The code as it is shown. It is a secret until it was used.
  public var description: String { ([digits] + words).joined(separator: "-") }
}

/// The reason why a text is no pairing code.
public enum PairingCodeProblem: Error, Equatable, Sendable {
  /// It does not begin with six digits.
  case notSixDigits(found: Int)
  /// Behind the digits there are not three words; nil when the text is far too long for them to be counted.
  case notThreeWords(found: Int?)
  /// A word is not in the list; those of the list that are most like it, if any are.
  case unknownWord(String, nearest: [String])
}

extension PairingCodeProblem: CustomStringConvertible {
  /// The problem, in words a person can act on.
  public var description: String {
    switch self {
    case .notSixDigits(let found): "a code begins with six digits, and this has \(found)"
    case .notThreeWords(let found?): "a code has three words, and this has \(found)"
    case .notThreeWords(nil): "a code has three words, and this has many more"
    case .unknownWord(_, let nearest) where nearest.isEmpty: "one of the words is not a word of any code"
    case .unknownWord(let word, let nearest):
      "“\(word)” is not a word of any code: is it \(nearest.map { "“\($0)”" }.joined(separator: " or "))?"
    }
  }
}
