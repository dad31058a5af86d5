import MessageStore
import PeerSecurity
import Sockets

/// A failure of what the program keeps: the identity, the store with the known peers, and the input history.
public enum OwnFileFailure: Error, Equatable, Sendable {
  /// A file of the program's own.
  public enum Kind: String, Sendable {
    case identity, store, lock
    case code = "code file"
    case pass = "pass file"
    case history = "input history"
  }

  /// No directory is known for files of the program's own.
  case homeless
  case directory(path: String, SystemError)
  /// The file cannot be trusted, read or made.
  case file(Kind, path: String, PrivateFile.Failure)
  /// The file of the identity holds no key that can be used.
  case unusableIdentity(path: String)
  /// A key cannot be generated.
  case cannotMakeKey(SecurityFailure)
  case store(path: String, StoreFailure)
  /// Another program of this user has the conversation.
  /// - by: the number of its process; nil if that is not known.
  case conversationHeld(peer: String, by: Int32?)
  /// No known peer has that name.
  /// - nearest: the known names that are like it.
  case unknownPeer(name: String, nearest: [PeerName])

  var report: Failure.Report {
    switch self {
    case .homeless:
      .init(
        .misuse, .cannotCreate, "neither TINCAN_HOME nor HOME is set", advice: "set TINCAN_HOME to a directory of yours"
      )
    case .directory(let path, let error):
      .init(.system, .cannotCreate, "cannot make the directory \(path): \(error)")
    case .file(let kind, let path, let failure): OwnFileFailure.file(kind, path, failure)
    case .unusableIdentity(let path):
      .init(
        .system, .noInput, "the identity \(path) is incomplete, or no key of tincan's",
        advice: "put a copy of it back; or move it away, and pair again with those you know")
    case .cannotMakeKey(let failure): .init(.ours, .internalFault, "cannot make a key: \(failure)")
    case .store(let path, let failure): OwnFileFailure.store(path, failure)
    case .conversationHeld(let peer, let process):
      .init(
        .misuse, .unavailable,
        "another tincan of yours\(process.map { " (process \($0))" } ?? "") has the conversation with \(peer)",
        advice: "go on there, leave a message with 'tincan send', or take it over with --take-over")
    case .unknownPeer(let name, let nearest):
      .init(
        .misuse, .usage, "nobody called '\(name)' is known",
        advice: nearest.question ?? "'tincan peers' lists who is")
    }
  }

  private static func file(_ kind: Kind, _ path: String, _ failure: PrivateFile.Failure) -> Failure.Report {
    let file = "the \(kind.rawValue) \(path)"
    switch failure {
    case .link:
      return .init(.misuse, .noInput, "\(file) is a link", advice: "put the file itself in its place")
    case .notAFile:
      return .init(.misuse, .noInput, "\(file) is no ordinary file", advice: "move it away")
    case .anotherUsers:
      return .init(
        .misuse, .noInput, "\(file) belongs to another user",
        advice: kind == .code || kind == .pass
          ? "copy it to a file of your own" : "set TINCAN_HOME to a directory of your own")
    case .exposed(let mode):
      return .init(
        .misuse, .noInput, "others may use \(file) (mode \(String(mode, radix: 8)))",
        advice: "if nobody else has used it: chmod 600 \(path)")
    case .empty, .tooLarge:
      let problem = failure == .empty ? "has nothing in it" : "is too large to be one"
      return .init(.system, .noInput, "\(file) \(problem)", advice: adviceOnContent(kind))
    case .unreadable(let error): return .init(.system, .noInput, "cannot read \(file): \(error)")
    case .cannotMake(let error): return .init(.system, .cannotCreate, "cannot make \(file): \(error)")
    }
  }

  private static func adviceOnContent(_ kind: Kind) -> String {
    switch kind {
    case .code: "remove it, and 'tincan serve' makes a new one"
    case .pass: "the relay's operator says what stands in it"
    case .identity, .store, .lock, .history:
      "put a copy of it back; or move it away, and pair again with those you know"
    }
  }

  private static func store(_ path: String, _ failure: StoreFailure) -> Failure.Report {
    let store = "the store \(path)"
    switch failure {
    case .missing: return .init(.system, .noInput, "\(store) has vanished")
    case .notPermitted: return .init(.system, .noInput, "cannot open \(store): permission denied")
    case .readOnly: return .init(.system, .inputOutput, "cannot write to \(store): it or its place is read-only")
    case .full:
      return .init(.system, .inputOutput, "\(store) cannot grow: no space is left", advice: "make room, and try again")
    case .busy:
      return .init(
        .system, .inputOutput, "another program keeps \(store) locked", advice: "end that program, or try again")
    case .damaged:
      return .init(
        .system, .noInput, "\(store) is damaged, and was left as it is",
        advice: "put a copy of it back; or move it away, and pair again with those you know")
    case .foreign:
      return .init(.misuse, .noInput, "\(store) is the database of another program", advice: "move it away")
    case .newer(let format):
      return .init(
        .misuse, .noInput, "a newer tincan made \(store) (format \(format))", advice: "use that one, or a newer one")
    case .failed(let reason): return .init(.system, .inputOutput, "using \(store) failed: \(reason)")
    case .changedMeanwhile:
      return .init(
        .system, .inputOutput, "another program has gone on with this conversation",
        advice: "go on there, or end that program")
    case .unknownName: return .init(.misuse, .usage, "no known peer has that name")
    case .nameTaken(let name):
      return .init(
        .misuse, .usage, "somebody is called '\(name)' already", advice: "choose another name")
    case .keyTaken(let name): return .init(.misuse, .usage, "that key is known already, as '\(name)'")
    }
  }
}

extension [PeerName] {
  /// The question whether one of these names was meant; nil if there is none.
  var question: String? {
    isEmpty ? nil : "did you mean \(map { "'\($0)'" }.joined(separator: " or "))?"
  }
}
