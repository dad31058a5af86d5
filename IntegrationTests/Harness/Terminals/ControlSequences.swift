/// Finds the control sequences in what a program writes to a terminal, as they come, cut in two by a read or not.
///
/// States and transitions are those of Paul Flo Williams' parser for DEC terminals
/// (https://vt100.net/emu/dec_ansi_parser). Nothing is drawn here: that is what libvterm does.
struct ControlSequences {
  enum Sequence: Equatable {
    /// BEL, where it does not end a string.
    case bell
    /// ESC, perhaps intermediate bytes, and a final byte.
    case escape([UInt8])
    /// CSI: the private marker if there is one, parameters with `:` and `;`, intermediate bytes, the final byte.
    case control(marker: UInt8?, parameters: String, intermediate: String, final: UInt8)
    /// OSC: the string without what ends it.
    case command([UInt8])
  }

  private enum State {
    case ground
    case escape
    case control
    case command
    /// DCS, SOS, PM and APC: strings that are of no interest.
    case ignored
    /// ESC within a string, perhaps the beginning of its end.
    case escapeInString(isCommand: Bool)
  }

  /// Longer strings are cut: a clipboard's content may come here, not a film.
  private static let longestString = 1 << 20
  /// DEC's terminals knew as many.
  private static let mostParameters = 16

  private var state = State.ground
  private var collected: [UInt8] = []
  /// How many parameters of a control sequence have ended.
  private var parametersEnded = 0

  /// Takes in the next byte. Gives the sequence it completes.
  mutating func take(_ byte: UInt8) -> Sequence? {
    switch state {
    case .ground: return ground(byte)
    case .escape: return escape(byte)
    case .control: return control(byte)
    case .command: return command(byte)
    case .ignored:
      if byte == 0x1B { state = .escapeInString(isCommand: false) }
      if byte == 0x18 || byte == 0x1A { state = .ground }
      return nil
    case .escapeInString(let isCommand):
      // ESC \ ends a string; any other ESC ends it, too, and begins something else.
      begin()
      let ended = isCommand ? Sequence.command(finished) : nil
      if byte == 0x5C {
        state = .ground
        return ended
      }
      let next = escape(byte)
      return ended ?? next
    }
  }

  /// Whether a byte by itself begins nothing and completes nothing, so that it need not be taken in.
  func ignores(_ byte: UInt8) -> Bool {
    if case .ground = state { byte >= 0x20 || (byte != 0x1B && byte != 0x07) } else { false }
  }

  /// The beginning of a sequence that is not complete yet, as it came; empty between sequences. A string without
  /// interest begins as one that no emulator draws.
  var unfinished: [UInt8] {
    switch state {
    case .ground: []
    case .escape: [0x1B] + collected
    case .control: [0x1B, 0x5B] + collected
    case .command: [0x1B, 0x5D] + collected
    case .ignored: [0x1B, 0x50]
    case .escapeInString(let isCommand): [0x1B, isCommand ? 0x5D : 0x50] + collected + [0x1B]
    }
  }

  /// Whether a byte belongs to a parameter of a control sequence that has more than terminals take.
  func hasTooManyParameters(before byte: UInt8) -> Bool {
    guard (0x30...0x3B).contains(byte), case .control = state else { return false }
    return parametersEnded >= (byte < 0x3A ? Self.mostParameters : Self.mostParameters - 1)
  }

  /// The string that has just ended.
  private var finished: [UInt8] = []

  private mutating func begin() {
    finished = collected
    collected = []
    parametersEnded = 0
    state = .escape
  }

  private mutating func ground(_ byte: UInt8) -> Sequence? {
    if byte == 0x1B { begin() }
    return byte == 0x07 ? .bell : nil
  }

  private mutating func escape(_ byte: UInt8) -> Sequence? {
    switch byte {
    case 0x1B: begin()
    case 0x18, 0x1A: state = .ground
    case 0x07: return .bell
    case 0x00..<0x20, 0x7F...: break
    case 0x20..<0x30: collected.append(byte)
    case 0x5B where collected.isEmpty: state = .control
    case 0x5D where collected.isEmpty: state = .command
    case 0x50 where collected.isEmpty, 0x58 where collected.isEmpty, 0x5E where collected.isEmpty,
      0x5F where collected.isEmpty:
      state = .ignored
    default:
      state = .ground
      return .escape(collected + [byte])
    }
    return nil
  }

  private mutating func control(_ byte: UInt8) -> Sequence? {
    switch byte {
    case 0x1B: begin()
    case 0x18, 0x1A: state = .ground
    case 0x07: return .bell
    case 0x00..<0x20, 0x7F...: break
    case 0x20..<0x40:
      if collected.count < Self.longestString, !hasTooManyParameters(before: byte) { collected.append(byte) }
      if byte == 0x3A || byte == 0x3B { parametersEnded += 1 }
    default:
      state = .ground
      let marker = collected.first.flatMap { (0x3C...0x3F).contains($0) ? $0 : nil }
      let rest = collected.drop { (0x3C...0x3F).contains($0) }
      let parameters = rest.prefix { $0 >= 0x30 }
      return .control(
        marker: marker, parameters: String(decoding: parameters, as: UTF8.self),
        intermediate: String(decoding: rest.dropFirst(parameters.count), as: UTF8.self), final: byte)
    }
    return nil
  }

  private mutating func command(_ byte: UInt8) -> Sequence? {
    switch byte {
    case 0x07:
      state = .ground
      return .command(collected)
    case 0x1B: state = .escapeInString(isCommand: true)
    case 0x18, 0x1A: state = .ground
    default: if collected.count < Self.longestString { collected.append(byte) }
    }
    return nil
  }
}
