#!/usr/bin/env python3
"""A queue of messages in a directory, handed over to tincan: nothing is lost and nothing comes twice.

    queue.py put DIRECTORY               standard input becomes the newest message of the queue, which is made if need be
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
    # The messages are for nobody else's eyes.
    os.makedirs(directory, mode=0o700, exist_ok=True)
    # The time makes the order, and the UUID makes the name one that is never used again. A name with a dot before it is
    # not sent: the file gets its own name when it is whole, in one step.
    name = f"{time.time_ns()}-{uuid.uuid4()}"
    hidden = os.path.join(directory, "." + name)
    with open(hidden, "wb") as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        os.fsync(file.fileno())
    os.rename(hidden, os.path.join(directory, name))


def queued(directory, names):
    """The lines for tincan, in the order of the names. What is no message is put aside: it would be in the way of all
    others. A file that cannot be read ends the lines, so that the order stays."""
    for name in names:
        path = os.path.join(directory, name)
        if not os.path.isfile(path):
            continue  # Another run of this program has removed it, or it is a directory.
        try:
            with open(path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            continue  # It was removed just now.
        try:
            text = content.decode().removesuffix("\n")
        except UnicodeDecodeError:
            text = ""
        if not text or "\0" in text or len(text.encode()) > 65536:
            os.rename(path, os.path.join(directory, ".refused-" + name))
        else:
            yield json.dumps({"id": name, "text": text}) + "\n"


def feed(directory, names, pipe, failures):
    try:
        # Closed whatever happens: tincan waits for the end of its input.
        with pipe:
            try:
                for line in queued(directory, names):
                    pipe.write(line.encode())
            except OSError as error:
                if not isinstance(error, BrokenPipeError):
                    failures.append(error)
    except BrokenPipeError:
        pass  # tincan has ended, and its status says why.


def send(directory, name):
    # A wrong name of the directory is no empty queue.
    names = sorted(entry for entry in os.listdir(directory) if not entry.startswith("."))
    failures = []
    command = [os.environ.get("TINCAN", "tincan"), "send", name, "--json-input", "--json", "--wait", "--timeout", "60"]
    tincan = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # Events are read while messages are written, or each of the two would wait for the other to read.
    feeder = threading.Thread(target=feed, args=(directory, names, tincan.stdin, failures), daemon=True)
    feeder.start()
    for line in tincan.stdout:
        event = json.loads(line)
        if event["event"] == "accepted":
            try:
                os.remove(os.path.join(directory, event["id"]))
            except FileNotFoundError:
                pass  # Another run of this program has removed it.
            except OSError as error:
                failures.append(error)  # It is handed over again the next time, and not sent again.
        elif event["event"] == "acknowledged":
            print(f"{name} has {event['id']}")
    # 0: the other side has everything. 69 or 75: it has not, and what was accepted goes out when the two meet.
    status = tincan.wait()
    feeder.join()
    if failures:
        raise failures[0]  # A part of the queue was not handed over, whatever tincan says of the other part.
    return status


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "put":
        put(arguments[1])
        return 0
    if len(arguments) == 3 and arguments[0] == "send":
        return send(arguments[1], arguments[2])
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as error:
        print(f"queue.py: {error}", file=sys.stderr)
        sys.exit(66)
