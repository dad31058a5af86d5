/// Lays a draft out in rows, each at most as wide as the window, with breaks of our own.
///
/// ```
///   bob> this is a line longer than
///   the window, with^Aa control and▌
/// ```
/// A draft that needs more than half of the window is folded: its prompt, what there is of it, and the rows around the
/// cursor. The conversation stays in sight, whatever is pasted.
///
/// Of a prompt that needs more than that itself, the end is shown: a question ends with the answers that are possible.
struct DraftLayout {
  /// The window.
  let columns: Int
  let rows: Int

  /// - Parameters: the window's size; zeros for one that does not know it, which is taken for the usual 80x24.
  init(columns: Int, rows: Int) {
    self.columns = columns > 0 ? columns : 80
    self.rows = rows > 0 ? rows : 24
  }

  /// How many rows a draft may take.
  var rowsMax: Int { max(1, rows / 2) }

  /// How many bytes around the cursor are laid out: more than can be seen at four bytes for each column and row.
  private var bytesInSight: Int { 4 * columns * (rowsMax + 1) }

  /// How many columns of a draft's first rows stay free of the prompt: as many as a short answer needs.
  private var columnsForAnswer: Int { max(1, min(4, columns / 2)) }

  func rows(of draft: Draft) -> DraftRows {
    if draft.text.count <= 2 * bytesInSight {
      let all = lay(draft, from: 0, to: draft.text.count, prompt: draft.prompt)
      if all.rows.count <= rowsMax { return all }
      let prompt = end(of: draft.prompt, columns: rowsMax * columns - columnsForAnswer)
      if draft.text.isEmpty || prompt != draft.prompt {
        let shortened = lay(draft, from: 0, to: draft.text.count, prompt: prompt)
        // Wide characters can leave the last columns of rows empty, so that the prompt alone needs a row more.
        if draft.text.isEmpty || shortened.rows.count <= rowsMax { return shortened.last(rowsMax) }
      }
    }
    return folded(draft)
  }

  // MARK: Folding

  /// The rows around the cursor, below one that says how much there is.
  private func folded(_ draft: Draft) -> DraftRows {
    let sight = sight(of: draft)
    // One row shows the prompt where it shows the beginning.
    let prompt =
      rowsMax == 1 && sight.lowerBound == 0 ? end(of: draft.prompt, columns: columns - columnsForAnswer) : ""
    let part = lay(draft, from: sight.lowerBound, to: sight.upperBound, prompt: prompt)
    guard rowsMax > 1 else {
      return DraftRows(rows: [part.rows[part.cursorRow]], cursorRow: 0, toCursor: part.toCursor)
    }
    let shown = rowsMax - 1
    // The cursor stays in the middle where there is text on both sides.
    let first = max(0, min(part.cursorRow - shown / 2, part.rows.count - shown))
    let window = part.rows[first..<min(first + shown, part.rows.count)]
    return DraftRows(
      rows: [head(of: draft)] + window, cursorRow: 1 + part.cursorRow - first, toCursor: part.toCursor)
  }

  /// The part of the text that is laid out: some before the cursor, from the beginning of a line if there is one, and
  /// some after it.
  private func sight(of draft: Draft) -> Range<Int> {
    let text = draft.text
    var start = max(0, draft.cursor - bytesInSight)
    if start > 0 {
      // A long line is cut at the same places wherever the cursor is in it, so that its rows stay as they are.
      start -= start % bytesInSight
      start = min(start, draft.cursor)
      while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
      if let lineEnd = text[start..<draft.cursor].firstIndex(of: UInt8(ascii: "\n")) { start = lineEnd + 1 }
    }
    var end = min(text.count, draft.cursor + bytesInSight)
    while end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
    return start..<end
  }

  /// `bob> [200 lines, 6 KB]`
  private func head(of draft: Draft) -> DraftRows.Row {
    let lines = 1 + draft.text.count { $0 == UInt8(ascii: "\n") }
    let bytes = draft.text.count
    let size =
      bytes == 1
      ? "1 byte" : bytes < 1024 ? "\(bytes) bytes" : bytes < 1 << 20 ? "\(bytes / 1024) KB" : "\(bytes >> 20) MB"
    let note = "[\(lines == 1 ? "" : "\(lines) lines, ")\(size)]".prefix(columns)
    let prompt = end(of: draft.prompt, columns: columns - note.utf8.count)
    let row = lay(Draft(prompt: ""), from: 0, to: 0, prompt: prompt).rows[0]
    return DraftRows.Row(
      text: row.text + note, width: row.width + note.utf8.count, widthAtLeast: row.widthAtLeast + note.utf8.count)
  }

