import CVTerm

/// The screen as a person in front of the terminal sees it: libvterm draws it from the bytes the program writes.
///
/// A mirror of it has the history of everything it ever showed. Concealed text, of which the emulator knows nothing, is
/// given a font of its own when it is drawn, and read as blanks.
///
/// The emulator also answers a program's questions (where is the cursor, what are you); the answers wait in
/// `takeAnswers` for whoever owns the terminal.
final class Screen {
  /// Rows that scrolled off the top and are remembered; a flood pushes the oldest out.
  static let rememberedRows = 2000

  private let emulator: OpaquePointer
  private let state: OpaquePointer
  private let cells: OpaquePointer
  private let callbacks: UnsafeMutablePointer<VTermScreenCallbacks>
  private(set) var size: TerminalSize
  /// Rows that scrolled off the top, oldest first.
  private(set) var scrolledOff: [[UInt8]] = []
  /// How many rows ever did.
  private(set) var scrolledOffCount = 0
  private(set) var cursorIsVisible = true
  private(set) var isAlternate = false
  private(set) var reportsMouse = false
  private var answers: [UInt8] = []
  private var mirror: ScreenMirror
  /// While the size changes the emulator reports rectangles of either size; everything is read again afterwards.
  private var isResizing = false
  private var sequences = ControlSequences()
  /// Whether the last byte was the first of U+0080 to U+00BF. It is not given before the second.
  private var holdsC2 = false
  /// The settings that the program made besides what is drawn.
  private(set) var settings = TerminalSettings()
  /// The drawing and the change of the history that came before the last thing the scenario did.
  private(set) var beforeAction = (drawing: 0, change: 0)
  /// For a text that was found, the last drawing then.
  private var found: [String: Int] = [:]

