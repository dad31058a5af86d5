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
    let digits = Array("0123456789abcdef")
    name = "conversation-" + String(fingerprint.prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  var lock: String { "\(directory)\(name).lock" }

  /// The name of the socket file in the directory.
  var socketName: String { "\(name).socket" }
}
