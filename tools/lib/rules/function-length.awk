# Finds functions, initialisers, subscripts and computed properties of more than `max` lines, in code as code.awk prints
# it. Counted from the line with the keyword to the one with the closing brace.

function begins(line) {
  if (line ~ /^ *([a-z]+(\([a-z]+\))? +|@[A-Za-z_]+(\([^)]*\))? +)*(func |init[?(<]|deinit|subscript[(<])/) return 1
  return line ~ /^ *([a-z]+(\([a-z]+\))? +)*var [^={]*\{/
}

{
  match($0, /^[^:]*:[0-9]+:/)
  split(substr($0, 1, RLENGTH), at, ":")
  line = substr($0, RLENGTH + 1)
  if (at[1] != file) { file = at[1]; depth = 0; waiting = 0 }
  if (begins(line)) { waiting = at[2]; name = line; sub(/^ +/, "", name) }
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "{") {
      from[++depth] = waiting
      what[depth] = name
      waiting = 0
    } else if (c == "}" && depth > 0) {
      if (from[depth] && at[2] - from[depth] + 1 > max)
        print file ":" from[depth] ": " at[2] - from[depth] + 1 " lines: " substr(what[depth], 1, 60)
      depth--
    }
  }
}
