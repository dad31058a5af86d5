import ChatProtocol
import Glibc
import MessageStore
import PeerSecurity
import Sockets

/// A failure to get a link.
enum ReachFailure: Equatable, Sendable {
  /// A name has no addresses, or the name service cannot say.
  /// - nearest: the names of known peers that are like it.
  case lookUpFailed(String, Resolver.Failure, nearest: [PeerName] = [])
  /// No address accepted.
  case unreachable(Route, [ConnectionRace.Failure])
  /// No address accepted in time.
  /// - option: the option that sets the time; nil if none does.
  case timedOut(Route, within: Duration, option: String?)
  /// No other guest came to the room in time.
  case nobodyCame(Route, within: Duration, option: String?)
  case cannotListen(ListeningFailure)
  case portFile(path: String, SystemError)
  case cannotAccept(SystemError)
  case cannotBegin(SystemError)

  /// Whether the same try may succeed later.
  var mayPass: Bool {
    switch self {
    case .unreachable(_, let failures): failures.contains { $0.error.mayPass }
    case .timedOut, .lookUpFailed(_, .noAnswer, _): true
    case .lookUpFailed, .nobodyCame, .cannotListen, .portFile, .cannotAccept, .cannotBegin: false
    }
  }

  /// Whether nobody listens, as while a relay is replaced by another at the same address.
  var isRefusal: Bool {
    guard case .unreachable(_, let failures) = self else { return false }
    return failures.contains { $0.error.isConnectionRefused }
  }

  var report: Failure.Report {
    switch self {
    case .lookUpFailed(let host, let failure, let nearest):
      .init(
        .system, failure.isUnknownHost ? .unknownHost : .unavailable, failure.sentence(about: host),
        advice: nearest.question)
    case .unreachable(let route, let failures): ReachFailure.unreachable(route, failures)
    case .timedOut(let route, let limit, let option):
      .init(.system, .unavailable, "cannot reach \(route.forReports): no answer \(ReachFailure.within(limit, option))")
    case .nobodyCame(let route, let limit, let option):
      .init(.system, .unavailable, "nobody else came to \(route.forReports) \(ReachFailure.within(limit, option))")
    case .cannotListen(let failure):
      .init(.system, failure.isOfAFile ? .cannotCreate : .unavailable, failure.sentence(option: "--port"))
    case .portFile(let path, let error): .init(.system, .cannotCreate, "cannot write the port file \(path): \(error)")
    case .cannotAccept(let error): .init(.ours, .internalFault, "accepting failed: \(error)")
    case .cannotBegin(let error): .init(.system, .cannotCreate, "cannot begin: \(error)")
    }
  }

  private static func within(_ limit: Duration, _ option: String?) -> String {
    // A part of a second has passed before the wait began.
    "within \(limit.components.seconds + (limit.components.attoseconds > 0 ? 1 : 0)) s"
      + (option.map { " (\($0))" } ?? "")
  }

  /// The advice where nobody listens; nil for another failure.
  /// - Parameters:
  ///   - peer: the name of the known peer that is dialled; nil for a host.
  ///   - triesAgain: whether this end does so by itself.
  func advice(onPeer peer: String?, triesAgain: Bool) -> String? {
    guard case .unreachable(let route, let failures) = self else { return nil }
    // Nobody has made the socket file.
    let isMissing = { (error: SystemError) in route.dialled == nil && error.code == ENOENT }
    guard failures.allSatisfy({ $0.error.isConnectionRefused || isMissing($0.error) }) else { return nil }
    if route.dialled?.isRelay ?? false { return "try again, or another relay" }
    let advice = peer.map { "ask \($0) to run 'tincan serve'" } ?? "run 'tincan serve' there"
    return triesAgain ? advice : "\(advice), or try until it listens with --wait"
  }

  private static func unreachable(_ route: Route, _ failures: [ConnectionRace.Failure]) -> Failure.Report {
    let name = route.dialled.map { $0.isRelay ? "the relay \($0.place)" : $0.place.description } ?? route.description
    let reasons = failures.map(\.error.description)
    guard let only = reasons.first, Set(reasons).count == 1 else {
      let list = failures.map { "\($0.address): \($0.error)" }.joined(separator: "; ")
      return .init(.system, .unavailable, "cannot reach \(name): \(list)")
    }
    let tried = failures.map(\.address.description).joined(separator: " and ")
    let typed = route.dialled?.place.description ?? route.description
    let addresses = failures.count > 1 || failures[0].address.description != typed ? " (tried \(tried))" : ""
    return .init(.system, .unavailable, "cannot reach \(name): \(only)\(addresses)")
  }
}

