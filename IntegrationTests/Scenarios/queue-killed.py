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

MESSAGES = 12
LONGEST = 0.4  # seconds from a start to its kill; an undisturbed run takes longer
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


def main():
    example, seed, kills, home, peer, peer_home, own_name = sys.argv[1:]
    rng = random.Random(int(seed))
    environment = dict(os.environ, TINCAN_HOME=home)
    sent = [f"message {number}\nof {MESSAGES}" for number in range(MESSAGES)]
    count, groups = 0, []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as queue:
        for text in sent:
            subprocess.run([example, "put", queue], input=text.encode(), check=True)
            # Names have the second in them; within one the order is that of the rest.
            newest = max(os.listdir(queue), key=lambda name: os.stat(os.path.join(queue, name)).st_mtime_ns)
            os.rename(os.path.join(queue, newest), os.path.join(queue, f"{sent.index(text):03}-{newest}"))
        while count < int(kills):
            program = subprocess.Popen(
                [example, "send", queue, peer], env=environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            groups.append(program.pid)
            try:
                program.wait(timeout=rng.uniform(0, LONGEST))
            except subprocess.TimeoutExpired:
                count += kill(program.pid, rng.choice(["all", "tincan", "program"]))
            if not os.listdir(queue):
                break
            kill(program.pid, "program")
            program.wait()
        for _ in range(TRIES):
            status = subprocess.run([example, "send", queue, peer], env=environment).returncode
            if status == 0:
                break
        left = os.listdir(queue)
    wait = ["tincan", "send", peer, "--json-input", "--wait", "--timeout", "60"]
    waited = subprocess.run(wait, env=environment, stdin=subprocess.DEVNULL).returncode
    for group in groups:
        kill(group, "all")
    history = subprocess.run(
        ["tincan", "history", own_name, "--all", "--json"], env=dict(os.environ, TINCAN_HOME=peer_home),
        stdout=subprocess.PIPE, check=True).stdout
    received = [event["text"] for event in map(json.loads, history.splitlines()) if "from" in event]
    print(f"{count} kills; left in the queue: {left}; the last runs ended with {status} and {waited}")
    if received != sent:
        print(f"sent {sent}\nreceived {received}")
    sys.exit(0 if received == sent and not left and status == 0 and waited == 0 else 1)


if __name__ == "__main__":
    main()
