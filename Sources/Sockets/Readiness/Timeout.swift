extension Duration? {
  /// A timeout as poll(2) and epoll_wait(2) take it: -1 waits for ever. It is rounded up, so that a deadline has really
  /// passed when the wait for it ends; a day at most.
  var milliseconds: CInt {
    guard let self else { return -1 }
    let exact = Double(self.components.seconds) * 1000 + Double(self.components.attoseconds) / 1e15
    return CInt(max(0, min(exact.rounded(.up), 86_400_000)))
  }
}
