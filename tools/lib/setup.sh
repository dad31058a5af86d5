# Shared by the tools: finds the project, and installs what a fresh Debian lacks. Sourced, not run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd_from=$PWD
tool=$(basename "$0")

say() { printf '%s: %s\n' "$tool" "$*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

# Fails when Swift is missing or too old. It is not installed: no Debian release packages one that is new enough.
need_swift() {
  command -v swift >/dev/null || fail "Swift 6.1 or later is needed: see https://www.swift.org/install/linux/" 69
  local version
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' | head -n 1)
  local major=${version% *} minor=${version#* }
  if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
    fail "Swift 6.1 or later is needed, and this is ${version/ /.}: see https://www.swift.org/install/linux/" 69
  fi
}

# Installs those of the named Debian packages that are missing, and prints their names. Does nothing when all are there.
need_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "please install, as root: apt-get install ${missing[*]}" 69
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q && \
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
           "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "could not install ${missing[*]}; the last lines above say why" 69
  fi
  rm -f "$log"
}

# What building needs: readline, OpenSSL, SQLite, and the C++ compiler whose library the Swift tool chain links with.
need_to_build() {
  need_swift
  need_packages libreadline-dev libssl-dev libsqlite3-dev g++ git
}

release="$root/.build-release/release/tincan"
runner="$root/.build-release/release/scenario"

# Builds the program in release.
build_release() { build_product tincan "$release" "$root/Sources"; }

# Builds the runner of scenarios likewise.
build_runner() { build_product scenario "$runner" "$root/IntegrationTests"; }

# Sets `linking` to the options of a build for a program that starts fast. Swift's own libraries and C++'s are linked
# into it where they are there for that, so that the loader has fewer to join. Nothing is looked up in the program
# itself, so it exports no symbols, and its many relocations are packed. OpenSSL, SQLite and readline stay shared: the
# distribution's updates have to reach them.
link_options() {
  linking=()
  local swift_home cxx
  swift_home=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
  [ -d "$swift_home/lib/swift_static" ] || return 0
  linking=(-Xswiftc -static-stdlib)
  cxx=$(g++ -print-file-name=libstdc++.a)
  [ -x "$swift_home/bin/ld.lld" ] && [ -e "$cxx" ] || return 0
  mkdir -p "$root/.build-release/static"
  ln -sf "$cxx" "$root/.build-release/static/"
  linking+=(-Xswiftc -use-ld=lld -Xlinker -L"$root/.build-release/static" -Xlinker --no-export-dynamic
    -Xlinker -z -Xlinker pack-relative-relocs)
}

# build_product NAME FILE SOURCES: builds what is missing or older than its sources.
build_product() {
  local product=$1 file=$2 sources=$3
  # Skip the build when no source is newer: no file that changed, and no directory that lost one. Asking the build
  # system would take a second each time.
  local built="$file.built"
  if [ -x "$file" ] && [ -e "$built" ] &&
    [ -z "$(find "$sources" "$root/Package.swift" ! -name '*.scenario' -newer "$built" -print -quit)" ]; then
    return 0
  fi
  mkdir -p "$root/.build-release"
  link_options
  touch "$root/.build-release/begun-$product"
  local log="$root/.build-release/build-$product.log"
  say "building $product (the first time takes a minute or two)"
  if ! swift build -c release --product "$product" --package-path "$root" --scratch-path "$root/.build-release" \
      "${linking[@]}" >"$log" 2>&1 </dev/null; then
    grep -E '(error|warning):' "$log" >&2 || tail -n 20 "$log" >&2
    fail "the build failed; its whole output is in $log" 70
  fi
  # Files that were edited while the build ran are newer than this.
  mv "$root/.build-release/begun-$product" "$built"
}

# for_each_line COMMAND…: runs the command with each line of standard input as its last argument, as many at once as
# there are processors. Fails if one of them did.
for_each_line() {
  local line running=0 failed=0 processors
  processors=$(nproc)
  # Without it they would go on: what a script runs in the background takes no interrupt.
  trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
  while IFS= read -r line; do
    if [ "$running" -ge "$processors" ]; then
      wait -n || failed=1
      running=$((running - 1))
    fi
    "$@" "$line" </dev/null &
    running=$((running + 1))
  done
  for ((; running > 0; running--)); do wait -n || failed=1; done
  trap - INT TERM
  return "$failed"
}
