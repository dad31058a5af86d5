// The layer below SQLite. It is the VFS of the system (https://www.sqlite.org/vfs.html) with two functions of the main
// file replaced, reading and writing, and those of the log (WAL) that read, write, sync or measure it.
//
// Only the main file has checksums here. The log has its own, which SQLite verifies before it uses a log. SQLite's
// ext/misc/cksumvfs.c does the same for the main file, but distributions do not ship it.
//
// A frame of the log is a header and a page, which SQLite writes one after the other. They are written together.
//
// The log grows in steps of zeros. A commit into blocks that the file has takes half the time of one that makes the
// file longer, because the file system has to note the length, too. SQLite takes no zeros for a part of a log: each
// frame has numbers from the header of the log (https://www.sqlite.org/fileformat2.html, 4.1).
#include "cstorefile.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

// The size of SQLite's header of a file, and the byte there that has the number of reserved bytes of each page.
enum { HEADER_BYTES = 100, RESERVED_AT = 20, LARGEST_ROOT_AT = 52 };
enum { CONTENT_BYTES = CSTOREFILE_PAGE_BYTES - CSTOREFILE_CHECKSUM_BYTES };

// The steps by which a log grows: as long as it is, within these bounds. A program that commits one message and ends
// writes the shortest; the longest comes once in more than a hundred commits of one message.
enum { LOG_STEP_MIN = 64 << 10, LOG_STEP_MAX = 1 << 20 };

// The size of the header of a frame of the log.
enum { FRAME_HEADER_BYTES = 24 };

// The data of an open file, behind the system's own.
struct extra {
  const sqlite3_io_methods *system;
  sqlite3_io_methods replaced;
  // Whether the pages of the main file have checksums.
  int is_sealed;
  // Whether some pages are a map of the others, for auto-vacuum. Ours has none.
  int has_map;
  // The length of the log as far as it is known. Other programs may have made it longer.
  sqlite3_int64 log_bytes;
  // The end of what this program has written to the log since it last began.
  sqlite3_int64 log_end;
  // The header of a frame that is not written yet, and its place. It is always behind `log_end`: a header that SQLite
  // writes anew has no page behind it, and must not wait.
  uint8_t header[FRAME_HEADER_BYTES];
  sqlite3_int64 header_at;
  int has_header;
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs layer;

static struct extra *extra_of(sqlite3_file *file) {
  return (struct extra *)((char *)file + layer.szOsFile - (int)sizeof(struct extra));
}

// SQLite knows one error of a device without room. A used up quota and a limit on the size of files are the same to the
// one who wants to write.
static int write_through(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  int code = extra->system->xWrite(file, bytes, count, offset);
  int number = 0;
  if (code == SQLITE_IOERR_WRITE) extra->system->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number == EDQUOT || number == EFBIG ? SQLITE_FULL : code;
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
  if (offset != 0 || count < HEADER_BYTES) return;
  extra->is_sealed = bytes[RESERVED_AT] == CSTOREFILE_CHECKSUM_BYTES;
  static const uint8_t none[4];
  extra->has_map = memcmp(bytes + LARGEST_ROOT_AT, none, sizeof none) != 0;
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

// SQLite overwrites a row that is deleted, but not the place that a row had before its page was divided. That place is
// between the numbers at the beginning of the page, which say where its rows are, and the first row
// (https://www.sqlite.org/fileformat2.html, 1.6). A page of another kind begins with the number of a page. As long as a
// file has fewer than 2^25 pages, that has none of these kinds as its first byte. A page of a map could begin so (1.8).
static void wipe_gap(uint8_t *page, sqlite3_int64 offset) {
  int header = offset == 0 ? HEADER_BYTES : 0;
  int kind = page[header];
  if (kind != 2 && kind != 5 && kind != 10 && kind != 13) return;
  int cells = page[header + 3] << 8 | page[header + 4];
  int from = header + (kind < 10 ? 12 : 8) + 2 * cells;
  int to = page[header + 5] << 8 | page[header + 6];
  if (from < to && to <= CONTENT_BYTES) memset(page + from, 0, (size_t)(to - from));
}

static int layer_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  note_header(extra, bytes, count, offset);
  if (!extra->is_sealed) return write_through(file, bytes, count, offset);
  // Nothing else can get a checksum, and SQLite writes nothing else.
  if (count != CSTOREFILE_PAGE_BYTES || offset % CSTOREFILE_PAGE_BYTES != 0) return SQLITE_IOERR_WRITE;
  uint8_t page[CSTOREFILE_PAGE_BYTES];
  memcpy(page, bytes, CONTENT_BYTES);
  if (!extra->has_map) wipe_gap(page, offset);
  checksum_of(page, offset, page + CONTENT_BYTES);
  return write_through(file, page, CSTOREFILE_PAGE_BYTES, offset);
}

// Makes the log longer than it has to be. If it fails, only this gain is lost: the caller writes what it needs, and
// reports a failure of that.
static void lengthen_log(sqlite3_file *file, sqlite3_int64 needed) {
  static const uint8_t zeros[LOG_STEP_MIN];
  struct extra *extra = extra_of(file);
  if (extra->system->xFileSize(file, &extra->log_bytes) != SQLITE_OK || needed <= extra->log_bytes) return;
  sqlite3_int64 step = extra->log_bytes;
  if (step < LOG_STEP_MIN) step = LOG_STEP_MIN;
  if (step > LOG_STEP_MAX) step = LOG_STEP_MAX;
  sqlite3_int64 wanted = (needed + step - 1) / step * step;
  while (extra->log_bytes < wanted) {
    sqlite3_int64 count = wanted - extra->log_bytes < LOG_STEP_MIN ? wanted - extra->log_bytes : LOG_STEP_MIN;
    if (extra->system->xWrite(file, zeros, (int)count, extra->log_bytes) != SQLITE_OK) return;
    extra->log_bytes += count;
  }
}

static int write_log(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  if (offset + count > extra->log_bytes) lengthen_log(file, offset + count);
  // The log begins with a header of its own.
  if (offset == 0 || offset + count > extra->log_end) extra->log_end = offset + count;
  return write_through(file, bytes, count, offset);
}

// Writes a header that was kept, because something else than its page comes next.
static int write_kept_header(sqlite3_file *file) {
  struct extra *extra = extra_of(file);
  if (!extra->has_header) return SQLITE_OK;
  extra->has_header = 0;
  return write_log(file, extra->header, FRAME_HEADER_BYTES, extra->header_at);
}

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct extra *extra = extra_of(file);
  if (extra->has_header && count == CSTOREFILE_PAGE_BYTES && offset == extra->header_at + FRAME_HEADER_BYTES) {
    uint8_t frame[FRAME_HEADER_BYTES + CSTOREFILE_PAGE_BYTES];
    memcpy(frame, extra->header, FRAME_HEADER_BYTES);
    memcpy(frame + FRAME_HEADER_BYTES, bytes, CSTOREFILE_PAGE_BYTES);
    extra->has_header = 0;
    return write_log(file, frame, sizeof frame, extra->header_at);
  }
  int code = write_kept_header(file);
  if (code != SQLITE_OK) return code;
  if (count != FRAME_HEADER_BYTES || offset < extra->log_end) return write_log(file, bytes, count, offset);
  memcpy(extra->header, bytes, FRAME_HEADER_BYTES);
  extra->header_at = offset;
  extra->has_header = 1;
  return SQLITE_OK;
}

