import Glibc
import MessageStore
import PeerSecurity
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("Failures of the program's own files")
struct OwnFileFailureTests {
  private static let denied = SystemError(call: "open", code: EACCES)
  private static let bob = PeerName("bob")!

  @Test(
    "Each has its status, names the file and says what to do",
    arguments: [
      (.homeless, .cannotCreate, "TINCAN_HOME"),
      (.directory(path: "/p", denied), .cannotCreate, "the directory /p: permission denied"),
      (.file(.identity, path: "/p", .link), .noInput, "the identity /p is a link"),
      (.file(.store, path: "/p", .notAFile), .noInput, "the store /p is no ordinary file"),
      (.file(.identity, path: "/p", .anotherUsers), .noInput, "/p belongs to another user"),
      (
        .file(.identity, path: "/p", .exposed(mode: 0o644)), .noInput,
        "(mode 644); if nobody else has used it: chmod 600 /p"
      ),
      (.file(.identity, path: "/p", .empty), .noInput, "/p has nothing in it; put a copy of it back"),
      (.file(.code, path: "/p", .exposed(mode: 0o644)), .noInput, "others may use the code file /p (mode 644)"),
      (.file(.code, path: "/p", .empty), .noInput, "/p has nothing in it; remove it, and 'tincan serve' makes"),
      (.file(.identity, path: "/p", .tooLarge), .noInput, "/p is too large"),
      (.file(.identity, path: "/p", .unreadable(denied)), .noInput, "cannot read the identity /p: permission denied"),
      (.file(.store, path: "/p", .cannotMake(denied)), .cannotCreate, "cannot make the store /p: permission denied"),
      (.file(.history, path: "/p", .cannotMake(denied)), .cannotCreate, "cannot make the input history /p: permission"),
      (.unusableIdentity(path: "/p"), .noInput, "the identity /p is incomplete"),
      (.store(path: "/p", .missing), .noInput, "the store /p has vanished"),
      (.store(path: "/p", .notPermitted), .noInput, "the store /p: permission denied"),
      (.store(path: "/p", .readOnly), .inputOutput, "/p: it or its place is read-only"),
      (.store(path: "/p", .full), .inputOutput, "/p cannot grow: no space is left; make room"),
      (.store(path: "/p", .busy), .inputOutput, "keeps the store /p locked"),
      (.store(path: "/p", .damaged), .noInput, "/p is damaged, and was left as it is; put a copy of it back"),
      (.store(path: "/p", .foreign), .noInput, "/p is the database of another program; move it away"),
      (.store(path: "/p", .newer(format: 7)), .noInput, "a newer tincan made the store /p (format 7)"),
      (.store(path: "/p", .failed(reason: "why")), .inputOutput, "/p failed: why"),
      (.store(path: "/p", .nameTaken(bob)), .usage, "somebody is called 'bob' already; choose another name"),
      (.store(path: "/p", .keyTaken(by: bob)), .usage, "'bob'"),
      (.unknownPeer(name: "bobb", nearest: [bob]), .usage, "nobody called 'bobb' is known; did you mean 'bob'?"),
      (.unknownPeer(name: "x", nearest: []), .usage, "nobody called 'x' is known; 'tincan peers' lists who is"),
    ] as [(OwnFileFailure, ChatEndpoint.ExitStatus, String)])
  func reports(failure: OwnFileFailure, status: ChatEndpoint.ExitStatus, part: String) {
    let reason = ExitReason(failure)
    #expect(reason.status == status)
    #expect(reason.sentence?.contains(part) == true, "\(reason.sentence ?? "nothing")")
  }
}
