# Finds comments that are no plain sentences, in Swift and C files: FILE:LINE: what is wrong.
#
# A sentence whose subject is a question word ("What waits may go") makes the reader look for its verb. "Where", with a
# comma behind its clause, may stand for a condition; names of sections (MARK) are no sentences.
#
# A parameter of a function is told as `- Parameter x:` or below `- Parameters:`.
FNR == 1 { bullets = 0 }

# A comment of its own, or behind code.
match($0, /(^|[ \t])\/\/\/? /) {
  text = substr($0, RSTART + RLENGTH)
  if (text !~ /^MARK/ && text ~ /(^|[.:;!?] )((Who|What|Whoever|Whatever) |Where [^,]*[.:;])/)
    print FILENAME ":" FNR ": a sentence begins with a question word"
}

/^[ \t]*\/\/\/ - [a-z][A-Za-z]*: / { bullet[++bullets] = FNR; next }
/^[ \t]*(\/\/\/|@)/ { next }
{
  if (bullets && $0 ~ /(^|[ \t])(func|init[?]?|subscript)[ \t(<`]|(^|[ \t])init[?]?[(<]/)
    for (i = 1; i <= bullets; i++) print FILENAME ":" bullet[i] ": a parameter is told as '- Parameter'"
  bullets = 0
}
