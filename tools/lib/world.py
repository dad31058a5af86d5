"""A world of pairs, relays and balancers on a virtual clock, for tools/simulate-fleet. One seed decides everything.

An event is a function with its arguments and a time; the earliest comes next. Ends that are linked have no events: what
they would need one for, such as the time of the last sign of life, is drawn when it matters. So a world costs what its
faults cost, and not what its pairs say.
"""
import heapq
import random
from dataclasses import dataclass

# RelayReach.swift: the longest first pause and the longest of all, in seconds.
PAUSE_FIRST, PAUSE_LONGEST = 0.1, 30.0
# Limits.swift: a sign of life every so often; a peer that is silent for so long is asked, and lost after the grace.
PING_EVERY, SILENCE, GRACE = 15.0, 45.0, 2.0
# The kernel's second try for a connection comes after a second, then after twice as long each time.
SYN_AGAIN = 1.0
# A try to connect, and an answer to JOIN.
ATTEMPT_SECONDS, ANSWER_SECONDS = 15.0, 10.0
# Messages one way until a pair that a relay has joined may talk: TLS, the greetings, and the resuming.
HANDSHAKE_WAYS = 6
# One way between neighbouring regions, and inside one, in seconds; what an end's own access adds.
BETWEEN_REGIONS, IN_REGION, ACCESS = 0.045, 0.002, (0.005, 0.040)
LINKED, PAUSING, TRYING, WAITING, PAIRED, NOT_YET = range(6)
MASK = (1 << 64) - 1


