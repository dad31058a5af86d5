import Glibc

/// The stream for results.
enum StandardOutput {
  /// Writes it at once. Gives false when it could not be written whole.
  static func write(_ text: String) -> Bool { writeAll(text, to: 1) }
}

/// The stream for what is not a result.
enum StandardError {
  /// Writes it at once. Nothing can be done when that fails, and nothing depends on it.
  static func write(_ text: String) { _ = writeAll(text, to: 2) }
}

/// Makes sure that nothing this process opens gets the number of a standard stream: one that was closed leads to
/// where every write fails.
func occupyStandardStreams() {
  for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", O_RDONLY) }
}

private func writeAll(_ text: String, to descriptor: Int32) -> Bool {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      rest = rest.dropFirst(count)
    } else if errno == EAGAIN {
      var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&polled, 1, -1)
    } else if errno != EINTR {
      return false
    }
  }
  return true
}
