#!/usr/bin/env python3
"""Writes the golden frames of docs/PROTOCOL.md, from that page alone and not from the Swift sources.

    python3 frames.py >frames.txt
"""
import struct


def frame(kind, payload=b""):
    return struct.pack(">IB", len(payload), kind) + payload


def field(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


FRAMES = {
    "ping": frame(0x01),
    "probe": frame(0x02),
    "pong": frame(0x03),
    "introduction: knows the peer": frame(0x80, bytes([1])),
    "introduction: has a code": frame(0x80, bytes([2])),
    "introduction: open": frame(0x80, bytes([4])),
    "pairing: three bytes": frame(0x81, b"\x01\x02\x03"),
    "greeting: a person named Zoë": frame(0x82, bytes([0, 0]) + field(1, "Zoë".encode())),
    "greeting: batch without a name": frame(0x82, bytes([0, 1])),
    "messages 7 and 8, the second of two lines": frame(0x83, struct.pack(">Q", 7) + b"hello\ntwo\0lines\n"),
    "acknowledgement of 8": frame(0x84, struct.pack(">Q", 8)),
    "goodbye: the input has ended": frame(0x85, struct.pack(">BQ", 0, 0)),
    "goodbye: leaving": frame(0x85, struct.pack(">BQ", 1, 0)),
    "goodbye: busy, with a text": frame(0x85, struct.pack(">BQ", 2, 0) + b"later"),
}

for name, data in FRAMES.items():
    print(data.hex(), name)
