#include "cstorefile.h"

#include <string.h>

// The five primes of the specification.
#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u

static uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

static uint64_t little64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  return value;
}

static uint32_t little32(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap32(value);
#endif
  return value;
}

static uint64_t mixed(uint64_t lane, uint64_t input) { return rotate(lane + input * P2, 31) * P1; }
static uint64_t merged(uint64_t hash, uint64_t lane) { return (hash ^ mixed(0, lane)) * P1 + P4; }

uint64_t cstorefile_hash(const void *start, size_t count, uint64_t seed) {
  const uint8_t *bytes = start;
  uint64_t hash = seed + P5;
  size_t left = count;
  if (left >= 32) {
    uint64_t lanes[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
    for (; left >= 32; left -= 32, bytes += 32)
      for (int lane = 0; lane < 4; lane++) lanes[lane] = mixed(lanes[lane], little64(bytes + 8 * lane));
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (int lane = 0; lane < 4; lane++) hash = merged(hash, lanes[lane]);
  }
  hash += count;
  for (; left >= 8; left -= 8, bytes += 8) hash = rotate(hash ^ mixed(0, little64(bytes)), 27) * P1 + P4;
  if (left >= 4) {
    hash = rotate(hash ^ little32(bytes) * P1, 23) * P2 + P3;
    left -= 4;
    bytes += 4;
  }
  for (; left > 0; left--, bytes++) hash = rotate(hash ^ *bytes * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}
