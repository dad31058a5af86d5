/// Bytes that nobody guesses. They come from the kernel (getrandom(2)), which is where OpenSSL seeds the numbers it
/// draws for TLS, too; asking it directly costs no start of OpenSSL.
func randomBytes(_ count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}
