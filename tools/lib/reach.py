"""How an end comes to a relay, for tools/simulate-fleet: through balancers, or by a list of relays of its own."""
from bisect import bisect_left

from world import ATTEMPT_SECONDS, MASK, PING_EVERY, SYN_AGAIN, TRYING, WAITING, mix

# tools/haproxy.cfg: the interval of health checks, how many must fail or succeed, and the timeout of a connection.
CHECK_EVERY, CHECKS, CONNECT_SECONDS, RETRIES = 1.0, 2, 2.0, 3
# How long an entry takes from one balancer's stick table to another's.
PEERS_SECONDS = 0.1
# Relays drop who waits for so long (--room-timeout); it joins again.
ROOM_SECONDS = 120.0
# tcp-ut and the keepalive towards relays: when a relay's machine that vanished is missed.
RELAY_SILENCE, RELAY_KEEPALIVE_IDLE = 12.0, 5.0
# The next address of a balancer's name is dialled after so long without an answer.
NEXT_ADDRESS = 0.25
# One address may begin so many connections in a minute; an office has that many ends behind one address.
JOINS_PER_MINUTE, OFFICE_ENDS, OFFICE_SHARE = 120, 40, 0.2


class Balancers:
    """A balancer in each region, each with its own view of all relays, and a stick table that they share."""

    def begin(self, world):
        self.world, self.size = world, world.size
        size = self.size
        self.ring = sorted((mix(mix(0x52494E47 << 32 | relay) + point), relay)
                           for relay in range(size.relays) for point in range(size.points))
        self.hashes = [hash for hash, _ in self.ring]
        self.views = [[True] * size.relays for _ in range(size.regions)]
        self.checks = [[0] * size.relays for _ in range(size.regions)]
        self.free_at = [0.0] * size.regions
        self.is_up = ["up"] * size.regions
        self.stick = {}
        self.offices = {}
        self.refused = 0

    def best(self, pair):
        return self.pick(pair, [True] * self.size.relays, None)

    def pick(self, pair, view, avoid):
        """The next relay in the ring that the view has up; None if there is none."""
        ring, hashes = self.ring, self.hashes
        if view.count(True) <= (avoid is not None and view[avoid]):
            return None
        begin = bisect_left(hashes, self.world.key(pair))
        for step in range(len(ring)):
            relay = ring[(begin + step) % len(ring)][1]
            if view[relay] and relay != avoid:
                return relay
        return None

    # Health.

    def relay_changed(self, relay):
        """Each balancer finds out by its own checks."""
        world = self.world
        is_up = world.relay_state[relay] == "up"
        for balancer in range(self.size.regions):
            self.checks[balancer][relay] += 1
            late = CHECK_EVERY if world.relay_state[relay] == "gone" else 0
            delay = world.random.uniform(0, CHECK_EVERY) + (CHECKS - 1) * CHECK_EVERY + late
            world.after(delay, self.see, balancer, relay, self.checks[balancer][relay], is_up)

    def see(self, balancer, relay, number, is_up):
        if self.checks[balancer][relay] == number:
            self.views[balancer][relay] = is_up

    def balancer_gone(self, balancer):
        self.is_up[balancer] = "gone"
        self.drop_guests(balancer, lambda end: self.world.silence())

    def restart(self, balancer):
        """A balancer's process dies, and another takes its place at once."""
        world = self.world
        self.drop_guests(balancer, lambda end: world.access[end] + world.between(world.region[end], balancer))

    def drop_guests(self, balancer, notices):
        """The guests in a balancer's region lose their links; the relays drop their partners' links."""
        world = self.world
        for pair, relay in enumerate(world.relay_of):
            mine = [end for end in (2 * pair, 2 * pair + 1) if world.region[end] == balancer]
            if relay is not None and mine:
                time = min(notices(end) for end in mine)
                world.lose(pair, lambda end: time if end in mine else time + world.way(end, relay))
        for end, places in enumerate(world.waits_at):
            if places and world.region[end] == balancer:
                world.after(notices(end), world.fail, end, world.tries[end])

    def silence_of_relay(self):
        """The balancer's kernel misses the relay: by its keepalive, or as nobody acknowledges what an end sends."""
        rng = self.world.random
        keepalive = RELAY_SILENCE - rng.uniform(0, RELAY_KEEPALIVE_IDLE)
        ping = rng.uniform(0, PING_EVERY)
        found = keepalive if ping > keepalive else ping + RELAY_SILENCE
        return min(found, self.world.silence())

    # Joining.

    def try_to_join(self, end, number):
        world = self.world
        extra = 0.0
        for step in range(self.size.regions):
            balancer = (world.region[end] + step) % self.size.regions
            if self.is_up[balancer] == "up" and world.region_state[balancer] == "up":
                way = world.access[end] + world.between(world.region[end], balancer)
                world.after(extra + 3 * way, self.arrive, end, number, balancer, SYN_AGAIN)
                return
            extra += NEXT_ADDRESS
        world.after(ATTEMPT_SECONDS, world.fail, end, number)

    def arrive(self, end, number, balancer, again):
        world = self.world
        if world.tries[end] != number:
            return
        if again == SYN_AGAIN:
            world.count_join("balancer", balancer)
        served = world.serve(self.free_at, balancer, self.size.balancer_rate)
        if served is None:
            # The kernel dropped the first packet; the end's kernel sends it again.
            if again > ATTEMPT_SECONDS / 2:
                world.fail(end, number)
            else:
                world.after(again, self.arrive, end, number, balancer, 2 * again)
            return
        if not self.may_join(end):
            self.refused += 1
            world.after(world.access[end], world.fail, end, number)
            return
        self.choose(end, number, balancer, None, 0, served - world.now)

    def may_join(self, end):
        """The bound on a source, by the generic cell rate algorithm, for the ends of offices."""
        office = mix(end) % 1_000_003
        if office >= OFFICE_SHARE * 1_000_003:
            return True
        source = office % max(1, int(OFFICE_SHARE * len(self.world.state) / OFFICE_ENDS))
        clear = max(self.offices.get(source, 0.0), self.world.now) + 60.0 / JOINS_PER_MINUTE
        if clear - self.world.now > 60.0:
            return False
        self.offices[source] = clear
        return True

    def choose(self, end, number, balancer, avoid, step, late=0.0):
        """A balancer chooses a relay for an end, or another one after a relay did not take it, `late` from now."""
        world, pair = self.world, end >> 1
        if world.tries[end] != number:
            return
        view = self.views[balancer]
        relay = self.entry(pair, balancer)
        if relay is None or relay == avoid or not view[relay]:
            relay = self.pick(pair, view, avoid)
        if relay is None or step > RETRIES:
            world.after(late + world.access[end], world.fail, end, number)
            return
        way = world.between(balancer, world.relay_region[relay])
        state = world.relay_state[relay]
        if state == "gone":
            world.after(late + CONNECT_SECONDS, self.choose, end, number, balancer, relay, step + 1)
        elif state != "up":
            world.after(late + 2 * way, self.choose, end, number, balancer, relay, step + 1)
        else:
            world.after(late + 3 * way, self.reach_relay, end, number, balancer, relay)

    def entry(self, pair, balancer):
        """The relay that a balancer's stick table has for a room. What another balancer wrote comes a little later."""
        entry = self.stick.get(pair)
        if entry is None:
            return None
        relay, written, writer, before = entry
        return relay if writer == balancer or self.world.now - written > PEERS_SECONDS else before

    def reach_relay(self, end, number, balancer, relay):
        world = self.world
        served = world.serve(world.free_at, relay, self.size.relay_rate)
        if served is None or world.relay_state[relay] != "up":
            world.after(world.way(end, relay), world.fail, end, number)
            return
        world.count_join("relay", relay)
        self.stick[end >> 1] = (relay, world.now, balancer, self.entry(end >> 1, balancer))
        if world.join(end, number, relay, served - world.now) and world.state[end] == WAITING:
            world.after(ROOM_SECONDS, world.fail, end, number)

    def lost_place(self, end, number, relay):
        self.world.fail(end, number)


