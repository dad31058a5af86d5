import ArgumentParser
import ChatEndpoint
import Glibc
import MessageStore
import PeerSecurity
import Sockets

/// The options for the protection of the links.
struct SecurityOptions: ParsableArguments {
  @Flag(help: "Lines of text on bare TCP, neither encrypted nor acknowledged, so that nc can be the other side.")
  var plain = false

  @Flag(help: "Encrypted, but anybody is let in, and nobody vouches for the other side.")
  var open = false

  @Flag(help: "A throw-away key, nothing remembered: a code is needed each time.")
  var ephemeral = false

  @Option(
    help: ArgumentHelp(
      "The pairing code of a first meeting, from this file. 'serve' makes the file if it is not there.",
      valueName: "file"))
  var codeFile: String?

  /// A file with a code has one line.
  private static let codeFileBytesMax = 1024

  func validate() throws {
    if plain, open || ephemeral || codeFile != nil {
      throw ValidationError("--plain has no keys and no codes, so --open, --ephemeral and --code-file have no place.")
    }
    if open, codeFile != nil { throw ValidationError("--open lets anybody in, so --code-file has no place.") }
    if codeFile == "" { throw ValidationError("--code-file: no file name.") }
  }

  /// The protection of the links, with what it needs from the disk.
  /// - Parameters:
  ///   - expected: the only peer that is let in; nil when each known one is.
  ///   - makesCode: whether the file with the code is made if it is not there.
  func security(expecting expected: KnownPeer?, makesCode: Bool) throws(ExitReason) -> Settings.Security {
    guard !plain else { return .plain }
    SecurityOptions.forbidCoreFiles()
    let code = try codeFile.map { path throws(ExitReason) in try SecurityOptions.code(path, makes: makesCode) }
    do throws(OwnFileFailure) {
      // An end that lets anybody in remembers nobody, so its own key says nothing either.
      let remembers = !ephemeral && !open
      let identity = remembers ? try PrivateFiles.identity() : try SecurityOptions.newIdentity()
      return .encrypted(
        Settings.Encryption(
          identity: identity, isOpen: open, storePath: remembers ? try PrivateFiles.store() : nil, code: code,
          expected: expected))
    } catch {
      throw ExitReason(error)
    }
  }

  /// A core file would hold the key.
  static func forbidCoreFiles() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  }

  private static func newIdentity() throws(OwnFileFailure) -> Identity {
    do { return try Identity.generate() } catch { throw .cannotMakeKey(error) }
  }

  private static func code(_ path: String, makes: Bool) throws(ExitReason) -> PairingCode {
    if let bytes = try read(path) { return try code(of: bytes, path) }
    guard makes else {
      throw ExitReason(.noInput, "the code file \(path) is not there", advice: "copy it from the side that waits")
    }
    var random = SystemRandomNumberGenerator()
    let code = PairingCode(using: &random)
    do throws(PrivateFile.Failure) {
      if try PrivateFile.make(path, holding: Array("\(code)\n".utf8)) { return code }
    } catch {
      throw ExitReason(.file(.code, path: path, error))
    }
    // Another program was first, and its code is as good.
    return try SecurityOptions.code(path, makes: false)
  }

  private static func read(_ path: String) throws(ExitReason) -> [UInt8]? {
    do throws(PrivateFile.Failure) { return try PrivateFile.read(path, atMost: codeFileBytesMax) } catch {
      throw ExitReason(.file(.code, path: path, error))
    }
  }

  private static func code(of bytes: [UInt8], _ path: String) throws(ExitReason) -> PairingCode {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(PairingCodeProblem) {
      return try PairingCode(text.split { $0.isNewline }.first.map(String.init) ?? "")
    } catch {
      throw ExitReason(.noInput, "the code file \(path): \(error)")
    }
  }
}
