"""Endpoints that talk without end: a batch one on pipes, and a person's at a terminal. Each counts what it receives."""
import json
import os
import re
import subprocess
import time
from datetime import datetime

from programs import Program, environment


class Wrong(Exception):
    """What must not happen has happened."""


def seconds(text):
    """A time of an event, in seconds."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class BatchEnd:
    """One end of a pair in batch. Its events give the pauses: from the loss of a link to the next one."""

    def __init__(self, name, arguments, home):
        self.name = name
        self.errors = f"{home}/{name}.errors"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            env=environment(home))
        self.output = self.process.stdout.fileno()
        os.set_blocking(self.output, False)
        self.partial = b""
        self.sent = self.received = 0
        self.is_connected = False
        self.interrupted_at = None
        self.pauses = []
        self.ended = None

    def read(self):
        """Takes the events that there are; False once there will be none."""
        try:
            data = os.read(self.output, 1 << 16)
        except BlockingIOError:
            return True
        if not data:
            return False
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            self.take(json.loads(line))
        return True

    def take(self, event):
        kind = event["event"]
        if kind == "message":
            self.received += 1
            if event["text"] != f"line {self.received}":
                raise Wrong(f"{self.name} received {event['text']!r} in place of line {self.received}")
        elif kind == "connected":
            self.is_connected = True
        elif kind == "interrupted":
            self.is_connected = False
            self.interrupted_at = seconds(event["time"])
        elif kind == "resumed":
            self.is_connected = True
            self.pauses.append((self.interrupted_at, seconds(event["time"])))
            self.interrupted_at = None
        elif kind in ("ended", "failed"):
            self.ended = event

    def send_line(self):
        self.sent += 1
        self.process.stdin.write(f"line {self.sent}\n".encode())
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def why(self):
        """What it wrote to standard error last."""
        with open(self.errors, errors="replace") as errors:
            return f"{self.name}: {self.ended} {errors.read()[-300:]}"


class Person:
    """One of two at terminals, who know each other and keep what was said."""
    # Bytes of the screen that are kept: many times what is drawn for one line.
    SCREEN_KEPT = 16384

    def __init__(self, tincan, name, peer, relay, home):
        self.tincan, self.name, self.peer, self.relay, self.home = tincan, name, peer, relay, home
        os.makedirs(home, exist_ok=True)
        self.program = None
        self.sent = self.received = 0
        self.has_new = False
        self.sent_at = {}
        self.delays = []

    def run(self, *arguments):
        self.program = Program([self.tincan, *arguments, "--name", self.name, "--via", self.relay], self.home)

    def talk(self):
        self.run("connect", self.peer, "--wait")

    @property
    def output(self):
        return self.program.terminal

    def read(self):
        self.program.read()
        self.has_new = True

    def send_line(self):
        self.sent += 1
        self.sent_at[self.sent] = time.monotonic()
        self.program.type(f"line {self.sent}\r")

    def note_received(self, other):
        """Looks for lines of the other one that are new on the screen; keeps how long each was on its way."""
        if not self.has_new:
            return
        self.has_new = False
        text = self.program.text()
        # Only what may hold the lines to come is looked at again.
        del self.program.screen[:-self.SCREEN_KEPT]
        while f"{other.name}: line {self.received + 1}\n" in text:
            self.received += 1
            self.delays.append((other.sent_at[self.received], time.monotonic()))

    def history(self):
        """The texts that the store has: those written here, and those received."""
        run = subprocess.run([self.tincan, "history", self.peer, "--json", "--all"], capture_output=True, text=True,
                             env=environment(self.home))
        if run.returncode != 0:
            raise Wrong(f"tincan history of {self.name} ends with {run.returncode}: {run.stderr}")
        events = [json.loads(line) for line in run.stdout.splitlines()]
        return ([event["text"] for event in events if "to" in event],
                [event["text"] for event in events if "to" not in event])


def code_on(text):
    """The pairing code on a screen, or None."""
    found = re.search(r"\d{6}(-[a-z]+){3,5}", text)
    return found.group(0) if found else None
