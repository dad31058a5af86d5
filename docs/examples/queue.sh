#!/bin/sh
# A queue of messages in a directory, handed over to tincan: nothing is lost and nothing comes twice, whatever is killed.
#
#   queue.sh put DIRECTORY             standard input becomes the newest message of the queue, which is made if need be
#   queue.sh send DIRECTORY NAME       hands all of them over, oldest first, for NAME of 'tincan peers'
#
# A message is a file, and the name of the file is its id: it is made once and never used again. A file is removed only
# when 'tincan send' has ended with 0, because the message is in tincan's store then. If this script or tincan is killed
# between, the file is still there and is handed over again under the same id, which tincan does not send twice.
# Run "send" from cron, say. What is in the store goes out whenever you two are connected; to connect for it, end with
#   tincan send NAME --json-input --wait < /dev/null
# The status is that of the 'tincan send' that failed, 66 where there is no queue, and 0 if all were handed over.
# tincan is looked for on PATH, or is what the variable TINCAN says.
set -eu

put() {
  # The messages are for nobody else's eyes.
  [ -d "$1" ] || mkdir -p -m 700 "$1"
  # The nanoseconds since 1970 make the order, whatever the time zone does; the random part of mktemp makes the name
  # unique. A name with a dot before it is not sent: the file gets its own name when it is whole, in one step.
  new=$(mktemp "$1/.$(date +%s%N)-XXXXXX")
  cat >"$new"
  mv "$new" "$1/${new##*/.}"
}

send() {
  # A wrong name is no empty queue.
  if ! [ -d "$1" ] || ! [ -r "$1" ] || ! [ -x "$1" ]; then
    echo "queue.sh: there is no directory $1 that can be read" >&2
    exit 66
  fi
  for file in "$1"/*; do
    [ -f "$file" ] || continue
    status=0
    "${TINCAN:-tincan}" send "$2" --id "${file##*/}" <"$file" || status=$?
    # Another run has handed it over meanwhile.
    [ -e "$file" ] || continue
    case $status in
      0) rm -f "$file" ;;
      # It is no message: empty, too long, or no text. It would be in the way of all others.
      65) mv "$file" "$1/.refused-${file##*/}" ;;
      # It was not accepted now. Those behind it wait, too, so that the order stays.
      *) exit "$status" ;;
    esac
  done
}

case "$# ${1-}" in
  "2 put") put "$2" ;;
  "3 send") send "$2" "$3" ;;
  *)
    echo "usage: queue.sh put DIRECTORY, or queue.sh send DIRECTORY NAME" >&2
    exit 64
    ;;
esac
