/// A decoder under fuzzing: what holds for every input, whatever its bytes are.
///
/// The same properties run in two programs. A plain build makes a test of them, which checks the vectors and some
/// inputs chosen by a seed. With `TINCAN_FUZZ` in the environment Package.swift makes a libFuzzer program of them,
/// which `tools/fuzz` runs.
struct FuzzTarget: Sendable {
  /// Its name on the command line of `tools/fuzz`, and of its folder in Vectors.
  let name: String
  /// Words that mean something to the decoder. Random bytes find a long one only by luck.
  let words: [String]
  /// Throws what does not hold for an input.
  let check: @Sendable (_ input: [UInt8]) throws -> Void

  /// Every target, sorted by name.
  static let all = [
    byteScan, configurationFile, entryExchange, escapedText, fingerprint, frameDecoder, framedSession, identity,
    inputGate, joinDecoder, jsonMessage, jsonString, lineDecoder, outgoingTextChecker, ownerMessages, pairingCode,
    pairingExchange, peerName, plainSession, proofDecoder, proxyHeader, relayJoin, tlsRecords, tlsServer,
  ]
}

/// A property that does not hold.
struct Breach: Error, CustomStringConvertible {
  let description: String
}

/// Throws unless two ways of decoding came to the same.
/// - Parameter how: the way that came to `actual`, in words.
func requireEqual<Value: Equatable>(_ actual: Value, _ expected: Value, _ how: @autoclosure () -> String) throws {
  guard actual != expected else { return }
  throw Breach(description: "\(how()): got \(actual), expected \(expected)")
}

/// Throws unless a condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  guard condition else { throw Breach(description: what()) }
}
