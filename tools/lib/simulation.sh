# Shared by tools/simulate and tools/explore: builds the simulation, plain or with planted faults. Sourced, not run.
#
# The build is a package of its own, of the three small modules that it needs. A whole build would take minutes.

planted_patches="$root/Tests/Simulation/Planted"
simulation_parts=(Sources/Basics Sources/ChatProtocol Tests/TestSupport Tests/Simulation)

# simulation_package DIRECTORY: writes a package that has the modules in its Sources.
simulation_package() {
  mkdir -p "$1/Sources"
  cat >"$1/Package.swift" <<'PACKAGE'
// swift-tools-version: 6.1
import PackageDescription

// -enable-testing: the simulation looks at what is internal to the engine, and the build is optimised.
let settings: [SwiftSetting] = [.unsafeFlags(["-enable-testing"])]
let package = Package(
  name: "simulation",
  targets: [
    .target(name: "Basics", swiftSettings: settings),
    .target(name: "ChatProtocol", dependencies: ["Basics"], swiftSettings: settings),
    .target(name: "TestSupport", swiftSettings: settings),
    .executableTarget(
      name: "Simulation", dependencies: ["Basics", "ChatProtocol", "TestSupport"],
      exclude: ["SimulationTests.swift", "Planted"], swiftSettings: settings),
  ])
PACKAGE
}

# build_simulation DIRECTORY: builds the package, and prints the path of the program.
build_simulation() {
  local log="$1/build.log"
  swift build -c release --package-path "$1" >"$log" 2>&1 </dev/null || {
    grep -E 'error:' "$log" >&2 || tail -n 20 "$log" >&2
    fail "the build failed; its whole output is in $log" 70
  }
  echo "$1/.build/release/Simulation"
}

# The simulation of the project as it is.
plain_simulation() {
  local directory="$root/.build-simulation/plain" part
  simulation_package "$directory"
  for part in "${simulation_parts[@]}"; do ln -sfn "$root/$part" "$directory/Sources/${part##*/}"; done
  build_simulation "$directory"
}

# The simulation with every planted fault in it, of which the environment switches one on.
planted_simulation() {
  local directory="$root/.build-simulation/planted" part patch
  rm -rf "$directory/new"
  simulation_package "$directory"
  mkdir -p "$directory/new/Sources"
  for part in "${simulation_parts[@]}"; do cp -R "$root/$part" "$directory/new/Sources/"; done
  cp "$planted_patches/Planted.swift" "$directory/new/Sources/ChatProtocol/"
  for patch in "$planted_patches"/*.patch; do
    # One line of context is enough, so that patches of neighbouring lines go together.
    (cd "$directory/new" && GIT_CEILING_DIRECTORIES=$directory git apply -C1 "$patch" 2>"$directory/apply.log") ||
      fail "$(basename "$patch" .patch) does not apply any more: $(cat "$directory/apply.log")"
  done
  # Files that did not change keep their time, so that only what changed is built.
  (cd "$directory/new/Sources" && find . -type f) | while IFS= read -r part; do
    cmp -s "$directory/new/Sources/$part" "$directory/Sources/$part" && continue
    mkdir -p "$(dirname "$directory/Sources/$part")"
    cp "$directory/new/Sources/$part" "$directory/Sources/$part"
  done
  (cd "$directory/Sources" && find . -type f) | while IFS= read -r part; do
    [ -e "$directory/new/Sources/$part" ] || rm "$directory/Sources/$part"
  done
  build_simulation "$directory"
}

# The names of all planted faults: those of the engine, and those of what surrounds it.
planted_names() {
  {
    find "$planted_patches" -name '*.patch' -printf '%f\n' | sed 's/\.patch$//'
    sed -nE 's/^ *case [a-zA-Z]+ = "([a-z-]+)"$/\1/p' "$root/Tests/Simulation/Setup.swift"
  } | sort
}

# find_planted NAME|all ARGUMENTS…: requires that each fault is found. Several are looked for at once, so the lines come
# in no order.
find_planted() {
  local chosen=$1 program
  shift
  if [ "$chosen" != all ]; then
    planted_names | grep -qxF "$chosen" || fail "no planted fault is called $chosen: $(planted_names | tr '\n' ' ')" 64
  fi
  program=$(planted_simulation)
  { [ "$chosen" = all ] && planted_names || echo "$chosen"; } | for_each_line find_one "$program" "$@" ||
    fail "a planted fault was not found"
}

# find_one PROGRAM ARGUMENTS… NAME
find_one() {
  local name=${*: -1}
  TINCAN_PLANTED=$name "${@:1:$#-1}" --looks-for "$name"
}
