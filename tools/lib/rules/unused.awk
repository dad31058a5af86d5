# Finds declarations that nobody in Sources mentions again: code that only a test calls, or nobody. By words, so a name
# that is declared twice counts as mentioned. Reads code as code.awk prints it, first of Sources, then of the tests.
#
# Set `exempt` to names, with blanks between, that others call: the compiler, a library, the system.

BEGIN { count = split(exempt, names, " "); for (i = 1; i <= count; i++) mentions[names[i]] = 2 }
{
  match($0, /^[^:]*:[0-9]+:/)
  where = substr($0, 1, RLENGTH)
  rest = substr($0, RLENGTH + 1)
  isSource = where ~ /^Sources\//
  before = ""
  while (match(rest, /[A-Za-z_][A-Za-z0-9_]*/)) {
    name = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    if (isSource) {
      mentions[name]++
      # An enumeration's own case, not a pattern of a number or of one of C's constants.
      if (before == "case" && name ~ /^(x[0-9A-F]+|[A-Z_]+)$/) continue
      if (before ~ /^(func|var|let|struct|enum|class|actor|protocol|typealias|case)$/) place[name] = where
    } else tested[name] = 1
    before = name
  }
}
END {
  for (name in place)
    if (mentions[name] == 1) print place[name] " " name " is used " (name in tested ? "by a test only" : "by nobody")
}
