# Finds public declarations without a doc comment, in Swift files as they are. Each file is to be given twice: the first
# time the requirements of protocols are collected.
#
# Nothing is asked of an operator, of what a protocol requires and describes, and of an initialiser whose parameters are
# all named like properties of the same file.

function reset() { documented = 0; inProtocol = 0; signature = ""; split("", property) }

function report(line) {
  sub(/^ +/, "", line)
  print FILENAME ":" at ": " substr(line, 1, 80)
}

# Whether a parameter of an initialiser is not named like a property.
function hasOwnParameter(text) {
  sub(/^[^(]*\(/, "", text)
  while (match(text, /[A-Za-z_]+( [A-Za-z_]+)?:/)) {
    name = substr(text, RSTART, RLENGTH - 1)
    sub(/.* /, "", name)
    if (!(name in property)) return 1
    text = substr(text, RSTART + RLENGTH)
    sub(/^[^,]*(,|$)/, "", text)
  }
  return 0
}

FNR == 1 {
  if (FILENAME in seen) isSecond = 1
  seen[FILENAME] = 1
  reset()
}
!isSecond {
  if (/^ *(public )?protocol /) inProtocol = 1
  else if (/^}/) inProtocol = 0
  if (inProtocol && match($0, /(func|var|let) +[A-Za-z_]+/)) {
    name = substr($0, RSTART, RLENGTH)
    sub(/.* /, "", name)
    required[name] = 1
  }
  next
}
match($0, /(let|var) [A-Za-z_]+/) { property[substr($0, RSTART + 4, RLENGTH - 4)] = 1 }
signature != "" {
  signature = signature $0
  if (/\)/) { if (hasOwnParameter(signature)) report(signature); signature = "" }
  next
}
/^ *\/\/\// { documented = 1; next }
/^ *@[A-Za-z_]+(\([^)]*\))? *$/ { next }
/^ *(@[A-Za-z_]+(\([^)]*\))? +)*public / && !documented {
  at = FNR
  if (match($0, /(func|var|let) +[A-Za-z_]+/)) {
    name = substr($0, RSTART, RLENGTH)
    sub(/.* /, "", name)
    if (!(name in required) && name !~ /^(hash|description|next|hashValue|isEmpty|count|rawValue)$/) report($0)
  } else if (/ init[?(<]/) {
    if (!/\)/) signature = $0
    else if (hasOwnParameter(substr($0, 1, index($0, "{") ? index($0, "{") - 1 : length($0)))) report($0)
  } else if (/ (struct|enum|class|actor|protocol|typealias|subscript)/) report($0)
}
{ documented = 0 }
