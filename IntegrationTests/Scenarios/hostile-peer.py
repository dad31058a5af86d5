"""A peer that keeps to TLS and not to the protocol above it: it plays one attack against an endpoint and prints what came.

    hostile-peer.py ATTACK PORT [COUNT]

The frames are those of docs/PROTOCOL.md.
"""

import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

INTRODUCTION, PAIRING, GREETING, MESSAGES, GOODBYE = 0x80, 0x81, 0x82, 0x83, 0x85
HAS_CODE, IS_OPEN = 2, 4
# The generator of P-256 is a point that every share may be.
POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


# The opening of this peer.
INCARNATION = 0x6576696C


def frame(kind, payload):
    return struct.pack(">IB", len(payload), kind) + payload


def contexts(folder):
    """The settings of a client, and those of a server in its `server`. Both have one key, and ask for none."""
    key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", "1"]
        + ["-keyout", key, "-out", certificate],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    made = [ssl.SSLContext(role) for role in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER)]
    made[0].check_hostname = False
    for context in made:
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["tincan/1"])
        context.load_cert_chain(certificate, key)
    return Contexts(*made)


class Contexts:
    def __init__(self, client, server):
        self.client, self.server = client, server
        # A program that has neither a key nor our protocol.
        self.foreign = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.foreign.check_hostname = False
        self.foreign.verify_mode = ssl.CERT_NONE


class Link:
    """An encrypted link to the endpoint."""

    def __init__(self, contexts, port):
        self.tls = contexts.client.wrap_socket(socket.create_connection(("127.0.0.1", port), 10))

    def send(self, *frames):
        self.tls.sendall(b"".join(frames))

    def receive(self):
        """The next frame: its kind and payload, or nothing at the end."""
        header = self.exactly(5)
        if not header:
            return None, b""
        count, kind = struct.unpack(">IB", header)
        return kind, self.exactly(count)

    def exactly(self, count):
        got = b""
        while len(got) < count:
            try:
                more = self.tls.recv(count - len(got))
            except OSError:
                more = b""
            if not more:
                return b""
            got += more
        return got

    def until_the_end(self):
        """Prints what comes."""
        while True:
            kind, payload = self.receive()
            if kind is None:
                return
            print(hex(kind), payload[9:].decode() if kind == GOODBYE else "", flush=True)


def end_without_close_notify(tls):
    """Ends the TCP connection under an encrypted link, and waits for the other end to do so."""
    with socket.socket(fileno=tls.detach()) as plain:
        plain.settimeout(10)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(65536):
            pass


def no_pairing(contexts, port, count):
    """Greets where the pairing is due."""
    link = Link(contexts, port)
    link.send(frame(INTRODUCTION, bytes([HAS_CODE])), greeting(b"eve"))
    link.send(message(1, b"I was never let in\n"))
    link.until_the_end()


def hang_up(contexts, port, count):
    """Guesses, one link after the other, and hangs up as soon as the answer came."""
    for _ in range(count):
        link = Link(contexts, port)
        link.send(frame(INTRODUCTION, bytes([HAS_CODE])))
        link.receive()
        link.send(frame(PAIRING, b"\x01" + POINT))
        print("answered" if link.receive()[0] == PAIRING else "refused", flush=True)
        link.tls.close()


def in_parallel(contexts, port, count):
    """Introduces itself on many links, and then guesses on all of them."""
    links = [Link(contexts, port) for _ in range(count)]
    for link in links:
        link.send(frame(INTRODUCTION, bytes([HAS_CODE])))
    for link in links:
        link.receive()
    for link in links:
        link.send(frame(PAIRING, b"\x01" + POINT))
    answers = [link.receive()[0] for link in links]
    print(answers.count(PAIRING), "answered", flush=True)


def escapes(contexts, port, count):
    """Refuses with a text that clears the screen."""
    link = Link(contexts, port)
    link.send(frame(GOODBYE, bytes([4]) + bytes(8) + b"\x1b[2Jcleared\x1b]0;title\x07"))
    link.until_the_end()


def busy(contexts, port, count):
    """Refuses, as if this end had come to it."""
    link = Link(contexts, port)
    link.send(frame(GOODBYE, bytes([2]) + bytes(8)))
    link.until_the_end()


