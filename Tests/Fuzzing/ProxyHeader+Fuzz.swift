import Glibc

@testable import RelayCore

extension FuzzTarget {
  /// The header that a load balancer sends to a relay before a guest's bytes.
  static let proxyHeader = FuzzTarget(
    name: "proxy-header",
    words: [
      "PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN", "192.0.2.7 ", "2001:db8::7 ", "::ffff:192.0.2.7 ", "65535",
      "\r\n", "\r\n\r\n\0\r\nQUIT\n", "!\u{11}\0\u{0C}", " \0\0\0", "!!\0\u{24}",
    ]
  ) { input in
    let whole = verdict(input, piece: .max)
    for piece in [1, 2, 3, 16] {
      let split = verdict(input, piece: piece)
      try requireEqual(split.step, whole.step, "in pieces of \(piece)")
      // Of a wrong header less may be read before it is found out.
      if whole.step != .invalid { try requireEqual(split.taken, whole.taken, "bytes taken in pieces of \(piece)") }
    }
    try require(whole.taken <= 536, "\(whole.taken) bytes were taken")
    try require(whole.step != .incomplete || input.count < 536, "\(input.count) bytes were held without a verdict")
    if case .header = whole.step { try requireEqual(whole.taken, headerBytes(input), "where the header ends") }
    for word in input.split(separator: 0x20).prefix(4) {
      try requireEqual(NetworkAddress(ipv4: word), plainAddress(word, AF_INET), "the IPv4 address \(word)")
      try requireEqual(NetworkAddress(ipv6: word), plainAddress(word, AF_INET6), "the IPv6 address \(word)")
    }
  }

  /// The decoder's verdict, and how many bytes it took until then.
  private static func verdict(
    _ input: [UInt8], piece: Int
  ) -> (step: ProxyHeaderDecoder.Step, taken: Int) {
    var decoder = ProxyHeaderDecoder()
    var taken = 0
    while taken < input.count {
      let bytes = input[taken...].prefix(min(piece, decoder.bytesWanted))
      taken += bytes.count
      let step = decoder.decode(bytes)
      if step != .incomplete { return (step, taken) }
    }
    return (.incomplete, taken)
  }

  /// The length of a right header, found the plain way.
  private static func headerBytes(_ input: [UInt8]) -> Int {
    if input[0] == 0x0D { return 16 + Int(input[14]) << 8 + Int(input[15]) }
    return zip(input, input.dropFirst()).enumerated().first { $1 == (0x0D, 0x0A) }!.offset + 2
  }

  /// An address as inet_pton(3) reads it.
  private static func plainAddress(_ text: ArraySlice<UInt8>, _ family: CInt) -> NetworkAddress? {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard !text.contains(0), text.allSatisfy({ $0 < 0x80 }) else { return nil }
    guard inet_pton(family, String(decoding: text, as: UTF8.self), &bytes) == 1 else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    if family == AF_INET { return NetworkAddress(ipv4: UInt32(number(bytes[..<4]))) }
    return NetworkAddress(high: number(bytes[..<8]), low: number(bytes[8...]))
  }
}
