import COpenSSL

/// The library as a whole.
enum OpenSSL {
  /// Starts the library. It is to be called before anything that could start it by itself: then it would read the
  /// machine's configuration, and a file must not change how two peers encrypt. Later calls do nothing.
  static func start() { precondition(isStarted, "OpenSSL does not start") }

  private static let isStarted = OPENSSL_init_ssl(copenssl_INIT_WITHOUT_FILES, nil) == 1
}
