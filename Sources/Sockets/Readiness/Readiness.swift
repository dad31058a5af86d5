import Glibc

/// The events for which a descriptor is watched.
public struct Interest: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes (or a connection) to take.
  public static let reading = Interest(rawValue: 1)
  /// Room for bytes.
  public static let writing = Interest(rawValue: 2)
  /// Only that the other side of a pipe or terminal is gone.
  public static let hangUp = Interest(rawValue: 4)

  /// As `poll` takes it. A hang-up is always reported, so watching for it alone asks for nothing.
  var pollEvents: CShort {
    var events: CShort = 0
    if contains(.reading) { events |= CShort(POLLIN) }
    if contains(.writing) { events |= CShort(POLLOUT) }
    return events
  }
}

/// The finding of a wait about one descriptor, in terms of the next step.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, end of stream or an error wait there. A hint: another reader may be faster.
  public static let readable = Readiness(rawValue: 1)
  /// A write takes bytes, or gives the error. A hint: another writer may be faster.
  public static let writable = Readiness(rawValue: 2)
  /// The other side is gone. There may still be bytes to read: read first.
  public static let hungUp = Readiness(rawValue: 4)

  /// The mapping from poll(2)'s `revents`. A hang-up or an error makes both directions ready, since the next read or
  /// write gives the error, and bytes that came before it are still there to be read.
  /// - Precondition: not `POLLNVAL`, which means that we watched a descriptor that is not open.
  init(pollEvents events: CShort) {
    precondition(events & CShort(POLLNVAL) == 0, "poll on a descriptor that is not open")
    self = []
    if events & CShort(POLLIN) != 0 { insert(.readable) }
    if events & CShort(POLLOUT) != 0 { insert(.writable) }
    if events & CShort(POLLHUP | POLLERR) != 0 { formUnion([.readable, .writable, .hungUp]) }
  }
}
