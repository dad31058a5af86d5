# Shared by the tools that measure. Sourced after setup.sh, not run.

# Microseconds since some point in the past.
now() { printf '%s' "${EPOCHREALTIME/./}"; }

# Prints a port nobody listens on at this moment.
free_port() {
  local port
  while :; do
    port=$((10000 + RANDOM % 20000))
    grep -qi ":$(printf '%04X' "$port") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6 || { printf '%s' "$port"; return; }
  done
}

# Waits until a program listens on a port.
await_listener() {
  local row
  row=$(printf ':%04X [0:]*:0000 0A' "$1")
  until grep -qiE "$row" /proc/net/tcp /proc/net/tcp6; do :; done
}

# quantile Q: that quantile (0 to 1) of the numbers on standard input; a dash when there is none.
quantile() {
  { grep -vxF -- - || true; } | sort -g | awk -v q="$1" '
    { v[NR] = $1 }
    END {
      if (!NR) { print "-"; exit }
      at = 1 + q * (NR - 1); low = int(at); high = low < NR ? low + 1 : low
      print v[low] + (at - low) * (v[high] - v[low])
    }'
}

# median FILE: a dash when there is no number in it, or no such file.
median() { if [ -e "$1" ]; then quantile 0.5 <"$1"; else echo -; fi; }

# ratios A B: what A is to B in each round, one row a round.
ratios() { paste "$1" "$2" | awk '$1 != "-" && $2 != "-" && $2 > 0 { print $1 / $2 }'; }
