import Testing

@testable import Basics

@Suite("Scanning by words finds what a loop over bytes finds")
struct ByteScanTests {
  private static let lineFeed = UInt8(ascii: "\n")

  /// Bytes that the word tricks could confuse with the wanted one: neighbours, the same with the high bit, the
  /// extremes.
  private static let lookalikes: [UInt8] = [0x09, 0x0B, 0x8A, 0x00, 0x01, 0x80, 0xFF, 0x7F]

  @Test("The first index is right for every length, offset, start and place of the byte")
  func firstIndexEverywhere() {
    for length in 0...40 {
      for offset in 0...8 {
        for filler in ByteScanTests.lookalikes {
          for place in stride(from: 0, through: length, by: filler == 0x0B ? 1 : 5) {
            var storage = [UInt8](repeating: filler, count: offset + length + 9)
            // The bytes before and after the slice must not be found.
            storage[offset + length] = ByteScanTests.lineFeed
            if offset > 0 { storage[offset - 1] = ByteScanTests.lineFeed }
            if place < length { storage[offset + place] = ByteScanTests.lineFeed }
            let slice = storage[offset..<(offset + length)]
            for start in stride(from: slice.startIndex, through: slice.endIndex, by: filler == 0x0B ? 1 : 7) {
              let found = ByteScan.firstIndex(of: ByteScanTests.lineFeed, in: slice, from: start)
              let naive = (start..<slice.endIndex).first { slice[$0] == ByteScanTests.lineFeed }
              if found != naive {
                Issue.record(
                  "length \(length), offset \(offset), \(filler) at \(place), from \(start): \(found as Any)")
              }
            }
          }
        }
      }
    }
  }

  @Test("Every byte value is found among all the others")
  func everyValue() {
    for value in UInt8.min...UInt8.max {
      let others = (UInt8.min...UInt8.max).filter { $0 != value }
      #expect(ByteScan.firstIndex(of: value, in: others[...], from: 0) == nil)
      #expect(ByteScan.firstIndex(of: value, in: (others + [value])[...], from: 0) == 255)
      #expect(ByteScan.firstIndex(of: value, in: Array(UInt8.min...UInt8.max)[...], from: 0) == Int(value))
    }
  }

  @Test("Counting counts inside the slice only")
  func counting() {
    let bytes = Array("a\n\nb\n".utf8)
    #expect(ByteScan.count(of: ByteScanTests.lineFeed, in: bytes[...]) == 3)
    #expect(ByteScan.count(of: ByteScanTests.lineFeed, in: bytes[2..<4]) == 1)
    #expect(ByteScan.count(of: ByteScanTests.lineFeed, in: bytes[2..<2]) == 0)
  }

  @Test("Counting is right beyond what a single byte can count", arguments: [2039, 2040, 2041, 4080, 10_000])
  func countingMany(length: Int) {
    #expect(ByteScan.count(of: 7, in: [UInt8](repeating: 7, count: length)[...]) == length)
    #expect(ByteScan.count(of: 6, in: [UInt8](repeating: 7, count: length)[...]) == 0)
    let mixed = (0..<length).map { UInt8($0 % 3 == 0 ? 0x8A : 0x0A) }
    #expect(ByteScan.count(of: 0x0A, in: mixed[...]) == length - (length + 2) / 3)
  }

  @Test("One NUL or one byte beyond ASCII is found at every place of every length")
  func plainASCII() {
    for length in 0...40 {
      for offset in 0...8 {
        for filler: UInt8 in [0x01, 0x41, 0x7F] {
          var storage = [UInt8](repeating: 0, count: offset + length + 9)
          for index in offset..<(offset + length) { storage[index] = filler }
          let whole = offset..<(offset + length)
          #expect(ByteScan.isPlainASCII(storage[whole]), "length \(length), offset \(offset), all \(filler)")
          for spoiler: UInt8 in [0x00, 0x80, 0x81, 0xFF] {
            for place in whole {
              storage[place] = spoiler
              if ByteScan.isPlainASCII(storage[whole]) { Issue.record("\(spoiler) at \(place) of \(whole) not found") }
              storage[place] = filler
            }
          }
        }
      }
    }
  }
}
