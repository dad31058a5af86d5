import CVTerm

/// What a person in front of the terminal sees: libvterm draws it from the bytes the program writes.
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
  /// What `text` gave since something was drawn last.
  private var lastText: [UInt8]?

  init(_ size: TerminalSize) {
    self.size = size
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
    lastText = nil
    _ = bytes.withUnsafeBytes {
      vterm_input_write(emulator, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
    }
    vterm_screen_flush_damage(cells)
  }

  func resize(to size: TerminalSize) {
    self.size = size
    lastText = nil
    vterm_set_size(emulator, Int32(size.rows), Int32(size.columns))
  }

  /// What the terminal says to the program by itself.
  func takeAnswers() -> [UInt8] {
    defer { answers = [] }
    return answers
  }

  /// The bytes a named key sends in the terminal's present mode.
  func bytes(for key: VTermKey, with modifiers: VTermModifier) -> [UInt8] {
    vterm_keyboard_key(emulator, key, modifiers)
    return takeAnswers()
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
      ScreenRow(cells: (0..<size.columns).map { cell(row: row, column: $0) })
    }
  }

  /// The rows as UTF-8, without blanks at their ends, parted by newlines. Done by the emulator, since it is asked for
  /// after everything that is drawn.
  func text() -> [UInt8] {
    if let lastText { return lastText }
    let whole = VTermRect(start_row: 0, end_row: Int32(size.rows), start_col: 0, end_col: Int32(size.columns))
    // A cell has at most six characters of at most four bytes; each row, a newline.
    let capacity = size.rows * (size.columns * 24 + 1)
    let padded = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      buffer.withMemoryRebound(to: CChar.self) {
        count = vterm_screen_get_text(cells, $0.baseAddress, capacity, whole)
      }
    }
    var text: [UInt8] = []
    text.reserveCapacity(padded.count)
    for byte in padded {
      if byte == 0x0A { text.dropBlanksAtEnd() }
      text.append(byte)
    }
    text.dropBlanksAtEnd()
    lastText = text
    return text
  }

  /// The same as rows of bytes.
  func lines() -> [ArraySlice<UInt8>] {
    text().split(separator: 0x0A, omittingEmptySubsequences: false)
  }

  private func cell(row: Int, column: Int) -> VTermScreenCell {
    var cell = VTermScreenCell()
    _ = vterm_screen_get_cell(cells, VTermPos(row: Int32(row), col: Int32(column)), &cell)
    return cell
  }

  // MARK: What the emulator tells

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

extension [UInt8] {
  fileprivate mutating func dropBlanksAtEnd() {
    while last == 0x20 { removeLast() }
  }
}