def mix(value):
    """A hash of 64 bits (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


@dataclass(frozen=True)
class Size:
    """What a world is made of. Rates are joins a second that one relay, and one balancer, takes."""
    pairs: int = 100_000
    relays: int = 30
    regions: int = 3
    seed: int = 1
    jitter: bool = True
    relay_rate: float = 25_800.0
    balancer_rate: float = 10_000.0
    # How many connections the kernel holds for one who accepts.
    backlog: float = 4096
    # Points of each relay in the ring: HAProxy makes sixteen for each unit of a server's weight.
    points: int = 1600
    drain_seconds: float = 60.0


class World:
    """Ends 2p and 2p+1 are the pair p. `reach` says how an end comes to a relay; see tools/lib/reach.py."""

    def __init__(self, size, reach, placement=None):
        self.size, self.random, self.now = size, random.Random(size.seed), 0.0
        self.events, self.count = [], 0
        self.newcomers = max(size.pairs // 500, 5)
        pairs = size.pairs + self.newcomers
        self.state = [LINKED] * (2 * size.pairs) + [NOT_YET] * (2 * self.newcomers)
        self.tries = [0] * (2 * pairs)
        self.delay = [PAUSE_FIRST] * (2 * pairs)
        self.waits_at = [None] * (2 * pairs)
        rng = self.random
        self.region = [rng.randrange(size.regions) for _ in range(2 * pairs)]
        self.access = [rng.uniform(*ACCESS) for _ in range(2 * pairs)]
        self.relay_state = ["up"] * size.relays
        self.relay_region = [number % size.regions for number in range(size.relays)]
        self.region_state = ["up"] * size.regions
        self.free_at = [0.0] * size.relays
        self.room_key = mix(size.seed ^ 0x726F6F6D << 32)
        self.reach = reach
        reach.begin(self)
        self.place = placement or [reach.best(pair) for pair in range(size.pairs)]
        self.relay_of = list(self.place) + [None] * self.newcomers
        self.lost_at = [None] * pairs
        self.pauses, self.meetings = [], []
        self.joins = {}
        self.open = 0

    # Time.

    def at(self, time, act, *arguments):
        self.count += 1
        heapq.heappush(self.events, (time, self.count, act, arguments))

    def after(self, delay, act, *arguments):
        self.at(self.now + delay, act, *arguments)

    def run(self, until):
        """Goes on until no event is left, or the time is over."""
        events = self.events
        while events and events[0][0] <= until:
            self.now, _, act, arguments = heapq.heappop(events)
            act(*arguments)

    # Ways.

    def between(self, one, other):
        """One way between two regions, which lie on a circle."""
        steps = abs(one - other)
        return IN_REGION + BETWEEN_REGIONS * min(steps, self.size.regions - steps)

    def way(self, end, relay):
        """One way between an end and a relay, without the balancer's detour."""
        return self.access[end] + self.between(self.region[end], self.relay_region[relay])

    def key(self, pair):
        """The hash of a pair's room."""
        return mix(self.room_key + pair)

    # Ends.

    def begin_newcomers(self, begin, seconds):
        """Pairs that meet for the first time; the second end comes up to three seconds after the first."""
        for pair in range(self.size.pairs, self.size.pairs + self.newcomers):
            first = begin + self.random.uniform(0, seconds)
            second = first + self.random.uniform(0, 3)
            self.open += 1
            self.lost_at[pair] = second
            for end, time in ((2 * pair, first), (2 * pair + 1, second)):
                self.at(time, self.begin_try, end, self.tries[end])

    def lose(self, pair, notices):
        """The link of a pair is gone. `notices` gives each end's time until it knows."""
        if self.lost_at[pair] is None:
            self.open += 1
            self.lost_at[pair] = self.now
        self.relay_of[pair] = None
        for end in (2 * pair, 2 * pair + 1):
            self.delay[end] = PAUSE_FIRST
            self.pause(end, notices(end))

    def draw(self, longest):
        """A pause: any time up to the longest (full jitter)."""
        return self.random.uniform(0, longest) if self.size.jitter else longest

    def pause(self, end, later=0.0):
        """The end tries again after a pause, which begins later."""
        self.state[end] = PAUSING
        self.waits_at[end] = None
        self.tries[end] += 1
        longest = self.delay[end]
        self.delay[end] = min(2 * longest, PAUSE_LONGEST)
        self.after(later + self.draw(longest), self.begin_try, end, self.tries[end])

    def begin_try(self, end, number):
        if self.tries[end] == number:
            self.state[end] = TRYING
            self.reach.try_to_join(end, number)

    def fail(self, end, number):
        if self.tries[end] == number and self.state[end] in (TRYING, WAITING):
            self.pause(end)

    # Relays.

    def count_join(self, kind, number):
        key = (kind, number, int(self.now * 10))
        self.joins[key] = self.joins.get(key, 0) + 1

    def serve(self, free_at, number, rate):
        """The time at which one who comes now is served; None if the kernel holds no more."""
        begin = max(self.now, free_at[number])
        if (begin - self.now) * rate > self.size.backlog:
            return None
        free_at[number] = begin + 1 / rate
        return free_at[number]

    def join(self, end, number, relay, late):
        """A relay reads the first line of an end, `late` from now. It returns whether the end waits or is paired."""
        if self.tries[end] != number or self.state[end] not in (TRYING, WAITING):
            return False
        other = end ^ 1
        places = self.waits_at[other]
        if self.state[other] == WAITING and places is not None and relay in places:
            self.pair(end >> 1, relay, late)
        else:
            self.state[end] = WAITING
            self.waits_at[end] = (self.waits_at[end] or set()) | {relay}
        return True

    def pair(self, pair, relay, late):
        self.relay_of[pair] = relay
        ends = (2 * pair, 2 * pair + 1)
        for end in ends:
            self.state[end] = PAIRED
            self.waits_at[end] = None
            self.tries[end] += 1
        ways = [self.way(end, relay) for end in ends]
        self.after(late + max(ways) + HANDSHAKE_WAYS * sum(ways), self.link, pair, self.tries[ends[0]])

    def link(self, pair, number):
        # The relay may have gone meanwhile, and the ends not know it yet.
        if self.tries[2 * pair] != number or self.relay_of[pair] is None:
            return
        for end in (2 * pair, 2 * pair + 1):
            self.state[end] = LINKED
        duration = self.now - self.lost_at[pair]
        (self.pauses if pair < self.size.pairs else self.meetings).append(duration)
        self.lost_at[pair] = None
        self.open -= 1

    def drop_guests(self, relay, notices):
        """All guests of a relay lose their links: pairs, and those that wait. `notices`: when an end knows of it.

        An end that waits misses a silent relay later than a pair does. For those few the difference is left out."""
        for pair, place in enumerate(self.relay_of):
            if place == relay:
                self.lose(pair, notices)
        self.drop_waiting(relay, notices)

    def drop_waiting(self, relay, notices):
        for end, places in enumerate(self.waits_at):
            if places and relay in places:
                self.after(notices(end), self.reach.lost_place, end, self.tries[end], relay)

    # Faults.

    def kill(self, relay):
        """A relay's process dies: the kernel resets its links and refuses new ones."""
        self.set_relay(relay, "dead")
        self.drop_guests(relay, lambda end: self.way(end, relay))

    def vanish(self, relay):
        """A relay's machine is gone without a word."""
        self.set_relay(relay, "gone")
        self.drop_guests(relay, lambda end: self.reach.silence_of_relay())

    def drain(self, relay):
        """A relay takes nobody more, and resets at the end what pairs are left."""
        self.set_relay(relay, "draining")
        self.drop_waiting(relay, lambda end: self.way(end, relay))
        self.after(self.size.drain_seconds, self.kill, relay)

    def come_back(self, relay):
        self.free_at[relay] = self.now
        self.set_relay(relay, "up")

    def set_relay(self, relay, state):
        self.relay_state[relay] = state
        self.reach.relay_changed(relay)

    def lose_region(self, region):
        """All relays of a region, and its balancer, are gone without a word. The ends there live on."""
        self.region_state[region] = "gone"
        for relay, place in enumerate(self.relay_region):
            if place == region:
                self.set_relay(relay, "gone")
                self.drop_guests(relay, lambda end: self.silence())
        self.reach.balancer_gone(region)

    def region_returns(self, region):
        self.region_state[region] = "up"
        for relay, place in enumerate(self.relay_region):
            if place == region:
                self.come_back(relay)

    def silence(self):
        """How long an end takes to miss a link that went silent: its last sign of life is up to a ping's time old."""
        return SILENCE + GRACE - self.random.uniform(0, PING_EVERY)
