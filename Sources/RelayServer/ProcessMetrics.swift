import Sockets

/// The metrics that every program has under the same names (prometheus.io/docs/instrumenting/writing_clientlibs,
/// "Process metrics").
enum ProcessMetrics {
  static func add(to page: inout MetricsText) {
    let usage = ProcessUsage.now
    page.counter(
      "process_cpu_seconds_total", "Processor time, of the program and of the kernel for it.",
      [.init(usage.processorSeconds)])
    page.gauge(
      "process_start_time_seconds", "When the program was started, in seconds since 1970.",
      [.init(ProcessUsage.started.sinceEpoch)])
    page.gauge("process_max_fds", "How many descriptors may be open.", DescriptorLimit.current.soft)
    if let open = usage.openDescriptors { page.gauge("process_open_fds", "Descriptors that are open.", open) }
    if let memory = usage.memory {
      page.gauge("process_virtual_memory_bytes", "Address space.", memory.virtual)
      page.gauge("process_resident_memory_bytes", "Memory in use.", memory.resident)
    }
  }
}
