// A layer between SQLite and the file of the store, which puts a checksum into each page and verifies it when the page
// is read; and the hash function for that. SQLite takes such a layer as a table of C functions, so it is C.
//
//   page of 4096 bytes:   | content, as SQLite knows it: 4088 bytes | checksum: 8 bytes, little-endian |
//
// SQLite leaves the last bytes of each page alone if byte 20 of the file says so ("reserved space",
// https://www.sqlite.org/fileformat2.html, 1.3.4). A file with another value there is read and written as it is.
#ifndef TINCAN_CSTOREFILE_H
#define TINCAN_CSTOREFILE_H

#include <stddef.h>
#include <stdint.h>

// The size of a page, and of the checksum at its end.
enum { CSTOREFILE_PAGE_BYTES = 4096, CSTOREFILE_CHECKSUM_BYTES = 8 };

// XXH64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
uint64_t cstorefile_hash(const void *bytes, size_t count, uint64_t seed);

// The name of the layer for sqlite3_open_v2. NULL if SQLite has no memory left.
const char *cstorefile_layer(void);

// Puts the checksum into each page of a whole file.
void cstorefile_seal(uint8_t *file, size_t count);

#endif
