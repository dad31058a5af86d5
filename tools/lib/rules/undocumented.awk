# Finds public declarations without a doc comment, in Swift files as they are. Members that conform to a protocol of the
# standard library say nothing of their own.

FNR == 1 { documented = 0 }
/^ *\/\/\// { documented = 1; next }
/^ *@[A-Za-z_]+(\([^)]*\))? *$/ { next }
/^ *(@[A-Za-z_]+(\([^)]*\))? +)*public / {
  declares = $0 ~ /[ )](func|var|let|struct|enum|class|actor|protocol|typealias|subscript|init[?(<])/
  # Nothing can be said of an initialiser that takes nothing.
  if ($0 ~ /public init\(\) /) declares = 0
  conforms = $0 ~ /(static func (==|<)|func hash\(|var description|func next\(|var hashValue|func == )/
  if (declares && !documented && !conforms) {
    line = $0
    sub(/^ +/, "", line)
    print FILENAME ":" FNR ": " substr(line, 1, 80)
  }
}
{ documented = 0 }
