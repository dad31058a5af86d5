import Glibc

// The two functions libFuzzer calls. It brings its own main, so this file is left out of a plain build.

/// The target this run is about, which `TINCAN_FUZZ_TARGET` names.
private let target = getenv("TINCAN_FUZZ_TARGET").flatMap { name in
  FuzzTarget.all.first { $0.name == String(cString: name) }
}

/// Called once, before the first input. Without a target prints the names there are, and with `TINCAN_FUZZ_WORDS` the
/// target's words as a dictionary for libFuzzer; both end the program.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafePointer<CInt>?, _ arguments: UnsafeRawPointer?) -> CInt {
  guard let target else {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
  }
  if getenv("TINCAN_FUZZ_WORDS") != nil {
    for word in target.words { print("\"\(word.utf8.map(hexadecimal).joined())\"") }
    exit(0)
  }
  return 0
}

/// Checks one input, and traps when a property does not hold: libFuzzer keeps the input then.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try target?.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    print("\nfinding: \(error)")
    fflush(nil)
    abort()
  }
  return 0
}

private func hexadecimal(_ byte: UInt8) -> String {
  "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
