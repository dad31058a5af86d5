#!/usr/bin/env python3
"""Writes the golden pairing of docs/PROTOCOL.md, from that page, RFC 9382 and RFC 5869, and not from the Swift sources.

    python3 pairing.py >pairing.txt

The arithmetic is for this alone: it takes a time that depends on the secrets.
"""
import hashlib
import hmac

# P-256 (SEC 2 section 2.4.2): the field, the curve, the order and the generator.
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def point(compressed):
    x = int(compressed[2:], 16)
    y = pow(x**3 + A * x + B, (P + 1) // 4, P)
    return x, y if y % 2 == int(compressed[:2], 16) % 2 else P - y


M = point("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
N = point("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")


def add(one, other):
    if one is None or other is None:
        return one or other
    (x, y), (u, v) = one, other
    if x == u and (y + v) % P == 0:
        return None
    slope = (3 * x * x + A) * pow(2 * y, -1, P) if one == other else (v - y) * pow(u - x, -1, P)
    z = (slope * slope - x - u) % P
    return z, (slope * (x - z) - y) % P


def times(number, at):
    total = None
    for bit in f"{number:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, at)
    return total


def encode(at):
    return b"\x04" + at[0].to_bytes(32, "big") + at[1].to_bytes(32, "big")


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


DIGITS, WORDS = "482913", "walrus-lemon-violin"
CLIENT, SERVER, EXPORTED = bytes([0x11] * 32), bytes([0x22] * 32), bytes([0x33] * 32)
X, Y = int.from_bytes(bytes([0x44] * 32), "big"), int.from_bytes(bytes([0x55] * 32), "big")

stretched = hashlib.scrypt(WORDS.encode(), salt=b"tincan/1 pairing", n=16384, r=8, p=1, dklen=48)
w = int.from_bytes(stretched, "big") % ORDER
share_a = add(times(w, M), times(X, G))
share_b = add(times(w, N), times(Y, G))
key = times(X * Y % ORDER, G)
parts = [b"tincan/1 client " + CLIENT, b"tincan/1 server " + SERVER, encode(share_a), encode(share_b), encode(key),
         w.to_bytes(32, "big")]
transcript = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
secret = hashlib.sha256(transcript).digest()[16:]
# HKDF without a salt; 32 bytes are one block.
info = b"ConfirmationKeys" + b"tincan/1 pairing " + DIGITS.encode() + EXPORTED
keys = mac(mac(bytes(32), secret), info + b"\x01")
LINES = {
    f"w: scrypt of {WORDS}, modulo the order": w.to_bytes(32, "big"),
    "the client's share": b"\x01" + encode(share_a),
    "the server's share": b"\x01" + encode(share_b),
    "the client's confirmation": b"\x02" + mac(keys[:16], transcript),
    "the server's confirmation": b"\x02" + mac(keys[16:], transcript),
}

if __name__ == "__main__":
    for text, line in LINES.items():
        print(line.hex(), text)