  /// The end of a prompt, behind an ellipsis, or all of it if there is room.
  private func end(of prompt: String, columns room: Int) -> String {
    guard prompt.reduce(0, { $0 + CellWidth.of($1) }) > room else { return prompt }
    var width = CellWidth.of("…")
    // An ellipsis alone is of no use.
    guard room > width else { return "" }
    let end = prompt.reversed().prefix { character in
      width += CellWidth.of(character)
      return width <= room
    }
    return "…" + String(end.reversed())
  }

  // MARK: Breaking into rows

  private func lay(_ draft: Draft, from start: Int, to end: Int, prompt: String) -> DraftRows {
    var page = Page(columns: columns, region: draft.region)
    for character in prompt { page.add(character, at: nil) }
    var offset = start
    for character in String(decoding: draft.text[start..<end], as: UTF8.self) {
      // A cursor inside a cluster stands before it: the terminal draws the cluster as one.
      if !page.hasCursor, draft.cursor < offset + character.utf8.count { page.placeCursor() }
      page.add(character, at: offset)
      offset += character.utf8.count
    }
    if !page.hasCursor { page.placeCursor() }
    return page.finished
  }
}

/// Rows being filled.
private struct Page {
  let columns: Int
  let region: Range<Int>
  private var rows: [DraftRows.Row] = [DraftRows.Row()]
  private var cursorRow = 0
  private var toCursor = DraftRows.Row()
  private(set) var hasCursor = false
  private var isMarking = false

  init(columns: Int, region: Range<Int>) {
    self.columns = columns
    self.region = region
  }

  /// Adds a character that stands at an offset of the text, or before the text.
  mutating func add(_ character: Character, at offset: Int?) {
    mark(offset.map(region.contains) ?? false)
    switch character {
    case "\n", "\r\n": breakRow()
    case "\t": add(String(repeating: " ", count: tabWidth), tabWidth)
    default:
      let scalars = character.unicodeScalars
      if let control = scalars.first, scalars.count == 1, control.value < 0x20 || control.value == 0x7F {
        add("^" + String(Unicode.Scalar(UInt8(control.value ^ 0x40))), 2)
      } else if scalars.allSatisfy({ (0x80...0x9F).contains($0.value) || $0.value == 0x2028 || $0.value == 0x2029 }) {
        // Terminals obey these as well; they are shown as what they are not.
        add("\u{FFFD}", 1)
      } else {
        add(String(character), CellWidth.of(character), atLeast: CellWidth.atLeast(character))
      }
    }
  }

  /// The cursor stands before what is added next.
  mutating func placeCursor() {
    // A full row has no place for it.
    if rows[rows.count - 1].width >= columns { breakRow() }
    hasCursor = true
    cursorRow = rows.count - 1
    toCursor = rows[cursorRow]
    if isMarking { toCursor.text += "\u{1B}[27m" }
  }

  var finished: DraftRows {
    var rows = rows
    if isMarking { rows[rows.count - 1].text += "\u{1B}[27m" }
    return DraftRows(rows: rows, cursorRow: cursorRow, toCursor: toCursor)
  }

  /// To the next multiple of eight, but not over the edge.
  private var tabWidth: Int {
    let column = rows[rows.count - 1].width
    let start = column >= columns ? 0 : column
    return min(8 - start % 8, columns - start)
  }

  private mutating func add(_ text: String, _ width: Int, atLeast least: Int? = nil) {
    if width > 0, rows[rows.count - 1].width + width > columns, rows[rows.count - 1].width > 0 { breakRow() }
    rows[rows.count - 1].text += text
    rows[rows.count - 1].width += min(width, columns)
    rows[rows.count - 1].widthAtLeast += min(least ?? width, columns)
    let isBlank = text.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
    rows[rows.count - 1].blanksAtEnd = isBlank ? rows[rows.count - 1].blanksAtEnd + width : 0
  }

  private mutating func breakRow() {
    let wasMarking = isMarking
    mark(false)
    rows.append(DraftRows.Row())
    mark(wasMarking)
  }

  /// Reverse video, on and off.
  private mutating func mark(_ on: Bool) {
    guard on != isMarking else { return }
    isMarking = on
    rows[rows.count - 1].text += on ? "\u{1B}[7m" : "\u{1B}[27m"
  }
}
