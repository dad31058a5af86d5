#!/usr/bin/env python3
"""A queue of messages in a directory, handed over to tincan: nothing is lost and nothing comes twice.

    queue.py put DIRECTORY               standard input becomes the newest message of the queue
    queue.py send DIRECTORY NAME         hands all of them over for NAME of 'tincan peers', and waits until NAME has them

As queue.sh beside it, but with one 'tincan send' for the whole queue: messages go in as lines of JSON, events come out.
A message's file is removed when tincan says "accepted", because the message is in tincan's store then. If this program or
tincan is killed before, the file is still there and is handed over again under the same id, which tincan does not send
twice. After "accepted" tincan sends it, if not now then when the two meet next.

tincan is looked for on PATH, or is what the variable TINCAN says.
"""
import json
import os
import subprocess
import sys
import threading
import time
import uuid


def put(directory):
    # The time makes the order, and the UUID makes the name one that is never used again. A name with a dot before it is
    # not sent: the file gets its own name when it is whole, in one step.
    name = f"{time.time_ns()}-{uuid.uuid4()}"
    hidden = os.path.join(directory, "." + name)
    with open(hidden, "wb") as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        os.fsync(file.fileno())
    os.rename(hidden, os.path.join(directory, name))


def queued(directory):
    """The lines for tincan, oldest first. What is no message is put aside: it would be in the way of all others."""
    for name in sorted(os.listdir(directory)):
        if name.startswith("."):
            continue
        path = os.path.join(directory, name)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            continue  # Another run of this program has removed it.
        except OSError as error:
            print(f"{name} stays in the queue: {error}", file=sys.stderr)
            continue
        try:
            text = content.decode().removesuffix("\n")
        except UnicodeDecodeError:
            text = ""
        if not text or "\0" in text or len(text.encode()) > 65536:
            os.rename(path, os.path.join(directory, ".refused-" + name))
        else:
            yield json.dumps({"id": name, "text": text}) + "\n"


def feed(directory, pipe):
    try:
        # Closed whatever happens: tincan waits for the end of its input.
        with pipe:
            for line in queued(directory):
                pipe.write(line.encode())
    except BrokenPipeError:
        pass  # tincan has ended, and its status says why.


def send(directory, name):
    command = [os.environ.get("TINCAN", "tincan"), "send", name, "--json-input", "--json", "--wait", "--timeout", "60"]
    tincan = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # Events are read while messages are written, or each of the two would wait for the other to read.
    threading.Thread(target=feed, args=(directory, tincan.stdin), daemon=True).start()
    for line in tincan.stdout:
        event = json.loads(line)
        if event["event"] == "accepted":
            try:
                os.remove(os.path.join(directory, event["id"]))
            except FileNotFoundError:
                pass  # Another run of this program has removed it.
        elif event["event"] == "acknowledged":
            print(f"{name} has {event['id']}")
    # 0: the other side has everything. 69 or 75: it has not, and what was accepted goes out when the two meet.
    return tincan.wait()


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "put":
        put(sys.argv[2])
    elif len(sys.argv) == 4 and sys.argv[1] == "send":
        sys.exit(send(sys.argv[2], sys.argv[3]))
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
