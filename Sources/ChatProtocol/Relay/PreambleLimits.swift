/// The bounds of the preamble, which guests and relays agree on. The name of a number says what it counts.
public enum PreambleLimits {
  /// The longest line before two are paired, its line feed included: fits one packet on any network, and a room with
  /// some words around it.
  public static let lineBytesMax = 128
  /// The longest name of a room: 64 characters of 64 kinds hold more than any hash of a shared secret.
  public static let roomBytesMax = 64
  /// How often a waiting guest is sent WAIT: short enough that home routers, which forget silent links after some
  /// minutes, keep this one, and that a guest whose machine vanished is found out.
  public static let waitInterval = Duration.seconds(30)
  /// How long a relay may take to answer JOIN: as long as it gives a guest to send it.
  static let answerTime = Duration.seconds(10)
  /// How long a relay may be silent while a guest waits: three WAITs, so that a lost packet or two do not count.
  public static let waitSilence = waitInterval * 3
}
