import CLineEditing
import Glibc

/// The streams readline prints to. Nothing reaches the terminal from them: the bell becomes a wish, complaints are
/// shown as notes, and a command that lists something has it collected.
@MainActor
enum ReadlineStreams {
  /// For readline's own drawing, which is thrown away.
  static let output: UnsafeMutablePointer<FILE> = clineediting_stream { bytes, count in
    let printed = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    MainActor.assumeIsolated { take(printed, asComplaint: false) }
  }

  /// For what readline has to say to the user: the bell, and what is wrong with an inputrc.
  static let errors: UnsafeMutablePointer<FILE> = clineediting_stream { bytes, count in
    let printed = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    MainActor.assumeIsolated { take(printed, asComplaint: true) }
  }

  /// The output while ``collect(_:)`` ran.
  private static var collected: [UInt8]?
  private static var complaints: [UInt8] = []
  /// Whether the bell was rung.
  private static var rang = false

  private static let bell: UInt8 = 0x07
  /// Reverse screen on and off (DECSCNM), which is the visible bell of terminals that have one.
  private static let flash = "\u{1B}[?5h\u{1B}[?5l"

  /// Runs a command that prints, and gives what it printed to either of the standard streams or to readline's.
  static func collect(_ print: () -> Void) -> String {
    collected = []
    clineediting_lead_output_to(output)
    print()
    fflush(output)
    clineediting_lead_output_to(nil)
    defer { collected = nil }
    return String(decoding: collected ?? [], as: UTF8.self)
  }

  /// The output of readline since the last call, in lines.
  static func takeComplaints() -> [String] {
    defer { complaints = [] }
    return complaints.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes that ring the bell, by sound or by sight; empty when it did not ring.
  static func takeBell() -> String {
    defer { rang = false }
    return !rang ? "" : ReadlineSettings.hasVisibleBell ? flash : "\u{7}"
  }

  private static func take(_ bytes: [UInt8], asComplaint: Bool) {
    if bytes.contains(bell) { rang = true }
    if collected != nil {
      collected! += bytes
    } else if asComplaint {
      complaints += bytes.filter { $0 != bell }
    }
  }
}
