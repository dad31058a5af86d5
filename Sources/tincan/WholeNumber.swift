import ArgumentParser
import Basics

/// A whole number as options take it: in digits, without a sign.
struct WholeNumber: ExpressibleByArgument {
  let value: Int

  init(_ value: Int) { self.value = value }

  /// Any other text is below the range of every option, whose own sentence then says which numbers are possible.
  init(argument: String) { value = Int(digits: argument.utf8) ?? -1 }

  var defaultValueDescription: String { "\(value)" }
}