class Lists:
    """Each end has the list of all relays and orders it by rendezvous hashing of the room.

    An end begins with the best one. A failure leads to the next one at once, and no answer within a second as well. One
    that waits begins after one or two seconds to wait at the others too. A relay that failed is tried again after
    growing pauses."""
    ANSWER, BEFORE_SECOND, BEFORE_OTHERS, AGAIN, TRIED_MAX = 1.0, (1.0, 2.0), (0.25, 0.75), 1.0, 8

    def begin(self, world):
        self.world, self.size = world, world.size
        self.marks = [mix(0x4C495354 << 32 | relay) for relay in range(world.size.relays)]
        self.refused = 0
        self.orders = {}
        # Of each end that tries: the next one of its order, the number of the appointment for it, and the delays.
        self.next = {}

    def weights(self, pair):
        """The weight of each relay for a room: a hash of both, in one expression because there are millions of them."""
        key = self.world.key(pair)
        return [((product := (key ^ mark) * 0xBF58476D1CE4E5B9 & MASK) ^ product >> 32) * 0x94D049BB133111EB & MASK
                for mark in self.marks]

    def best(self, pair):
        weights = self.weights(pair)
        return weights.index(max(weights))

    def order(self, pair):
        if pair not in self.orders:
            weights = self.weights(pair)
            best_first = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)
            self.orders[pair] = best_first[:self.TRIED_MAX]
        return self.orders[pair]

    def relay_changed(self, relay):
        """An end knows of no change before it tries."""

    def balancer_gone(self, region):
        """There are none."""

    def silence_of_relay(self):
        return self.world.silence()

    def try_to_join(self, end, number):
        self.next[end] = [self.order(end >> 1), 0, 0, {}]
        self.go_on(end, number, 0)

    def go_on(self, end, number, appointment):
        """The next relay of the order is due."""
        world = self.world
        if world.tries[end] != number or world.state[end] not in (TRYING, WAITING):
            return
        choice = self.next[end]
        if appointment != choice[2] or choice[1] >= len(choice[0]):
            return
        relay = choice[0][choice[1]]
        choice[1] += 1
        is_waiting = world.state[end] == WAITING
        self.appoint(end, number, world.random.uniform(*self.BEFORE_OTHERS) if is_waiting else self.ANSWER)
        self.dial(end, number, relay)

    def appoint(self, end, number, delay):
        choice = self.next[end]
        choice[2] += 1
        self.world.after(delay, self.go_on, end, number, choice[2])

    def dial(self, end, number, relay):
        world = self.world
        if world.tries[end] != number:
            return
        way = world.way(end, relay)
        state = world.relay_state[relay]
        if state == "gone":
            world.after(ATTEMPT_SECONDS, self.failed, end, number, relay)
        elif state != "up":
            world.after(2 * way, self.failed, end, number, relay)
        else:
            world.after(3 * way, self.reach_relay, end, number, relay, SYN_AGAIN)

    def reach_relay(self, end, number, relay, again):
        world = self.world
        if world.tries[end] != number:
            return
        if world.relay_state[relay] != "up":
            world.after(world.way(end, relay), self.failed, end, number, relay)
            return
        served = world.serve(world.free_at, relay, self.size.relay_rate)
        if served is None:
            world.after(again, self.reach_relay, end, number, relay, 2 * again)
            return
        world.count_join("relay", relay)
        was_waiting = world.state[end] == WAITING
        if world.join(end, number, relay, served - world.now) and world.state[end] == WAITING and not was_waiting:
            self.appoint(end, number, world.random.uniform(*self.BEFORE_SECOND))

    def failed(self, end, number, relay):
        world = self.world
        if world.tries[end] != number or world.state[end] not in (TRYING, WAITING):
            return
        choice = self.next[end]
        longest = choice[3].get(relay, self.AGAIN)
        choice[3][relay] = min(2 * longest, 30.0)
        world.after(world.draw(longest), self.dial, end, number, relay)
        if world.state[end] != WAITING:
            self.appoint(end, number, 0.0)

    def lost_place(self, end, number, relay):
        """A relay where this end waits drops it; it goes on waiting at others."""
        world = self.world
        if world.tries[end] != number or world.state[end] != WAITING:
            return
        world.waits_at[end].discard(relay)
        if not world.waits_at[end]:
            world.state[end] = TRYING
        self.failed(end, number, relay)
