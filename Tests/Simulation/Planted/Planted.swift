import Glibc

/// The fault that is planted in this process. It is added to a copy of the engine, in which the patches of this
/// directory ask for it; so one build has all of them.
enum Planted {
  private static let name = getenv("TINCAN_PLANTED").map { String(cString: $0) } ?? ""

  static func `is`(_ name: String) -> Bool { self.name == name }
}
