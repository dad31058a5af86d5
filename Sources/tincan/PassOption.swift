import ArgumentParser
import ChatEndpoint
import PeerSecurity

/// The option for the pass of an endpoint.
struct PassOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The pass for a relay that asks for one, from this file: one line of at least 16 characters.",
      valueName: "file"))
  var passFile: String?

  func validate() throws {
    if passFile == "" { throw ValidationError("--pass-file: no file name.") }
  }

  /// The pass, the first of the file; nil without the option.
  func pass() throws(ExitReason) -> RelayPass? {
    guard let passFile else { return nil }
    return try PassFile.passes(passFile).first
  }
}
