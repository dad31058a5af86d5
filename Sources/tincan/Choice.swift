import ArgumentParser

/// A value of an option that is one of a few words.
///
/// The words are named here because the argument parser would find them by reflection. That is a twentieth of what a
/// start computes until the first prompt.
protocol Choice: ExpressibleByArgument, CaseIterable, RawRepresentable<String> {}

extension Choice {
  public static var allValueStrings: [String] { allCases.map { $0.rawValue } }
  public static var allValueDescriptions: [String: String] { [:] }
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  public var defaultValueDescription: String { rawValue }
  /// - Parameter argument: one of the words.
  public init?(argument: String) { self.init(rawValue: argument) }
}
