#include <sqlite3.h>

// Swift cannot call these: a macro with a cast, and a function with variable arguments.

// sqlite3_bind_text and sqlite3_bind_blob, which copy the bytes (SQLITE_TRANSIENT).
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
  return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}
static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  // No pointer would mean NULL, not an empty blob.
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

// sqlite3_db_config with one switch, such as SQLITE_DBCONFIG_DEFENSIVE.
static inline int csqlite_switch(sqlite3 *database, int option, int on) {
  return sqlite3_db_config(database, option, on, (int *)0);
}

// A macro with an expression.
static const int csqlite_ioerr_data = SQLITE_IOERR_DATA;
