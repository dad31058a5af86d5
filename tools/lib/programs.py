"""Shared by the tools that run whole programs: finds the program, and runs it on a terminal."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def binary():
    """The program that $TINCAN_BINARY names, or else the release build, made as all tools make it where it is missing
    or old."""
    if "TINCAN_BINARY" in os.environ:
        return shutil.which(os.environ["TINCAN_BINARY"]) or sys.exit("$TINCAN_BINARY cannot be run")
    build = '. "$1/tools/lib/setup.sh"; tool=$2; need_to_build; build_release; echo "$release"'
    made = subprocess.run(["bash", "-c", build, "bash", ROOT, os.path.basename(sys.argv[0])], stdout=subprocess.PIPE,
                          text=True)
    return made.stdout.strip() if made.returncode == 0 else sys.exit(made.returncode)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def environment(home):
    """The environment of a program: its files are in `home`, and nothing else of the caller's is in it."""
    return {"TINCAN_HOME": home, "HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8",
            "TZ": "UTC"}


class Program:
    """A program on a terminal, which is read all the time."""

    def __init__(self, arguments, home):
        self.screen = bytearray()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(arguments[0], arguments, environment(home))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        os.set_blocking(self.terminal, False)

    def read(self):
        try:
            data = os.read(self.terminal, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.screen += data

    def type(self, text):
        try:
            os.write(self.terminal, text.encode())
        except OSError:
            pass

    def send(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def end(self, number=signal.SIGKILL):
        """Ends it by a signal, 0 if it ends by itself, and reads what it wrote last.

        It returns the exit status, negative for a signal as subprocess has it."""
        if number:
            self.send(number)
        deadline = time.monotonic() + 30
        while True:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                raise SystemExit("a program does not end:\n" + self.text()[-2000:])
            select.select([self.terminal], [], [], 0.05)
        self.read()
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def text(self):
        plain = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>].?|\x1b\][^\x07]*\x07|\r", b"", bytes(self.screen))
        return plain.decode(errors="replace")
