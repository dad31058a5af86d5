"""Relays behind HAProxy, on this machine, with the configuration of tools/haproxy.cfg and ports of their own."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from programs import ROOT, environment, free_port

STEPS_MAX_SECONDS = 30


def haproxy():
    """Where HAProxy is; None if it is not installed. Debian has it in a directory of the administrator's."""
    return shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")


def configuration(ports, stats, change=lambda text: text):
    """tools/haproxy.cfg with free ports in place of its own, and a bound on each source that this machine passes.

    `ports` maps a port of the file to another one, `stats` is the socket for commands."""
    with open(os.path.join(ROOT, "tools/haproxy.cfg")) as file:
        text = file.read()
    text = re.sub(r"\b184[678][1-9]\b", lambda found: str(ports[int(found.group())]), text)
    text = text.replace("/run/haproxy/admin.sock", stats)
    # Only root may become somebody else.
    text = text.replace("  user haproxy\n  group haproxy\n", "")
    text = text.replace("conn_rate gt 120", "conn_rate gt 1000000").replace("conn_cur gt 64", "conn_cur gt 1000000")
    return change(text)


class Fleet:
    """Three relays and a balancer. The numbers of relays count from 0."""
    OPTIONS = ["--proxy-from", "127.0.0.1"]

    def __init__(self, tincan, directory, relay_options=(), change=lambda text: text, count=3):
        self.tincan, self.directory, self.relay_options = tincan, directory, self.OPTIONS + list(relay_options)
        self.ports = {port: free_port() for port in (18461, 18463, 18471, 18472, 18473, 18481, 18482, 18483)}
        self.stats = f"{directory}/stats"
        self.file = f"{directory}/haproxy.cfg"
        with open(self.file, "w") as file:
            file.write(configuration(self.ports, self.stats, change))
        self.relays = [None] * count
        self.balancer = None

    @property
    def address(self):
        """Where guests go."""
        return f"127.0.0.1:{self.ports[18463]}"

    def start(self):
        for number in range(len(self.relays)):
            self.start_relay(number)
        self.start_balancer()
        for number in range(len(self.relays)):
            self.wait_for(number, "UP")

    def start_balancer(self):
        log = open(f"{self.directory}/haproxy.log", "a")
        self.balancer = subprocess.Popen([haproxy(), "-db", "-f", self.file], stdin=subprocess.DEVNULL, stdout=log,
                                         stderr=log)
        log.close()

    def start_relay(self, number):
        log = open(f"{self.directory}/relay{number}.log", "a")
        options = ["--listen", "127.0.0.1", "--port", str(self.ports[18471 + number]), "--trust", "127.0.0.1",
                   "--metrics", f"127.0.0.1:{self.ports[18481 + number]}", "--room-timeout", "120", "--threads", "1"]
        self.relays[number] = subprocess.Popen([self.tincan, "relay"] + options + self.relay_options,
                                               stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               env=environment(self.directory))
        log.close()

    def kill_relay(self, number):
        self.relays[number].kill()
        self.relays[number].wait()

    def drain_relay(self, number):
        self.relays[number].send_signal(signal.SIGTERM)

    def command(self, text):
        """What the balancer replies to a command of its own."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(self.stats)
            client.sendall(text.encode() + b"\n")
            reply = b""
            while data := client.recv(65536):
                reply += data
        return reply.decode()

    def state(self, number):
        """What the balancer takes a relay for: `UP`, `DOWN` and so on."""
        rows = [row.split(",") for row in self.command("show stat").splitlines()]
        return next((row[17] for row in rows if row[:2] == ["relays", f"relay{number + 1}"]), "")

    def wait_for(self, number, state, meanwhile=lambda: time.sleep(0.05)):
        """Lets time pass until the balancer takes a relay for that."""
        deadline = time.monotonic() + STEPS_MAX_SECONDS
        found = ""
        while time.monotonic() < deadline:
            try:
                found = self.state(number)
            except OSError as problem:
                found = str(problem)
            if found == state and self.is_healthy(number) == (state == "UP"):
                return
            meanwhile()
        raise SystemExit(f"relay {number + 1} is not {state} for the balancer but {found}")

    def metrics(self, number, path="/metrics"):
        with socket.create_connection(("127.0.0.1", self.ports[18481 + number]), 5) as client:
            client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            reply = b""
            while data := client.recv(65536):
                reply += data
        return reply.decode()

    def is_healthy(self, number):
        try:
            return self.metrics(number, "/healthz").split()[1] == "200"
        except OSError:
            return False

    def pairs(self, number):
        """How many pairs a relay has."""
        found = re.search(r"^tincan_relay_pairs (\d+)", self.metrics(number), re.MULTILINE)
        return int(found.group(1))

    def end(self):
        for program in self.relays + [self.balancer]:
            if program and program.poll() is None:
                program.kill()
                program.wait()


class RelayList(Fleet):
    """Relays without a balancer: guests have the list of all."""
    OPTIONS = []

    @property
    def address(self):
        return ",".join(f"127.0.0.1:{self.ports[18471 + number]}" for number in range(len(self.relays)))

    def start_balancer(self):
        """There is none."""

    def state(self, number):
        """What a relay says of itself."""
        return "UP" if self.is_healthy(number) else "DOWN"
