extension Grammar {
  static var links: [Form] { linkFaults + linkChecks }

  private static var linkFaults: [Form] {
    [
      Form("LINK leads to ADDRESS", declares: .link) { c in
        .act { try $0.link(c.name, to: c.file, onUnixSocket: false) }
      },
      Form("LINK on a Unix socket leads to ADDRESS", declares: .link) { c in
        .act { try $0.link(c.name, to: c.file, onUnixSocket: true) }
      },
      Form("LINK cuts|resets") { c in .act { try $0.breakLink(c.name, byReset: c.has("resets")) } },
      Form("LINK cuts|resets|stalls after NUMBER bytes from the caller|target [of the first NUMBER connections]") {
        c throws(Mistake) in
        let action: Trip.Action = c.has("cuts") ? .cut : c.has("resets") ? .reset : .stall
        let connections = c.numbers.count > 1 ? try c.fromOne(1, "connections") : 1
        return .act { try $0.setTrip(c.name, action, after: c.number, c.directions[0], connections: connections) }
      },
      Form("LINK stalls [from the caller|target]") { c in .act { try $0.stall(c.name, c.directions) } },
      Form("LINK half-closes toward the caller|target") { c in
        .act { try $0.halfClose(c.name, toward: c.has("target") ? .fromCaller : .fromTarget) }
      },
      Form("LINK delays by DURATION [to DURATION]") { c throws(Mistake) in
        let (least, most) = (c.durations[0], c.durations.last!)
        guard least <= most else { throw Mistake("the shorter delay comes first") }
        return .act { try $0.delay(c.name, within: least...most) }
      },
      Form("LINK passes NUMBER bytes a second") { c throws(Mistake) in
        let rate = try c.fromOne(0, "bytes a second")
        return .act { try $0.limitRate(c.name, to: rate) }
      },
      Form("LINK passes byte by byte") { c in .act { try $0.passPieces(c.name, .singleBytes) } },
      Form("LINK passes random pieces of at most NUMBER bytes") { c throws(Mistake) in
        let most = try c.fromOne(0, "the bytes of a piece")
        return .act { try $0.passPieces(c.name, .random(most: most)) }
      },
      Form("LINK refuses|accepts connections") { c in
        .act { try $0.acceptConnections(c.name, !c.has("refuses")) }
      },
      Form("LINK heals") { c in .act { try $0.heal(c.name) } },
    ]
  }

  private static var linkChecks: [Form] {
    [
      Form("LINK was ended first by the caller|target [within DURATION]") { c in
        .wait { try $0.wasEnded(c.name, firstBy: c.directions[0]) }
      },
      Form("LINK is quiet for DURATION [within DURATION]") { c in
        .wait { try $0.isQuiet(link: c.name, for: c.durations[0]) }
      },
      Form("LINK has NUMBER connections [within DURATION]") { c in
        .wait { try $0.hasConnections(c.name, open: c.number) }
      },
      Form("LINK has had NUMBER connections [within DURATION]") { c in
        .wait { try $0.hasConnections(c.name, inAll: c.number) }
      },
      Form("LINK has carried NUMBER bytes from the caller|target [within DURATION]") { c in
        .wait { try $0.hasCarried(c.name, bytes: c.number, c.directions[0]) }
      },
      Form("LINK has carried TEXT from the caller|target [within DURATION]") { c in
        .wait { try $0.hasCarried(c.name, c.text, c.directions[0]) }
      },
      Form("LINK has not carried TEXT") { c in .always { try $0.hasNotCarried(c.name, c.text) } },
    ]
  }
}

extension Captures {
  /// The direction that was named, or both when none was.
  fileprivate var directions: [Direction] {
    let named = Direction.allCases.filter { has($0.rawValue) }
    return named.isEmpty ? Direction.allCases : named
  }
}
