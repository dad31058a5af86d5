/// Every bound of a channel, with its reason.
enum TLSLimits {
  /// The largest certificate. One with an Ed25519 key and nothing else has under 300 bytes, so there is room for what
  /// other programs put into theirs.
  static let certificateBytesMax = 4 << 10
  /// The largest message with certificates that OpenSSL reads at all: so that two of the largest are still counted,
  /// rather than called too big.
  static let certificateMessageBytesMax = 2 * certificateBytesMax + 64
  /// The largest text of a record (RFC 8446 section 5.1).
  static let recordBytesMax = 16 << 10
  /// A channel takes no more text from this many waiting encrypted bytes on: as much as the outbox holds is enough to
  /// keep a link busy.
  static let outputBytesHigh = 256 << 10
  /// A channel is to be given no more bytes while this many encrypted ones wait: a peer that asks for new keys without
  /// end, and reads none, must not fill the memory with the answers. It is more than text alone can fill.
  static let outputBytesMax = 2 * outputBytesHigh
  /// A channel is to be given no more bytes while this much decrypted text waits.
  static let plaintextBytesHigh = 256 << 10
  /// The records of a person are padded to a multiple of this. Nearly everything a person types fits into one such
  /// piece, and so does everything that a link says by itself, so all of that looks the same.
  static let paddingBytes = 512
  /// A key is renewed after so many records. RFC 8446 section 5.5 allows 2^24.5 full records with AES-GCM.
  static let recordsOfAKeyMax = 1 << 23
}
