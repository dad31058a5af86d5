# Finds identifiers made with words that this project gave up. First the list of words, then code as code.awk prints it.
#
# An entry of the list: `WORD use OTHER`, where WORD may be several words, such as `turn away`; or `except IDENTIFIER:
# REASON`. A `#` begins a comment.

# The words of an identifier, in lower case and with a blank around each: sharedPipeEnd is " shared pipe end ".
function words(name,    out, i, c, before, after) {
  out = ""
  for (i = 1; i <= length(name); i++) {
    c = substr(name, i, 1)
    before = substr(name, i - 1, 1)
    after = substr(name, i + 1, 1)
    if (c ~ /[A-Z]/ && (before ~ /[a-z0-9]/ || (before ~ /[A-Z]/ && after ~ /[a-z]/))) out = out " "
    out = out (c == "_" ? " " : tolower(c))
  }
  return " " out " "
}

FNR == NR {
  sub(/#.*/, "")
  if ($1 == "except") { sub(/:$/, "", $2); excepted[$2] = 1; next }
  if (split($0, halves, / +use +/) == 2) retired[" " halves[1] " "] = halves[2]
  next
}
{
  match($0, /^[^:]*:[0-9]+:/)
  where = substr($0, 1, RLENGTH)
  rest = substr($0, RLENGTH + 1)
  while (match(rest, /[A-Za-z_][A-Za-z0-9_]*/)) {
    name = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    if (name in excepted || seen[where name]++) continue
    spelled = words(name)
    for (word in retired)
      if (index(spelled, word)) print where " " name ": the word" word "is retired; use " retired[word]
  }
}
