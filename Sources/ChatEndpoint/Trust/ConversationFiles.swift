import Basics
import MessageStore
import Sockets

/// The files beside the store that belong to one conversation: its lock, and the socket of the program that has it.
struct ConversationFiles {
  /// The directory of the store.
  let directory: String
  /// A part of the fingerprint: 64 bits are enough to tell peers apart.
  private let name: String

  /// - Parameters:
  ///   - storePath: the path of the store.
  ///   - fingerprint: the peer's.
  init(storePath: String, fingerprint: [UInt8]) {
    directory = storePath.lastIndex(of: "/").map { String(storePath[...$0]) } ?? ""
    name = "conversation-\(Hexadecimal.text(fingerprint.prefix(8)))"
  }

  var lock: String { "\(directory)\(name).lock" }

  /// The name of the socket file in the directory.
  var socketName: String { "\(name).socket" }
}
