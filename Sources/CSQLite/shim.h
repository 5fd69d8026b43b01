#include <sqlite3.h>

/* sqlite3_config is variadic, so Swift cannot call it. Counting every allocation takes a lock that all connections
   share; nothing reads the counts. Must run before the library is first used. */
static inline int throughline_sqlite_without_memory_counts(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
