import CSQLite

/// What is said to the library once, before its first use.
enum SQLiteSetup {
    /// False: another part of the process used SQLite before; then it only runs slower.
    static let done = throughline_sqlite_without_memory_counts() == SQLITE_OK
}
