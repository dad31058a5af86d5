/// The line being typed, as it is to be shown.
struct Draft: Equatable {
  /// The text before it.
  let prompt: String
  /// The line, UTF-8.
  let text: [UInt8]
  /// The cursor's position in `text`.
  let cursor: Int
  /// The part of `text` that is marked; empty when none is.
  let region: Range<Int>

  /// - Parameter text: what is not UTF-8 in it becomes U+FFFD.
  init(prompt: String, text: [UInt8] = [], cursor: Int = 0, region: Range<Int> = 0..<0) {
    self.prompt = prompt
    if String(validating: text, as: UTF8.self) != nil {
      (self.text, self.cursor, self.region) = (text, cursor, region)
    } else {
      let repaired = Array(String(decoding: text, as: UTF8.self).utf8)
      let offset = { (old: Int) in min(String(decoding: text[..<old], as: UTF8.self).utf8.count, repaired.count) }
      self.text = repaired
      self.cursor = offset(cursor)
      self.region = offset(region.lowerBound)..<offset(region.upperBound)
    }
  }
}

extension Draft {
  /// The same line with a mark for each character, for a secret that somebody beside the screen is not to read.
  var concealed: Draft {
    let characters = String(decoding: text, as: UTF8.self).count
    let before = String(decoding: text.prefix(cursor), as: UTF8.self).count
    return Draft(prompt: prompt, text: Array(repeating: UInt8(ascii: "*"), count: characters), cursor: before)
  }
}

/// A draft in the rows of a window.
struct DraftRows: Equatable {
  struct Row: Equatable {
    /// The text that is printed, escape sequences for marked text included.
    var text = ""
    /// The columns it takes, at most and at least: terminals differ.
    var width = 0
    var widthAtLeast = 0
    /// The columns of blanks that it ends with.
    var blanksAtEnd = 0
  }

  var rows: [Row] = [Row()]
  /// The row the cursor is in.
  var cursorRow = 0
  /// The part of that row that is printed to get to the cursor: terminals count columns differently, so each counts for
  /// itself.
  var toCursor = Row()

  /// The last rows, where the cursor is in one of them.
  func last(_ count: Int) -> DraftRows {
    DraftRows(
      rows: Array(rows.suffix(count)), cursorRow: cursorRow - max(0, rows.count - count), toCursor: toCursor)
  }
}
