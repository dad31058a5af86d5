"""A relay that pairs as docs/PROTOCOL.md says and then does not keep to it.

    hostile-relay.py ATTACK

It pairs the guests of a room and passes on what they send, until a line comes on its standard input: then it attacks.

    swap     what each guest of one pair sends goes to the other pair
    repeat   what each guest was sent last is sent to it once more
    replay   everything that the second guest of the first pair has ever sent is sent to the next guest that comes
"""

import select
import socket
import sys


class Guest:
    def __init__(self, link):
        self.link = link
        self.typed = b""
        self.partner = None
        self.sent, self.last = b"", b""

    def give(self, text):
        self.last = text
        try:
            self.link.sendall(text)
        except OSError:
            pass


class Relay:
    def __init__(self, attack):
        self.attack = attack
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.guests, self.waiting, self.pairs = {}, {}, []
        self.replays = False

    def run(self):
        commands = sys.stdin.fileno()
        while True:
            ready, _, _ = select.select([commands, self.listener, *self.guests], [], [])
            for end in ready:
                if end is commands:
                    if not sys.stdin.readline():
                        return
                    ATTACKS[self.attack](self)
                    print("done", flush=True)
                elif end is self.listener:
                    link, _ = end.accept()
                    self.guests[link] = Guest(link)
                elif end in self.guests:
                    self.take(self.guests[end])

    def take(self, guest):
        try:
            text = guest.link.recv(65536)
        except OSError:
            text = b""
        if not text:
            return self.leave(guest)
        if guest.partner:
            guest.sent += text
            return guest.partner.give(text)
        guest.typed += text
        if b"\n" in guest.typed:
            self.join(guest, guest.typed.split()[2])

    def leave(self, guest):
        """Ends a guest's link, and that of its partner."""
        for one in [guest, guest.partner]:
            if one and self.guests.pop(one.link, None):
                one.link.close()
        self.waiting = {room: one for room, one in self.waiting.items() if one is not guest}

    def join(self, guest, room):
        if self.replays:
            guest.link.sendall(b"TINCAN/1 PAIRED 1\n")
            guest.partner = Guest(socket.socket())
            return guest.give(self.pairs[0][1].sent)
        first = self.waiting.pop(room, None)
        if not first:
            self.waiting[room] = guest
            return guest.link.sendall(b"TINCAN/1 WAIT\n")
        first.partner, guest.partner = guest, first
        self.pairs.append((first, guest))
        first.link.sendall(b"TINCAN/1 PAIRED 1\n")
        guest.link.sendall(b"TINCAN/1 PAIRED 2\n")

    def swap(self):
        (one, two), (three, four) = self.pairs
        one.partner, four.partner, three.partner, two.partner = four, one, two, three

    def repeat(self):
        for guest in self.pairs[0]:
            guest.give(guest.last)

    def replay(self):
        self.replays = True


ATTACKS = {"swap": Relay.swap, "repeat": Relay.repeat, "replay": Relay.replay}
Relay(sys.argv[1]).run()
