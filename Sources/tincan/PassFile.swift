import ChatEndpoint
import PeerSecurity
import Sockets

/// Files with the passes of a relay, one a line. They are secrets: judged as key files are.
enum PassFile {
  /// The passes of a file, at least one.
  static func passes(_ path: String) throws(ExitReason) -> [RelayPass] {
    let text = try read(path)
    do throws(RelayPass.Failure) { return try RelayPass.passes(in: text) } catch {
      throw ExitReason(.noInput, "the pass file \(path)\(problem(error))")
    }
  }

  /// A phrase for the journal that says how a relay's passes changed; nil if they did not.
  static func change(from old: [RelayPass], to new: [RelayPass]) -> String? {
    old == new ? nil : "passes from \(old.count) to \(new.count)"
  }

  private static func read(_ path: String) throws(ExitReason) -> [UInt8] {
    let bytes: [UInt8]?
    do throws(PrivateFile.Failure) { bytes = try PrivateFile.read(path, atMost: RelayPass.fileBytesMax) } catch {
      throw ExitReason(.file(.pass, path: path, error))
    }
    guard let bytes else {
      throw ExitReason(
        .noInput, "the pass file \(path) is not there", advice: "the relay's operator says what stands in it")
    }
    return bytes
  }

  private static func problem(_ failure: RelayPass.Failure) -> String {
    switch failure {
    case .none: " has no pass in it"
    case .tooMany: " has more than \(RelayPass.passesMax) passes in it"
    case .tooShort(let line): ", line \(line): a pass has at least \(RelayPass.bytesMin) characters"
    case .tooLong(let line): ", line \(line): a pass has at most \(RelayPass.bytesMax) characters"
    case .unfit(let line): ", line \(line): a pass is printable ASCII, without accents or control characters"
    }
  }
}