def half_open(contexts, port, count):
    """Keeps handshakes open, each after another number of bytes, until the input ends."""
    hello = ssl.MemoryBIO()
    try:
        contexts.client.wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
    except ssl.SSLWantReadError:
        pass
    start = hello.read()
    links = []
    for index in range(count):
        link = socket.create_connection(("127.0.0.1", port), 10)
        link.sendall(start[: index * len(start) // count])
        links.append(link)
    print(count, "open", flush=True)
    sys.stdin.read()


def flood(contexts, port, count):
    """Sends pings, probes and frames that nobody knows, and then no greeting."""
    link = Link(contexts, port)
    try:
        for _ in range(count):
            link.send(*[frame(1, b""), frame(2, b""), frame(0x7F, bytes(1000))] * 100)
    except OSError:
        pass
    link.until_the_end()


def early_text(contexts, port, count):
    """Sends text in one piece with the last of its handshake, and prints the answer."""
    link = socket.create_connection(("127.0.0.1", port), 10)
    came, owed = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = contexts.foreign.wrap_bio(came, owed)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            link.sendall(owed.read())
            came.write(link.recv(65536))
    tls.write(b"with the handshake\n")
    link.sendall(owed.read())
    while answer := link.recv(65536):
        came.write(answer)
        try:
            print(tls.read().decode(), end="", flush=True)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            break


def oversized(contexts, port, count):
    """Announces a frame of 4 GB."""
    link = Link(contexts, port)
    link.send(struct.pack(">IB", 0xFFFFFFFF, INTRODUCTION))
    link.until_the_end()


def pass_on(source, target):
    """Passes on what one end sends to the other, until it ends."""
    try:
        while text := source.recv(65536):
            target.sendall(text)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def pass_on_both_ways(one, other):
    """Passes on what each of two ends sends to the other, until either ends. One thread, because TLS is not for two."""
    partners = {one: other, other: one}
    for end in partners:
        end.setblocking(False)
    try:
        while True:
            moved = False
            for source, target in partners.items():
                try:
                    text = source.recv(65536)
                except ssl.SSLWantReadError:
                    continue
                if not text:
                    return
                target.settimeout(10)
                target.sendall(text)
                target.setblocking(False)
                moved = True
            if not moved:
                select.select(list(partners), [], [])
    except OSError:
        pass
    finally:
        for end in partners:
            end.close()


def in_the_middle(contexts, port, count):
    """Is the server of one end and the client of the other, with a key of its own, and passes on what each says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(count):
            caller, _ = listener.accept()
            inner = contexts.server.wrap_socket(caller, server_side=True)
            pass_on_both_ways(inner, Link(contexts, port).tls)
            print("passed on", flush=True)


def mirror(contexts, port, count):
    """Is a relay that pairs an end with itself: it hears only what it says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(count):
            caller, _ = listener.accept()
            while not caller.recv(1).endswith(b"\n"):
                pass
            caller.sendall(b"TINCAN/1 PAIRED 2\n")
            pass_on(caller, caller)
            print("mirrored", flush=True)


def spray(contexts, port, digits):
    """Joins rooms of codes at a relay, from some digits on, and stays for as long as the relay lets it."""
    links = []
    for number in range(digits, digits + 20):
        link = socket.create_connection(("127.0.0.1", port), 10)
        link.sendall(b"TINCAN/1 JOIN p-%06d\n" % (number % 1000000))
        links.append(link)
    answers = [link.recv(64).split(b"\n")[0].decode() for link in links]
    print(*answers, sep="\n", flush=True)


def troublemaker(contexts, port, digits):
    """Meets the one who waits in a room again and again, and leaves."""
    met = 0
    while met < 4:
        with socket.create_connection(("127.0.0.1", port), 60) as link:
            link.sendall(b"TINCAN/1 JOIN p-%06d\n" % digits)
            came = b""
            while b"PAIRED" not in came and (more := link.recv(64)):
                came += more
            met += b"PAIRED" in came
            # The relay lets nobody else in before both have left.
            link.shutdown(socket.SHUT_WR)
            while link.recv(4096):
                pass
    print("gone", flush=True)


def come_in(contexts, port, name=b"eve"):
    """A link to an endpoint that lets anybody in, which has let this one in."""
    link = Link(contexts, port)
    link.send(frame(INTRODUCTION, bytes([IS_OPEN])), greeting(name))
    link.receive()
    link.peer = opening_of(link.receive()[1])
    return link


def greeting(name):
    global generation
    generation += 1
    fields = struct.pack(">BHQQB", 2, 17, INCARNATION, generation, 0) + struct.pack(">BH", 1, len(name)) + name
    return frame(GREETING, bytes([0, 0]) + fields)


generation = 0


def opening_of(greeting):
    """The incarnation in the greeting of the endpoint."""
    fields = greeting[2:]
    while fields:
        tag, count = struct.unpack(">BH", fields[:3])
        if tag == 2:
            return fields[3:11]
        fields = fields[3 + count :]


def message(number, text):
    return frame(MESSAGES, struct.pack(">QQQ", INCARNATION, number, 0) + text)


def violations(contexts, port, count):
    """Comes in, and breaks one rule after the other, each on a link of its own."""
    for broken in [
        message(2, b"not the first\n"),
        message(1, b"one\n") + message(1, b"one again\n"),
        message(1, b"\xc3\x28\n"),
        message(1, b"without an end"),
        message(1, b"x" * 66000 + b"\n"),
        lambda link: frame(0x84, link.peer + struct.pack(">Q", 1)),
        frame(0xFE, b""),
        frame(GREETING, bytes([0, 0])),
        frame(PAIRING, b"\x01" + POINT),
        struct.pack(">IB", 1 << 20, MESSAGES),
    ]:
        link = come_in(contexts, port)
        link.send(broken(link) if callable(broken) else broken)
        link.until_the_end()


def named(contexts, port, count):
    """Comes in with a name that would move the cursor and set the title, says one line, and leaves."""
    link = come_in(contexts, port, b"eve\x1b[2J\r\n\x1b]0;title\x07bob")
    link.send(message(1, b"hello\x1b[2J\n"), frame(GOODBYE, bytes([1]) + bytes(8)))
    link.until_the_end()


def truncate(contexts, port, count):
    """Comes in, says one line, and ends the link without TLS's end."""
    link = come_in(contexts, port)
    link.send(message(1, b"the last words\n"))
    # What came is read, so that the end is no reset.
    while link.receive()[0] != 0x84:
        pass
    end_without_close_notify(link.tls)


def truncate_lines(contexts, port, count):
    """The same, as a program that speaks in lines."""
    link = contexts.foreign.wrap_socket(socket.create_connection(("127.0.0.1", port), 10))
    link.sendall(b"the last words\n")
    end_without_close_notify(link)


def deaf(contexts, port, count):
    """Comes in, probes without end, and reads nothing, until the endpoint takes no more or has taken enough."""
    link = come_in(contexts, port)
    link.tls.settimeout(1)
    try:
        for _ in range(count):
            link.send(frame(2, b"") * 1000)
    except OSError:
        pass
    print("sent", flush=True)
    sys.stdin.read()


def http(contexts, port, count):
    """Takes the endpoint for a web server."""
    link = socket.create_connection(("127.0.0.1", port), 10)
    link.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while answer := link.recv(4096):
        print(answer.decode(), flush=True)


ATTACKS = {
    "early-text": early_text,
    "half-open": half_open,
    "flood": flood,
    "oversized": oversized,
    "in-the-middle": in_the_middle,
    "mirror": mirror,
    "spray": spray,
    "violations": violations,
    "named": named,
    "deaf": deaf,
    "troublemaker": troublemaker,
    "http": http,
    "no-pairing": no_pairing,
    "hang-up": hang_up,
    "in-parallel": in_parallel,
    "escapes": escapes,
    "busy": busy,
    "truncate": truncate,
    "truncate-lines": truncate_lines,
}

with tempfile.TemporaryDirectory() as folder:
    made = contexts(folder)
ATTACKS[sys.argv[1]](made, int(sys.argv[2]), int((sys.argv[3:] + ["1"])[0]))
