/// A page in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), written metric by
/// metric.
struct MetricsText {
  private(set) var text = ""

  /// A value, and the labels that tell it from others of its metric: `{how="goodbye"}`, or nothing.
  struct Sample {
    let labels: String
    let value: String

    init(_ labels: String, _ value: Int) {
      self.labels = labels
      self.value = String(value)
    }

    init(_ labels: String, _ value: Double) {
      self.labels = labels
      self.value = value == .infinity ? "+Inf" : String(value)
    }

    init(_ value: Int) { self.init("", value) }
    init(_ value: Double) { self.init("", value) }

    /// A bound; 0 is none, and no value reaches infinity.
    init(bound: Int) { self.init("", bound == 0 ? .infinity : Double(bound)) }
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Int) { add(name, "gauge", help, [Sample(value)]) }
  mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) { add(name, "gauge", help, samples) }
  mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) { add(name, "counter", help, samples) }

  /// - Parameter histograms: of all threads, with the same bounds.
  mutating func histogram(_ name: String, _ help: String, _ histograms: [Histogram]) {
    add(name, "histogram", help, [])
    var (sum, count) = (0.0, 0)
    let buckets = histograms.map(\.counts)
    for (index, bound) in ((histograms.first?.bounds ?? []).map(String.init) + ["+Inf"]).enumerated() {
      count += buckets.reduce(0) { $0 + $1[index] }
      add(Sample("{le=\"\(bound)\"}", count), to: "\(name)_bucket")
    }
    for histogram in histograms { sum += histogram.sum }
    add(Sample(sum), to: "\(name)_sum")
    add(Sample(count), to: "\(name)_count")
  }

  private mutating func add(_ name: String, _ kind: String, _ help: String, _ samples: [Sample]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    for sample in samples { add(sample, to: name) }
  }

  private mutating func add(_ sample: Sample, to name: String) { text += "\(name)\(sample.labels) \(sample.value)\n" }
}
