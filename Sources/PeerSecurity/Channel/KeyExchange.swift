import COpenSSL

/// The name of the group that a handshake used.
enum KeyExchange {
  /// - Returns: `X25519` or `X25519MLKEM768`: the spelling differs between versions of OpenSSL.
  static func name(of ssl: OpaquePointer) -> String {
    let group = copenssl_SSL_get_negotiated_group(ssl)
    guard let name = SSL_group_to_name(ssl, group) else { return "unknown" }
    let text = String(cString: name)
    return text.lowercased() == "x25519" ? "X25519" : text
  }
}
