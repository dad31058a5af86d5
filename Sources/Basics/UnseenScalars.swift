extension Unicode.Scalar {
  /// Whether a terminal might obey it, or show nothing for it: controls, what orders or parts text, what is ignorable
  /// by default, and noncharacters. The properties of the Unicode Character Database say so.
  public var isUnseen: Bool {
    if value < 0x80 { return value < 0x20 || value == 0x7F }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
    }
  }
}
