#!/usr/bin/env python3
"""Kills a program that hands a queue over, and its tincan, at random; then checks that each message came once, in order.

    queue-killed.py EXAMPLE SEED KILLS HOME NAME PEER-HOME OWN-NAME

EXAMPLE is the program, HOME and PEER-HOME are directories for TINCAN_HOME, NAME is what the peer is called here and OWN-NAME
what this end is called there. The peer's tincan runs meanwhile. The seed decides what is killed, and when.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile

MESSAGES = 24
TRIES = 20


def processes(group):
    """The numbers and names of the living processes of a group."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat") as file:
                name, fields = file.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        state, _, its_group = fields.split()[:3]
        if int(its_group) == group and state != "Z":
            yield int(number), name


def kill(group, victim):
    """Kills all of a group, or its tincan, or what is not tincan. Returns whether there was something to kill."""
    hit = False
    for number, name in processes(group):
        if victim == "all" or (name == "tincan") == (victim == "tincan"):
            try:
                os.kill(number, signal.SIGKILL)
                hit = True
            except ProcessLookupError:
                pass
    return hit


class Queue:
    """A queue that the example keeps, whose messages have a number before the name that the example gives them."""

    def __init__(self, example, directory):
        self.example, self.directory, self.texts = example, directory, []

    def names(self):
        return [name for name in os.listdir(self.directory) if not name.startswith(".")]

    def put(self):
        text = f"message {len(self.texts)}\nof {MESSAGES}"
        before = set(self.names())
        subprocess.run([self.example, "put", self.directory], input=text.encode(), check=True)
        new, = set(self.names()) - before
        # The example orders them by the second, which is too coarse here.
        os.rename(os.path.join(self.directory, new), os.path.join(self.directory, f"{len(self.texts):03}-{new}"))
        self.texts.append(text)


def disturb(queue, kills, command, environment, rng):
    """Starts the example and kills it or its tincan, until it was killed so often, half of the times after it had handed
    something over. Returns the groups of processes and the numbers of kills."""
    groups, killed, useful, longest = [], 0, 0, 0.1
    while killed < kills or useful < kills // 2 or len(queue.texts) < MESSAGES:
        if len(queue.texts) < MESSAGES and (len(queue.names()) < 3 or rng.random() < 0.3):
            queue.put()
        if not queue.names():
            break
        before = len(queue.names())
        program = subprocess.Popen(
            command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        groups.append(program.pid)
        try:
            program.wait(timeout=rng.uniform(0, longest))
        except subprocess.TimeoutExpired:
            killed += kill(program.pid, rng.choice(["all", "tincan", "program"]))
        kill(program.pid, "program")
        program.wait()
        has_moved = len(queue.names()) < before
        useful += has_moved
        # A busy machine needs longer until anything is handed over.
        longest *= 0.9 if has_moved else 1.2
    return groups, killed, useful


def main():
    example, seed, kills, home, peer, peer_home, own_name = sys.argv[1:]
    environment = dict(os.environ, TINCAN_HOME=home)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as directory:
        queue = Queue(example, directory)
        command = [example, "send", directory, peer]
        groups, killed, useful = disturb(queue, int(kills), command, environment, random.Random(int(seed)))
        for _ in range(TRIES):
            status = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode
            if status == 0:
                break
        left = queue.names()
    wait = ["tincan", "send", peer, "--json-input", "--wait", "--timeout", "60"]
    waited = subprocess.run(wait, env=environment, stdin=subprocess.DEVNULL).returncode
    for group in groups:
        kill(group, "all")
    history = subprocess.run(
        ["tincan", "history", own_name, "--all", "--json"], env=dict(os.environ, TINCAN_HOME=peer_home),
        stdout=subprocess.PIPE, check=True).stdout
    received = [event["text"] for event in map(json.loads, history.splitlines()) if "from" in event]
    print(f"{killed} kills; {useful} times something was handed over before; left in the queue: {left}; "
          f"the last runs ended with {status} and {waited}")
    if received != queue.texts:
        print(f"sent {queue.texts}\nreceived {received}")
    sys.exit(0 if received == queue.texts and not left and status == waited == 0 and useful > 3 else 1)


if __name__ == "__main__":
    main()
