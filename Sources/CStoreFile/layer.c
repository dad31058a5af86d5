// The layer below SQLite. It is the VFS of the system (https://www.sqlite.org/vfs.html) with two functions of the main
// file replaced: reading and writing. SQLite's own ext/misc/cksumvfs.c does the same, but distributions do not ship it.
//
// Only the main file has checksums here. The log (WAL) has its own, which SQLite verifies before it uses a log.
#include "cstorefile.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

// The size of SQLite's header of a file, and the byte there that has the number of reserved bytes of each page.
enum { HEADER_BYTES = 100, RESERVED_AT = 20, CONTENT_BYTES = CSTOREFILE_PAGE_BYTES - CSTOREFILE_CHECKSUM_BYTES };

// The data of an open main file, behind the system's own.
struct extra {
  const sqlite3_io_methods *system;
  sqlite3_io_methods replaced;
  // Whether the pages of the file have checksums.
  int is_sealed;
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs layer;

static struct extra *extra_of(sqlite3_file *file) {
  return (struct extra *)((char *)file + layer.szOsFile - (int)sizeof(struct extra));
}

// The number of a page is part of its checksum, so that no page passes for another.
static void checksum_of(const uint8_t *page, sqlite3_int64 offset, uint8_t *checksum) {
  uint64_t hash = cstorefile_hash(page, CONTENT_BYTES, (uint64_t)(offset / CSTOREFILE_PAGE_BYTES) + 1);
  for (int i = 0; i < CSTOREFILE_CHECKSUM_BYTES; i++) checksum[i] = (uint8_t)(hash >> 8 * i);
}

static int is_whole(const uint8_t *page, sqlite3_int64 offset) {
  uint8_t checksum[CSTOREFILE_CHECKSUM_BYTES];
  checksum_of(page, offset, checksum);
  return memcmp(page + CONTENT_BYTES, checksum, sizeof checksum) == 0;
}

// The header is the beginning of page 1: whether its pages have checksums is known once it is read or written.
static void note_header(struct extra *extra, const uint8_t *bytes, int count, sqlite3_int64 offset) {
  if (offset == 0 && count >= HEADER_BYTES) extra->is_sealed = bytes[RESERVED_AT] == CSTOREFILE_CHECKSUM_BYTES;
}

static int read_page(sqlite3_file *file, uint8_t *page, sqlite3_int64 offset) {
  int code = extra_of(file)->system->xRead(file, page, CSTOREFILE_PAGE_BYTES, offset);
  // SQLite would take a page that is cut off for zeros.
  if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_IOERR_DATA;
  if (code != SQLITE_OK) return code;
  return is_whole(page, offset) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

static int layer_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  // SQLite asks the header for the format and for changes before it reads page 1 as a whole.
  if (!extra->is_sealed || offset + count <= HEADER_BYTES) {
    int code = extra->system->xRead(file, bytes, count, offset);
    if (code != SQLITE_OK) return code;
    note_header(extra, bytes, count, offset);
    if (!extra->is_sealed || count != CSTOREFILE_PAGE_BYTES) return SQLITE_OK;
    return is_whole(bytes, offset) ? SQLITE_OK : SQLITE_IOERR_DATA;
  }
  if (count == CSTOREFILE_PAGE_BYTES && offset % CSTOREFILE_PAGE_BYTES == 0) return read_page(file, bytes, offset);
  // Newer versions of SQLite read parts of pages that hold the rest of a long row, and pages of a wrong size if the
  // header is damaged.
  uint8_t page[CSTOREFILE_PAGE_BYTES];
  while (count > 0) {
    int skipped = (int)(offset % CSTOREFILE_PAGE_BYTES);
    int taken = CSTOREFILE_PAGE_BYTES - skipped < count ? CSTOREFILE_PAGE_BYTES - skipped : count;
    int code = read_page(file, page, offset - skipped);
    if (code != SQLITE_OK) return code;
    memcpy(bytes, page + skipped, (size_t)taken);
    bytes = (uint8_t *)bytes + taken;
    offset += taken;
    count -= taken;
  }
  return SQLITE_OK;
}

static int layer_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  note_header(extra, bytes, count, offset);
  if (!extra->is_sealed) return extra->system->xWrite(file, bytes, count, offset);
  // Nothing else can get a checksum, and SQLite writes nothing else.
  if (count != CSTOREFILE_PAGE_BYTES || offset % CSTOREFILE_PAGE_BYTES != 0) return SQLITE_IOERR_WRITE;
  uint8_t page[CSTOREFILE_PAGE_BYTES];
  memcpy(page, bytes, CONTENT_BYTES);
  checksum_of(page, offset, page + CONTENT_BYTES);
  return extra->system->xWrite(file, page, CSTOREFILE_PAGE_BYTES, offset);
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
  (void)vfs;
  int code = system_vfs->xOpen(system_vfs, name, file, flags, flags_out);
  if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB)) return code;
  struct extra *extra = extra_of(file);
  extra->system = file->pMethods;
  extra->is_sealed = 0;
  // Version 2 has all that WAL needs. Version 3 adds memory maps, which would be read past this layer.
  extra->replaced = (sqlite3_io_methods){
    .iVersion = 2, .xClose = extra->system->xClose, .xRead = layer_read, .xWrite = layer_write,
    .xTruncate = extra->system->xTruncate, .xSync = extra->system->xSync, .xFileSize = extra->system->xFileSize,
    .xLock = extra->system->xLock, .xUnlock = extra->system->xUnlock,
    .xCheckReservedLock = extra->system->xCheckReservedLock, .xFileControl = extra->system->xFileControl,
    .xSectorSize = extra->system->xSectorSize, .xDeviceCharacteristics = extra->system->xDeviceCharacteristics,
    .xShmMap = extra->system->xShmMap, .xShmLock = extra->system->xShmLock, .xShmBarrier = extra->system->xShmBarrier,
    .xShmUnmap = extra->system->xShmUnmap,
  };
  file->pMethods = &extra->replaced;
  return SQLITE_OK;
}

static int registered;

static void register_layer(void) {
  if (sqlite3_initialize() != SQLITE_OK || !(system_vfs = sqlite3_vfs_find(NULL))) return;
  // All functions but one are the system's. They take no notice of the table that they stand in.
  layer = *system_vfs;
  layer.pNext = NULL;
  layer.zName = "tincan-store";
  layer.szOsFile = (system_vfs->szOsFile + 15) / 16 * 16 + (int)sizeof(struct extra);
  layer.xOpen = layer_open;
  registered = sqlite3_vfs_register(&layer, 0) == SQLITE_OK;
}

const char *cstorefile_layer(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_layer);
  return registered ? layer.zName : NULL;
}

void cstorefile_seal(uint8_t *file, size_t count) {
  for (size_t offset = 0; offset + CSTOREFILE_PAGE_BYTES <= count; offset += CSTOREFILE_PAGE_BYTES)
    checksum_of(file + offset, (sqlite3_int64)offset, file + offset + CONTENT_BYTES);
}
