#!/usr/bin/env python3
"""Writes the golden frames of docs/PROTOCOL.md, from that page alone and not from the Swift sources.

    python3 frames.py >frames.txt
"""
import struct


def frame(kind, payload=b""):
    return struct.pack(">IB", len(payload), kind) + payload


def field(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def opening(incarnation, generation, keeps_store):
    return field(2, struct.pack(">QQ?", incarnation, generation, keeps_store))


FRAMES = {
    "ping": frame(0x01),
    "probe": frame(0x02),
    "pong": frame(0x03),
    "introduction: knows the peer": frame(0x80, bytes([1])),
    "introduction: has a code": frame(0x80, bytes([2])),
    "introduction: open": frame(0x80, bytes([4])),
    "introduction: has a code, and a key that ends with its program": frame(0x80, bytes([10])),
    "pairing: three bytes": frame(0x81, b"\x01\x02\x03"),
    "greeting: a person named Zoë": frame(0x82, bytes([0, 0]) + opening(0x0102030405060708, 3, True) + field(1, "Zoë".encode())),
    "greeting: batch without a name": frame(0x82, bytes([0, 1]) + opening(9, 1, False)),
    "messages 7 and 8 of 0xA1, the second of two lines":
        frame(0x83, struct.pack(">QQQ", 0xA1, 7, 0) + b"hello\ntwo\0lines\n"),
    "acknowledgement of 8 of 0xB2": frame(0x84, struct.pack(">QQ", 0xB2, 8)),
    "goodbye: the input has ended": frame(0x85, struct.pack(">BQ", 0, 0)),
    "goodbye: leaving": frame(0x85, struct.pack(">BQ", 1, 0)),
    "goodbye: busy, with a text": frame(0x85, struct.pack(">BQ", 2, 0) + b"later"),
    "goodbye: leaving with five messages unacknowledged": frame(0x85, struct.pack(">BQ", 1, 5)),
    "ask: 0xA1 and two older ones": frame(0x86, struct.pack(">QQQ", 0xA1, 0x12, 0x11)),
    "answer: 0 of 0xB2": frame(0x87, struct.pack(">QQ", 0xB2, 0)),
    "go: 0x11 starts at 10, 0x12 at 4": frame(0x88, struct.pack(">QQQQ", 0x11, 10, 0x12, 4)),
    "messages: 4 of 0x12, written at 1700000000": frame(0x83, struct.pack(">QQQ", 0x12, 4, 1700000000) + b"late\n"),
    "withdrawal: 5 of 0x12": frame(0x89, struct.pack(">QQ", 0x12, 5)),
}

for name, data in FRAMES.items():
    print(data.hex(), name)