// The others see the file as if the header that was kept were in it.

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  int code = write_kept_header(file);
  return code ? code : extra_of(file)->system->xRead(file, bytes, count, offset);
}

static int log_sync(sqlite3_file *file, int flags) {
  int code = write_kept_header(file);
  return code ? code : extra_of(file)->system->xSync(file, flags);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = write_kept_header(file);
  extra_of(file)->log_bytes = 0;
  extra_of(file)->log_end = 0;
  return code ? code : extra_of(file)->system->xTruncate(file, size);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
  int code = write_kept_header(file);
  return code ? code : extra_of(file)->system->xFileSize(file, size);
}

static int log_close(sqlite3_file *file) {
  int code = write_kept_header(file);
  int closing = extra_of(file)->system->xClose(file);
  return code ? code : closing;
}

static void open_log(sqlite3_file *file) {
  struct extra *extra = extra_of(file);
  extra->system = file->pMethods;
  extra->log_bytes = 0;
  extra->log_end = 0;
  extra->has_header = 0;
  extra->replaced = *extra->system;
  extra->replaced.xWrite = log_write;
  extra->replaced.xRead = log_read;
  extra->replaced.xSync = log_sync;
  extra->replaced.xTruncate = log_truncate;
  extra->replaced.xFileSize = log_size;
  extra->replaced.xClose = log_close;
  file->pMethods = &extra->replaced;
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
  (void)vfs;
  int code = system_vfs->xOpen(system_vfs, name, file, flags, flags_out);
  if (code != SQLITE_OK) return code;
  if (flags & SQLITE_OPEN_WAL) open_log(file);
  if (!(flags & SQLITE_OPEN_MAIN_DB)) return code;
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
  // Nobody asks SQLite how much memory it has, and counting it takes a lock for each piece.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
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