  init(_ size: TerminalSize) {
    self.size = size
    mirror = ScreenMirror(size)
    emulator = vterm_new(Int32(size.rows), Int32(size.columns))
    vterm_set_utf8(emulator, 1)
    state = vterm_obtain_state(emulator)
    cells = vterm_obtain_screen(emulator)
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: VTermScreenCallbacks())
    let me = Unmanaged.passUnretained(self).toOpaque()
    callbacks.pointee.sb_pushline = { count, row, user in
      let screen = Unmanaged<Screen>.fromOpaque(user!).takeUnretainedValue()
      screen.remember(UnsafeBufferPointer(start: row, count: Int(count)))
      return 1
    }
    callbacks.pointee.damage = { rectangle, user in
      Unmanaged<Screen>.fromOpaque(user!).takeUnretainedValue().changed(rectangle)
      return 1
    }
    callbacks.pointee.moverect = { target, source, user in
      Unmanaged<Screen>.fromOpaque(user!).takeUnretainedValue().moved(to: target, from: source)
      return 1
    }
    callbacks.pointee.settermprop = { property, value, user in
      Unmanaged<Screen>.fromOpaque(user!).takeUnretainedValue().set(property, value!.pointee)
      return 1
    }
    vterm_screen_set_callbacks(cells, callbacks, me)
    vterm_output_set_callback(
      emulator,
      { bytes, count, user in
        let answer = UnsafeRawBufferPointer(start: bytes, count: count)
        Unmanaged<Screen>.fromOpaque(user!).takeUnretainedValue().answers += answer
      }, me)
    vterm_screen_enable_altscreen(cells, 1)
    vterm_screen_reset(cells, 1)
  }

  deinit {
    vterm_free(emulator)
    callbacks.deallocate()
  }

  // MARK: Commands

  /// Draws what a program wrote.
  func draw(_ bytes: [UInt8]) {
    var rest = bytes[...]
    for (index, byte) in bytes.enumerated() {
      if holdsC2 || byte == 0xC2 || sequences.hasTooManyParameters(before: byte) {
        give(rest[..<index])
        rest = bytes[(isHarmful(byte) ? index + 1 : index)...]
      }
      if sequences.ignores(byte) {
        guard byte >= 0xC0, rest.startIndex <= index, settings.cutsLines else { continue }
        give(rest[..<index])
        rest = bytes[index...]
        makeRoom(for: rest)
      } else if let sequence = sequences.take(byte) {
        settings.apply(sequence)
        guard sequence.needsCare else { continue }
        give(rest[...index])
        rest = bytes[(index + 1)...]
        keepCursorInside()
        if let font = sequence.fontOfConcealed { give(font[...]) }
      }
    }
    give(rest)
  }

  /// Whether a byte is to be kept from the emulator. libvterm 0.1.4 counts on at most 16 parameters, and moves the
  /// cursor off the screen for U+0080 to U+009F. A character may be interrupted, so its first byte is given late.
  private func isHarmful(_ byte: UInt8) -> Bool {
    defer { holdsC2 = byte == 0xC2 }
    if holdsC2 && (0x80...0x9F).contains(byte) { return true }
    if holdsC2 { give((0xA0...0xBF).contains(byte) ? [0xC2] : Array("\u{FFFD}".utf8)[...]) }
    return byte == 0xC2 || sequences.hasTooManyParameters(before: byte)
  }

  /// Moves the cursor one to the left when a wide character comes and there is a single cell left.
  ///
  /// libvterm 0.1.4 begins a new row for it although lines are to be cut. Other terminals put it into the last two
  /// cells.
  private func makeRoom(for bytes: ArraySlice<UInt8>) {
    guard cursor.column == size.columns, Self.isWide(String(decoding: bytes.prefix(4), as: UTF8.self)) else { return }
    give(Array("\u{1B}[D".utf8)[...])
  }

  /// Whether the emulator gives two cells to the first character of a text.
  private static func isWide(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first else { return false }
    let screen = Screen(TerminalSize(columns: 4, rows: 1))
    screen.draw(Array(String(first).utf8))
    return screen.cursor.column == 3
  }

  /// Has the emulator draw some bytes.
  ///
  /// libvterm 0.1.4 has room for one character a byte of a write. A broken character from before makes one more, which
  /// it writes behind its room. A NUL at the end is room, and draws nothing.
  private func give(_ bytes: ArraySlice<UInt8>) {
    _ = (bytes + [0]).withUnsafeBytes {
      vterm_input_write(emulator, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
    }
    vterm_screen_flush_damage(cells)
  }

  func resize(to size: TerminalSize) {
    self.size = size
    isResizing = true
    if settings.forgetScrollRegion() { interject("\u{1B}[r\u{1B}[\(cursor.row);\(cursor.column)H") }
    vterm_set_size(emulator, Int32(size.rows), Int32(size.columns))
    keepCursorInside()
    isResizing = false
    mirror.replace(size, read: cell)
  }

  /// Puts the cursor back when it left the screen: else the next character or erasure there ends the process.
  ///
  /// A lower screen keeps the rows at its bottom. With many rows below the cursor, libvterm 0.1.4 moves the cursor up
  /// with its row, above the first. It also restores a cursor that was saved on a larger screen.
  private func keepCursorInside() {
    let row = min(max(1, cursor.row), size.rows)
    let column = min(max(1, cursor.column), size.columns)
    if cursor != (row, column) { interject("\u{1B}[\(row);\(column)H") }
  }

  /// Draws a sequence that the program did not write. It may come while one of the program's is not complete: what
  /// came of that is given again.
  private func interject(_ sequence: String) {
    give(Array(sequence.utf8)[...])
    give(sequences.unfinished[...])
  }

  /// The scenario does something: what is drawn from now on may be an answer to it.
  func noteAction() {
    mirror.settle()
    beforeAction = (mirror.drawing, mirror.history.count)
  }

  /// A text was found on it.
  func noteFound(_ text: String) { found[text] = mirror.drawing }

  /// The last drawing that does not count where a text is to be drawn anew.
  func drawingBefore(_ text: String) -> Int { max(beforeAction.drawing, found[text] ?? 0) }

  /// The answers that the terminal gives the program by itself.
  func takeAnswers() -> [UInt8] {
    defer { answers = [] }
    return answers
  }

  /// The bytes a terminal puts around pasted text, if the program asked for that.
  func pasteBrackets() -> (begin: [UInt8], end: [UInt8]) {
    vterm_keyboard_start_paste(emulator)
    let begin = takeAnswers()
    vterm_keyboard_end_paste(emulator)
    return (begin, takeAnswers())
  }

  // MARK: Queries

  /// The cursor's place; row and column count from 1.
  var cursor: (row: Int, column: Int) {
    var position = VTermPos()
    vterm_state_get_cursorpos(state, &position)
    return (Int(position.row) + 1, Int(position.col) + 1)
  }

  /// Whether the program asked for pastes to be bracketed.
  var bracketsPastes: Bool { !pasteBrackets().begin.isEmpty }

  /// All rows from the top.
  func rows() -> [ScreenRow] {
    (0..<size.rows).map { row in
      ScreenRow(
        cells: (0..<size.columns).map { cell(row: row, column: $0) }, drawings: mirror.cells[row].map(\.drawing))
    }
  }

  /// The rows as UTF-8, without blanks at their ends.
  func lines() -> [[UInt8]] { history.rows }

  /// The same, parted by newlines.
  func text() -> [UInt8] { Array(lines().joined(separator: [0x0A])) }

  /// Everything it ever showed.
  var history: DrawnHistory {
    mirror.settle()
    return mirror.history
  }

  private func cell(row: Int, column: Int) -> VTermScreenCell {
    var cell = VTermScreenCell()
    _ = vterm_screen_get_cell(cells, VTermPos(row: Int32(row), col: Int32(column)), &cell)
    return cell
  }

  // MARK: What the emulator tells

  private func changed(_ rectangle: VTermRect) {
    if !isResizing { mirror.changed(rectangle, read: cell) }
  }

  private func moved(to target: VTermRect, from source: VTermRect) {
    if !isResizing { mirror.moved(to: target, from: source, read: cell) }
  }

  private func remember(_ row: UnsafeBufferPointer<VTermScreenCell>) {
    scrolledOff.append(ScreenRow.bytes(of: row))
    scrolledOffCount += 1
    // Dropped in large pieces, so that a flood costs no more than its rows.
    if scrolledOff.count > 2 * Self.rememberedRows { scrolledOff.removeFirst(Self.rememberedRows) }
  }

  private func set(_ property: VTermProp, _ value: VTermValue) {
    switch property {
    case VTERM_PROP_CURSORVISIBLE: cursorIsVisible = value.boolean != 0
    case VTERM_PROP_ALTSCREEN: isAlternate = value.boolean != 0
    case VTERM_PROP_MOUSE: reportsMouse = value.number != 0
    default: break
    }
  }
}

extension ControlSequences.Sequence {
  /// Whether the emulator does not draw it as it should, or the cursor may be off the screen afterwards. A string that
  /// is not ended properly hides the escape sequence behind it.
  fileprivate var needsCare: Bool {
    switch self {
    case .bell: false
    case .escape(let bytes): bytes == [UInt8(ascii: "8")]
    case .control: fontOfConcealed != nil
    case .command: true
    }
  }

  /// For a change of colours that conceals text or reveals it again: the change to the font that stands for that. Fonts
  /// are reset with everything else by parameter 0.
  fileprivate var fontOfConcealed: [UInt8]? {
    guard case .control(nil, let parameters, "", UInt8(ascii: "m")) = self else { return nil }
    var conceals: Bool?
    var numbers = parameters.split(separator: ";", omittingEmptySubsequences: false)[...]
    while let number = numbers.popFirst() {
      switch number {
      case "38", "48", "58": numbers = numbers.dropFirst(numbers.first == "5" ? 2 : 4)
      case "8": conceals = true
      case "28", "0", "": conceals = false
      default: break
      }
    }
    return conceals.map { Array("\u{1B}[\($0 ? 10 + VTermScreenCell.concealedFont : 10)m".utf8) }
  }
}
