# Prints Swift files without their comments and without the text of string literals, each line as FILE:LINE:CODE.
# What stands in an interpolation \( ) is code and stays. Raw strings (#"…"#) have no interpolation here.

function top() { return state[depth] }
function push(kind) { state[++depth] = kind; parens[depth] = 0 }

FNR == 1 { depth = 0; push("code") }
{
  code = ""
  count = length($0)
  if (top() == "string") depth--
  for (i = 1; i <= count; i++) {
    c = substr($0, i, 1)
    two = substr($0, i, 2)
    three = substr($0, i, 3)
    if (top() == "comment") {
      if (two == "*/") { depth--; i++ } else if (two == "/*") { push("comment"); i++ }
    } else if (top() == "string" || top() == "text") {
      if (two == "\\(") { push("code"); i++; code = code " " }
      else if (c == "\\") i++
      else if (top() == "text" && three == "\"\"\"") { depth--; i += 2; code = code "\"" }
      else if (top() == "string" && c == "\"") { depth--; code = code "\"" }
    } else if (two == "//") break
    else if (two == "/*") { push("comment"); i++ }
    else if (three == "\"\"\"") { push("text"); i += 2; code = code "\"" }
    else if (c == "\"") { push("string"); code = code "\"" }
    else {
      if (c == "(") parens[depth]++
      if (c == ")" && parens[depth]-- == 0 && depth > 1) { depth--; code = code " "; continue }
      code = code c
    }
  }
  if (code ~ /[^ ]/) print FILENAME ":" FNR ":" code
}
