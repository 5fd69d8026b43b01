import Kernel
import Store
import TestKit
import Testing

@Suite("Rows where they stand")
struct RawValueTests {
    @Test("raw values are those that copied ones are", arguments: TestStores.engines)
    func same(_ engine: Engine) async throws {
        let stores = try TestStores.open(engine)
        do {
            try await stores.main.migrate { transaction in
                try transaction.execute(
                    "CREATE TABLE raw_sample (id BIGINT PRIMARY KEY, number BIGINT, word TEXT, bytes BLOB)")
            }
            let long = String(repeating: "ñ", count: 40_000)
            try await stores.main.write(.installation) { transaction in
                for (id, word) in [(1, "a"), (2, ""), (3, long)] as [(Int64, String)] {
                    try transaction.execute(
                        """
                        INSERT INTO raw_sample (id, number, word, bytes)
                        VALUES (\(id), \(Int64.min + id), \(word), \([UInt8(id), 0, 255]))
                        """)
                }
                try transaction.execute("INSERT INTO raw_sample (id) VALUES (4)")
            }
            let (raw, copied) = try await stores.main.read(.installation) { transaction in
                var raw: [[SQLValue]] = []
                try transaction.forEachRaw("SELECT id, number, word, bytes FROM raw_sample ORDER BY id") { values in
                    raw.append(
                        values.map { value in
                            switch value.kind {
                            case .null: .null
                            case .integer: .integer(value.integer)
                            case .text: .text(String(decoding: value.bytes, as: UTF8.self))
                            case .blob: .blob(Array(value.bytes))
                            case .real, .boolean: .real(.nan)
                            }
                        })
                }
                let rows = try transaction.rows("SELECT id, number, word, bytes FROM raw_sample ORDER BY id")
                return (raw, rows.map(\.values))
            }
            #expect(raw.count == 4)
            #expect(raw == copied)
        } catch {
            try await stores.close()
            throw error
        }
        try await stores.close()
    }
}
