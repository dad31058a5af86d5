"""Real endpoints that talk through a fleet of relays, while something happens to the relays."""
import os
import random
import select
import sys
import time

from endpoints import BatchEnd, Person, Wrong, code_on
from fleet import Fleet

PAUSE_MAX = 5.0
# Lines that all ends together write in a second: enough to have some on their way at any time.
LINES_A_SECOND = 100
# The part of them that people write.
PEOPLE_SHARE = 0.1
# Pairs that begin at a time. Each has two processes and a handshake.
BEGINNING_MAX = 6
# From this size on there are ten people, and more time in each phase.
LARGE = 50


class Trial:
    def __init__(self, tincan, pairs, seed, directory, fleet=Fleet):
        self.tincan, self.count, self.random, self.directory = tincan, pairs, random.Random(seed), directory
        self.drain_seconds, self.settle_seconds = (3, 2) if pairs >= LARGE else (1, 0.3)
        self.fleet = fleet(tincan, directory, ["--drain-timeout", str(self.drain_seconds), "--quiet"])
        self.pairs = []
        self.people = []
        self.poll = select.epoll()
        self.ends = {}
        self.begun = time.monotonic()
        self.lines_due = time.monotonic()
        self.is_talking = False
        self.rows = []

    def note(self, text):
        tool = os.path.basename(sys.argv[0])
        print(f"{tool}: {time.monotonic() - self.begun:6.1f} s: {text}", file=sys.stderr, flush=True)

    # The turn of the loop.

    def watch(self, end):
        self.ends[end.output] = end
        self.poll.register(end.output, select.EPOLLIN)

    def turn(self):
        for output, _ in self.poll.poll(0.05):
            if self.ends[output].read() is False:
                self.poll.unregister(output)
        for one, other in self.people if self.is_talking else ():
            one.note_received(other)
            other.note_received(one)
        while self.is_talking and self.lines_due <= time.monotonic():
            self.lines_due += self.random.expovariate(LINES_A_SECOND)
            pairs = self.people if self.random.random() < PEOPLE_SHARE else self.pairs
            self.random.choice(self.random.choice(pairs or self.pairs)).send_line()

    def until(self, what, condition, limit=60):
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                raise Wrong(f"after {limit} s it was not so that {what}")
            self.turn()

    def let_pass(self, duration):
        end = time.monotonic() + duration
        while time.monotonic() < end:
            self.turn()

    # The beginning.

    def begin_pair(self, number):
        room = f"fleet-{number}-{self.random.getrandbits(48):012x}@{self.fleet.address}"
        serve = [self.tincan, "serve", "--open", "--json", "--via", room]
        connect = [self.tincan, "connect", "--open", "--json", "--wait", room]
        pair = tuple(BatchEnd(f"{number}{side}", arguments, self.directory)
                     for side, arguments in (("a", serve), ("b", connect)))
        for end in pair:
            self.watch(end)
        self.pairs.append(pair)

    def begin_pairs(self):
        def beginning():
            # Only the last ones can be without a link.
            return sum(not all(end.is_connected for end in pair) for pair in self.pairs[-4 * BEGINNING_MAX:])

        for number in range(self.count):
            self.begin_pair(number)
            self.until("the pairs met", lambda: beginning() < BEGINNING_MAX)
            if (number + 1) % 100 == 0:
                self.note(f"{number + 1} pairs")
        self.until("all pairs met", lambda: all(end.is_connected for pair in self.pairs for end in pair))

    def begin_people(self, count):
        for number in range(count):
            one, other = (Person(self.tincan, name, peer, self.fleet.address, f"{self.directory}/{name}")
                          for name, peer in ((f"ann{number}", f"bob{number}"), (f"bob{number}", f"ann{number}")))
            self.introduce(one, other)
            for person in (one, other):
                person.talk()
                self.watch(person)
            self.until("two people met", lambda: all("private" in p.program.text() for p in (one, other)))
            self.people.append((one, other))

    def introduce(self, one, other):
        """The first meeting of two people, by a code."""
        def see(person, condition):
            def looks():
                person.read()
                return condition(person.program.text())
            self.until(f"{person.name} sees what is due", looks)

        one.run("serve")
        see(one, code_on)
        other.run("connect")
        see(other, lambda text: "code" in text)
        other.program.type(code_on(one.program.text()) + "\r")
        for person in (one, other):
            see(person, lambda text: "know each other now" in text)
        other.program.type("/quit\r")
        if statuses := [status for status in (other.program.end(0), one.program.end(0)) if status]:
            raise Wrong(f"a first meeting ended with {statuses}")

    # What happens to the relays.

    def phase(self, title, act):
        """Does something to the relays, lets all come back, and keeps the figures."""
        before = {end: len(end.pauses) for pair in self.pairs for end in pair}
        delays = {person: len(person.delays) for pair in self.people for person in pair}
        act()
        self.let_pass(self.settle_seconds)
        self.until("all pairs are back", lambda: all(end.is_connected for pair in self.pairs for end in pair), 90)
        self.let_pass(self.settle_seconds)
        pauses = []
        for pair in self.pairs:
            times = [pause for end in pair for pause in end.pauses[before[end]:]]
            if times:
                pauses.append(max(until for _, until in times) - min(since for since, _ in times))
        slowest = max((until - since for pair in self.people for person in pair
                       for since, until in person.delays[delays[person]:]), default=0)
        self.rows.append((title, sorted(pauses), slowest))
        self.note(self.row(*self.rows[-1]))

    @staticmethod
    def row(title, pauses, slowest):
        def quantile(share):
            return f"{pauses[min(len(pauses) - 1, int(share * len(pauses)))]:.2f}" if pauses else "–"
        longest = f"{pauses[-1]:.2f}" if pauses else "–"
        return f"| {title} | {len(pauses)} | {quantile(0.5)} | {quantile(0.99)} | {longest} | {slowest:.2f} |"

    def kill(self, number):
        self.note(f"relay {number + 1} has {self.fleet.pairs(number)} pairs and is killed")
        self.fleet.kill_relay(number)

    def start_again(self, number):
        self.fleet.start_relay(number)
        self.fleet.wait_for(number, "UP", self.turn)

    def upgrade(self, number):
        relay = self.fleet.relays[number]
        self.note(f"relay {number + 1} has {self.fleet.pairs(number)} pairs and is upgraded")
        self.fleet.drain_relay(number)
        self.until("the relay ends", lambda: relay.poll() is not None, self.drain_seconds + 10)
        if relay.returncode != 0:
            raise Wrong(f"a relay ended with {relay.returncode}")
        self.start_again(number)

    def spread(self):
        return [self.fleet.pairs(number) for number in range(len(self.fleet.relays))]

    # The end.

    def finish(self):
        self.is_talking = False
        people = [(one, other) for pair in self.people for one, other in (pair, pair[::-1])]

        def all_arrived():
            for one, other in people:
                one.note_received(other)
            return (all(a.received == b.sent and b.received == a.sent for a, b in self.pairs)
                    and all(one.received == other.sent for one, other in people))

        self.until("every line arrived", all_arrived)
        for pair in self.pairs:
            for end in pair:
                end.end_input()
        ends = [end for pair in self.pairs for end in pair]
        self.until("all batch ends end", lambda: all(end.process.poll() is not None for end in ends), 120)
        if bad := [f"{end.process.returncode}: {end.why()}" for end in ends if end.process.returncode]:
            raise Wrong(f"{len(bad)} statuses are not 0: {bad[:5]}")
        for one, other in self.people:
            for person in (one, other):
                self.poll.unregister(person.output)
            one.program.type("/quit\r")
            if statuses := [status for status in (one.program.end(0), other.program.end(0)) if status]:
                raise Wrong(f"two people ended with {statuses}: {other.program.text()[-500:]}")
            self.compare(one, other)

    @staticmethod
    def compare(one, other):
        (written, received), (others_written, others_received) = one.history(), other.history()
        for texts, copy, sender in ((written, others_received, one), (others_written, received, other)):
            if texts != copy or texts != [f"line {number + 1}" for number in range(sender.sent)]:
                raise Wrong(f"what {sender.name} wrote and what arrived differ: {texts[-3:]}, {copy[-3:]}")

    def run(self, people):
        self.fleet.start()
        self.begin_people(people)
        self.begin_pairs()
        self.is_talking, self.lines_due = True, time.monotonic()
        self.note(f"{self.count} pairs and {2 * people} people talk; the relays have {self.spread()} pairs")
        self.phase("nothing", lambda: self.let_pass(2 * self.settle_seconds))
        victim = self.random.randrange(3)
        self.phase("`kill -9` of one relay", lambda: self.kill(victim))
        self.phase("its return", lambda: self.start_again(victim))
        for number in range(3):
            self.phase(f"upgrade of relay {number + 1}", lambda: self.upgrade(number))
        self.note(f"the relays have {self.spread()} pairs")
        self.finish()

    def report(self):
        print(f"{self.count} pairs and {2 * len(self.people)} people, "
              f"{sum(end.received for pair in self.pairs for end in pair)} lines in batch, "
              f"{sum(person.received for pair in self.people for person in pair)} at terminals: none lost, none "
              "doubled, all statuses 0.\n")
        print("| what happened | pairs that paused | p50, s | p99, s | longest, s | slowest line of a person, s |")
        print("|---|--:|--:|--:|--:|--:|")
        for row in self.rows:
            print(self.row(*row))
        longest = max(pauses[-1] for _, pauses, _ in self.rows if pauses)
        if longest > PAUSE_MAX:
            raise Wrong(f"a pair was away for {longest:.2f} s")
        if self.rows[0][1] or self.rows[2][1]:
            raise Wrong("pairs paused although no relay went away")

    def stop(self):
        for end in self.ends.values():
            if isinstance(end, BatchEnd) and end.process.poll() is None:
                end.process.kill()
                end.process.wait()
            elif isinstance(end, Person):
                end.program.send(9)
        self.fleet.end()
