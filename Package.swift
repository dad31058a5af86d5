// swift-tools-version: 6.1
import PackageDescription

// Every target of ours is Swift 6 language mode (the tools version's default) and treats warnings as errors.
let strict: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]
// The harness draws every cell that a flood writes, and all text is scanned by vectors, which cost a hundred times as
// much when they are not optimised. So these are optimised in debug builds, too.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

// The decoders under fuzzing: a libFuzzer program when tools/fuzz asks for it, otherwise a test of the same properties.
let isFuzzing = Context.environment["TINCAN_FUZZ"] != nil
let fuzzed: [Target.Dependency] = [
  "Basics", "ChatEndpoint", "ChatProtocol", "MessageStore", "PeerSecurity", "RelayCore", "Terminal", "TestSupport",
]
let fuzzing: Target =
  isFuzzing
  ? .executableTarget(
    name: "fuzz", dependencies: fuzzed, path: "Tests/Fuzzing", exclude: ["FuzzingTests.swift", "Vectors"],
    swiftSettings: strict)
  : .testTarget(
    name: "FuzzingTests", dependencies: fuzzed, path: "Tests/Fuzzing", exclude: ["EntryPoint.swift", "Vectors"],
    swiftSettings: strict)

let package = Package(
  name: "tincan",
  products: [
    .executable(name: "tincan", targets: ["tincan"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // The C libraries, as the distribution packages them.
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CVTerm", path: "IntegrationTests/CVTerm", providers: [.apt(["libvterm-dev"])]),

    // The product. Arrows point down only; tools/check-house-rules holds the imports to this list.
    .target(name: "CSystem", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "Basics", swiftSettings: strict + optimised),
    .target(name: "ChatProtocol", dependencies: ["Basics"], swiftSettings: strict),
    .target(name: "RelayCore", dependencies: ["ChatProtocol", "Basics"], swiftSettings: strict),
    .target(name: "PeerSecurity", dependencies: ["ChatProtocol", "Basics", "COpenSSL"], swiftSettings: strict),
    .target(name: "Sockets", dependencies: ["Basics", "CSystem"], swiftSettings: strict),
    .target(name: "CStoreFile", dependencies: ["CSQLite"]),
    .target(
      name: "MessageStore", dependencies: ["Basics", "ChatProtocol", "CSQLite", "CStoreFile"], swiftSettings: strict),
    .target(name: "CLineEditing", dependencies: ["CReadline"], cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "Terminal", dependencies: ["Basics", "CLineEditing", "CReadline"], swiftSettings: strict),
    .target(
      name: "ChatEndpoint",
      dependencies: ["Basics", "ChatProtocol", "MessageStore", "PeerSecurity", "Sockets", "Terminal"],
      swiftSettings: strict),
    .target(
      name: "RelayServer", dependencies: ["Basics", "ChatProtocol", "PeerSecurity", "RelayCore", "Sockets"],
      swiftSettings: strict),
    .executableTarget(
      name: "tincan",
      dependencies: [
        "Basics", "ChatEndpoint", "ChatProtocol", "MessageStore", "PeerSecurity", "RelayCore", "RelayServer", "Sockets",
        "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests of the parts.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ChatProtocolTests", dependencies: ["Basics", "ChatProtocol", "TestSupport"], exclude: ["Golden"],
      swiftSettings: strict),
    .testTarget(
      name: "RelayCoreTests", dependencies: ["Basics", "ChatProtocol", "RelayCore", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PeerSecurityTests", dependencies: ["Basics", "ChatProtocol", "COpenSSL", "PeerSecurity", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "SocketsTests", dependencies: ["Sockets", "CSystem", "TestSupport"], swiftSettings: strict),
    .executableTarget(
      name: "store-bench", dependencies: ["ChatProtocol", "MessageStore", "TestSupport"], path: "Tests/StoreBench",
      swiftSettings: strict),
    .testTarget(
      name: "MessageStoreTests",
      dependencies: ["Basics", "ChatProtocol", "CSQLite", "CStoreFile", "MessageStore", "TestSupport"],
      exclude: ["Vectors"], swiftSettings: strict),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "Basics", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "RelayServerTests",
      dependencies: ["Basics", "ChatProtocol", "PeerSecurity", "RelayCore", "RelayServer", "Sockets", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ChatEndpointTests",
      dependencies: ["Basics", "ChatEndpoint", "ChatProtocol", "Sockets", "Terminal", "TestSupport"],
      swiftSettings: strict),
    fuzzing,
    // tools/simulate and tools/explore build it as a program.
    .testTarget(
      name: "SimulationTests", dependencies: ["Basics", "ChatProtocol", "TestSupport"], path: "Tests/Simulation",
      exclude: ["EntryPoint.swift", "Planted"], swiftSettings: strict),

    // The scripted harness and what it runs. It never imports the product: it starts the built program.
    .target(name: "CHarness", path: "IntegrationTests/CHarness", cSettings: [.define("_GNU_SOURCE")]),
    .target(
      name: "Harness", dependencies: ["CHarness", "CVTerm"], path: "IntegrationTests/Harness",
      swiftSettings: strict + optimised),
    .executableTarget(
      name: "scenario",
      dependencies: ["Harness", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "IntegrationTests/ScenarioRunner", swiftSettings: strict),
    .executableTarget(
      name: "keyboard-fuzzer", dependencies: ["CHarness", "Harness"], path: "IntegrationTests/KeyboardFuzzer",
      swiftSettings: strict),
    .testTarget(
      name: "HarnessTests", dependencies: ["Harness", "scenario", "TestSupport"],
      path: "IntegrationTests/HarnessTests", exclude: ["Failing", "Passing"], swiftSettings: strict),
    .testTarget(
      name: "ScenarioTests", dependencies: ["Harness", "scenario", "TestSupport"],
      path: "IntegrationTests/ScenarioTests", swiftSettings: strict),
  ]
)

// The sanitizers look at the tests of the parts: of all, or of those that are named. A build of everything takes three
// times as long.
if let parts = Context.environment["TINCAN_TESTS_ONLY"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll {
    $0.path?.hasPrefix("IntegrationTests") ?? false || $0.type == .executable
      || $0.type == .test && !parts.contains("all") && !parts.contains($0.name)
  }
  package.products = []
  package.dependencies = []
}
