@preconcurrency import CReadline
import Glibc

/// The lines typed before, in memory for the arrow keys and C-r, and in a file for the next run.
@MainActor
public final class InputHistory {
  /// How many lines are kept: years of talk, read in a millisecond.
  private static let linesMax: Int32 = 2000

  private let path: String
  private var failure: String?
  private var hasFailed = false
  /// Whether the file has the newest line.
  private var hasNewest = true

  /// - Parameter path: an existing file, private to the user.
  public init(path: String) { self.path = path }

  /// The consequence of a failure to read or write the file, and what to do, the first time that it is asked after a
  /// first failure.
  public func takeFailure() -> String? {
    defer { failure = nil }
    return failure
  }

  /// Reads the file, and shortens it when it has grown.
  func load() {
    using_history()
    // An inputrc may have set another size (history-size).
    if history_is_stifled() == 0 { stifle_history(2 * InputHistory.linesMax) }
    report(read_history(path), "lines of earlier are missing: cannot read the input history \(path)")
    for index in 0..<max(0, history_length) {
      guard let line = history_get(history_base + index)?.pointee.line, strstr(line, "\u{85}") != nil
      else { continue }
      InputHistory.replace(index, by: InputHistory.text(String(cString: line), with: "\n", for: "\u{85}"))
    }
    // Seldom, because another program's line that comes at this moment would be lost.
    if history_length >= 2 * InputHistory.linesMax {
      report(history_truncate_file(path, InputHistory.linesMax), notKept)
    }
  }

  /// Adds a line, in memory and at once in the file, so that it outlives a killed program. Two programs may add to one
  /// file. A text of several lines is one in the file, where U+0085 stands for a line feed.
  /// - Returns: whether the file has it.
  @discardableResult
  public func add(_ text: String) -> Bool {
    let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
    guard !line.isEmpty else { return true }
    // A line that is there already may not be in the file.
    guard InputHistory.keepInMemory(line) || !hasNewest else { return true }
    // The file gets what stands last in memory.
    let last = history_length - 1
    let isOneLine = !line.utf8.contains(UInt8(ascii: "\n"))
    if !isOneLine { InputHistory.replace(last, by: InputHistory.text(line, with: "\u{85}", for: "\n")) }
    hasNewest = report(append_history(1, path), notKept)
    if !isOneLine { InputHistory.replace(last, by: line) }
    return hasNewest
  }

  /// By scalars, as CR LF is one Character.
  private static func text(_ text: String, with new: Unicode.Scalar, for old: Unicode.Scalar) -> String {
    var swapped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { swapped.append(scalar == old ? new : scalar) }
    return String(swapped)
  }

  private static func replace(_ index: Int32, by text: String) {
    if let old = replace_history_entry(index, text, nil) { _ = free_history_entry(old) }
  }

  /// Adds a line in memory only.
  /// - Returns: false when it is the line before once more, which is not kept twice.
  @discardableResult
  static func keepInMemory(_ line: String) -> Bool {
    let last = history_get(history_base + history_length - 1)
    if let last, String(cString: last.pointee.line) == line { return false }
    add_history(line)
    // Readline went to the end of the list when the line was ended, before this one was in it.
    using_history()
    return true
  }

  private var notKept: String { "what you type is not kept: cannot write the input history \(path)" }

  /// - Parameters:
  ///   - code: the number of an error; 0 without one.
  ///   - consequence: what the error means for the person.
  /// - Returns: whether there was no error.
  @discardableResult
  private func report(_ code: CInt, _ consequence: String) -> Bool {
    guard code != 0 else { return true }
    if !hasFailed { failure = "\(consequence): \(InputHistory.reason(code))" }
    hasFailed = true
    return false
  }

  /// The reason, and what to do about it.
  private static func reason(_ code: CInt) -> String {
    switch code {
    case ENOSPC: "no space is left on the device; make room there"
    case EDQUOT: "your share of the device is used up; make room there"
    case EFBIG: "the limit on the size of files is reached; raise it (ulimit -f)"
    case EROFS: "the file system is read-only; set TINCAN_HOME to a directory elsewhere"
    case EACCES, EPERM: "permission denied; see that the file and its directory are yours"
    case ENOENT: "the file is gone; the next start makes it again"
    default: String(cString: strerror(code))
    }
  }
}
