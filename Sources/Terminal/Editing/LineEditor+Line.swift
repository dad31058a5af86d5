/// Changes of the line by the program.
extension LineEditor {
  /// Puts something into the line, where the cursor is.
  /// - Parameter isText: whether it is text, whatever it begins with.
  public func insert(_ line: String, isText: Bool = false) {
    readline.begin()
    readline.insert(Array(line.utf8), isText: isText)
    display()
  }

  /// Puts a text in the place of the line, which undo brings back. It may hold anything, as a paste may.
  public func replaceLine(by text: ArraySlice<UInt8>) {
    readline.begin()
    readline.replaceLine(by: PastedText.normalized(text))
    display()
  }
}