/// A failure to be paired at a relay.
enum RelayFailure: Equatable, Sendable {
  /// The relay sent an error.
  /// - word: its reason; nil for an unknown one.
  case refused(RelayRoom, Refusal.Word?, text: String)
  case notARelay(HostPort)
  case silent(HostPort)
  case closed(HostPort)
  /// The relay serves those with its pass, and this end has none.
  case passNeeded(HostPort)
  /// The pass of this end is not that of the relay.
  case passRefused(HostPort)
  /// Each of several relays failed, in its own way.
  case allFailed([Failure])

  /// Whether the same try may succeed later. Two in a room may stay for long, so a third does not wait; but in the room
  /// of two who know each other there is no third.
  var mayPass: Bool {
    switch self {
    case .refused(_, .roomTaken, _): isOfOldLinks
    case .silent, .closed, .refused(_, .atCapacity, _), .refused(_, .draining, _), .refused(_, .expired, _): true
    case .notARelay, .refused, .passNeeded, .passRefused: false
    case .allFailed(let failures): failures.contains(where: \.mayPass)
    }
  }

  /// Whether what is in the way may be old links of the same two, which the relay does not know yet to be gone.
  var isOfOldLinks: Bool {
    switch self {
    case .refused(let room, .roomTaken, _): MeetingSecret.mayName(room.room)
    case .allFailed(let failures): failures.contains { $0.isOfOldLinks }
    case .silent, .closed, .notARelay, .refused, .passNeeded, .passRefused: false
    }
  }

  /// Whether it is what an end meets with while a relay is replaced by another at the same address.
  var isOfReplacement: Bool {
    switch self {
    case .closed, .refused(_, .draining, _): true
    case .silent, .notARelay, .refused, .passNeeded, .passRefused: false
    case .allFailed(let failures): failures.contains(where: \.isOfReplacement)
    }
  }

  var report: Failure.Report {
    switch self {
    case .refused(let room, let word, let text): RelayFailure.refused(room, word, text)
    case .passNeeded(let relay):
      .init(
        .misuse, .notAdmitted, "the relay \(relay) serves only those who have its pass",
        advice: "ask its operator for the pass, and give it with --pass-file FILE")
    case .passRefused(let relay):
      .init(
        .misuse, .notAdmitted, "the relay \(relay) has another pass than that of --pass-file",
        advice: "ask its operator for the present one")
    case .allFailed(let failures): RelayFailure.allFailed(failures.map(\.report))
    case .notARelay(let relay):
      .init(.peerIncompatible, .unavailable, "\(relay) is no tincan relay: check the address and the port")
    case .silent(let relay):
      .init(
        .system, .unavailable, "the relay \(relay) does not answer any more", advice: "try again, or another relay")
    case .closed(let relay):
      .init(.system, .unavailable, "the relay \(relay) closed without a word", advice: "try again, or another relay")
    }
  }

  /// The status is that of the best relay. All of them were tried, so a problem of one is no more than that.
  private static func allFailed(_ reports: [Failure.Report]) -> Failure.Report {
    let problems = reports.map(\.problem).joined(separator: "; ")
    let first = reports.first { $0.status == .notAdmitted } ?? reports[0]
    return .init(first.blame, first.status, "no relay of the list can be used: \(problems)", advice: first.advice)
  }

  private static func refused(_ room: RelayRoom, _ word: Refusal.Word?, _ text: String) -> Failure.Report {
    let relay = room.relay
    let (problem, advice): (String, String?) =
      switch word {
      case .roomTaken where MeetingSecret.mayName(room.room):
        ("\(room.route.forReports) is taken", "see that no other program of one of you is in it")
      case .roomTaken where PairingCode.mayName(room.room):
        ("two have met with this code already", "ask for a new one")
      case .roomTaken: ("cannot join \(room.route.forReports): two are in that room already", "agree on another one")
      case .atCapacity: ("the relay \(relay) is busy: \(text)", nil)
      case .draining: ("the relay \(relay) is being stopped", "try again in a minute, or another relay")
      case .expired: ("the relay \(relay) does not let us wait any longer: \(text)", nil)
      case .denied, .syntax, nil: ("the relay \(relay) does not let us in: \(text)", nil)
      }
    return .init(word == .syntax ? .peerViolation : .system, .unavailable, problem, advice: advice)
  }
}

extension Route {
  /// The route for a sentence that may end in a mail or a log: without the room that only two who know each other can
  /// derive, nor one that a code names.
  fileprivate var forReports: String {
    guard case .room(let room, let relays) = self else { return description }
    if MeetingSecret.mayName(room) { return "the meeting room of you two at \(relays.phrase)" }
    return PairingCode.mayName(room) ? "the room of that code at \(relays.phrase)" : description
  }
}
