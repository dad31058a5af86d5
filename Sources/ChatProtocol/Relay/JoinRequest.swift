/// The request of a guest's first line: a room, and how to know it again.
public struct JoinRequest: Hashable, Sendable {
  /// The room where it wants to meet its peer.
  public let room: RoomName
  /// nil for a guest that cannot be known again.
  public let side: RelaySide?

  /// A request for a room.
  public init(_ room: RoomName, side: RelaySide? = nil) {
    self.room = room
    self.side = side
  }

  /// As it goes over the wire. The room stands at a fixed offset, so that a load balancer can hash it.
  public var bytes: [UInt8] { Array("TINCAN/1 JOIN \(room.text)\(side.map { " \($0.text)" } ?? "")\n".utf8) }
}
