# Finds public declarations that no other module of Sources mentions, in code of Sources as code.awk prints it. By
# words, so a name that something else has too counts as mentioned. Set `exempt` to names that a protocol wants public.

BEGIN { count = split(exempt, names, " "); for (i = 1; i <= count; i++) exempted[names[i]] = 1 }
{
  match($0, /^[^:]*:[0-9]+:/)
  where = substr($0, 1, RLENGTH)
  rest = substr($0, RLENGTH + 1)
  split(where, folders, "/")
  module = folders[2]
  isPublic = rest ~ /^ *(@[a-z]+ +)*public /
  before = ""
  while (match(rest, /[A-Za-z_][A-Za-z0-9_]*/)) {
    gap = substr(rest, 1, RSTART - 1)
    name = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    if (!(name in owner)) owner[name] = module
    else if (owner[name] != module) shared[name] = 1
    # A type may have to be public for the sake of a signature, and an operator has no name.
    if (isPublic && before ~ /^(func|var|let)$/ && gap == " ") place[name] = where
    before = name
  }
}
END {
  for (name in place)
    if (!(name in shared) && !(name in exempted)) print place[name] " " name " is public and used in its module only"
}
