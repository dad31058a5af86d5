/// The nearest of several deadlines; nil when there is none.
public func nearest(_ deadlines: Instant?...) -> Instant? { nearest(deadlines) }

/// The nearest of a list of deadlines; nil when there is none.
public func nearest(_ deadlines: some Sequence<Instant?>) -> Instant? {
  deadlines.reduce(nil) { found, next in
    guard let found, let next else { return found ?? next }
    return min(found, next)
  }
}
