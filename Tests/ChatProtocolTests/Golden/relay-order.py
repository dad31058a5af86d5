#!/usr/bin/env python3
"""Writes the orders of relays of docs/PROTOCOL.md, from that page alone and not from the Swift sources.

    python3 relay-order.py >relay-order.txt
"""
import hashlib


def normalised(relay, default_port=8463):
    """A relay as both ends name it: HOST:PORT, an IPv6 address in brackets, lower case."""
    if relay.startswith("["):
        host, _, port = relay[1:].partition("]")
        port = port[1:]
    elif relay.count(":") == 1:
        host, _, port = relay.partition(":")
    else:
        host, port = relay, ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{int(port) if port else default_port}".lower()


def weight(relay, room):
    digest = hashlib.sha256(relay.encode() + b"\0" + room.encode()).digest()
    return int.from_bytes(digest[:8], "big")


def ordered(relays, room):
    names = sorted({normalised(relay) for relay in relays})
    return sorted(names, key=lambda name: weight(name, room), reverse=True)


CASES = [
    ("tea", "relay.example"),
    ("tea", "a.example,b.example,c.example"),
    ("p-482913", "a.example,b.example,c.example"),
    ("p-482914", "C.Example:8463,b.example,A.example,a.example:8463"),
    ("m-0123456789abcdefghjkmnpqrs", "a.example:8463,a.example:8464,a.example:443"),
    ("tea", "[2001:db8::7]:9000,[::1],::2,192.0.2.1,localhost:80"),
    ("x", "r1,r2,r3,r4,r5,r6,r7,r8"),
    ("milk_and_sugar", "r1,r2,r3,r4,r5,r6,r7,r8"),
]

for room, relays in CASES:
    names = ordered(relays.split(","), room)
    print(room, relays, *(f"{name}={weight(name, room):016x}" for name in names))
