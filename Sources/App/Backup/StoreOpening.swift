import Kernel
import Store
import StorePostgres
import StoreSQLite

/// A store opened for a single use, with few connections.
enum StoreOpening {
    static func file(_ path: String) throws -> any Database {
        var options = SQLiteDatabase.Options()
        options.readers = 2
        options.foldsLogOnClose = true
        return try SQLiteDatabase(path: path, options: options)
    }

    static func schema(_ url: String, _ name: String) throws -> any Database {
        var options = PostgresDatabase.Options()
        options.schema = name
        options.connections = 2
        return try PostgresDatabase(url: url, options: options)
    }
}
