import Kernel
import Store
import Testing

@Suite("What the storage says when it refuses")
struct StoreErrorTests {
    @Test("each rule of a schema is told by its kind, and the constraint by name", arguments: TestStore.engines)
    func constraints(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let cases: [(StoreError.Kind, SQL, sqlite: String?, postgres: String?)] = [
                (.unique, "INSERT INTO room (id, name, beds) VALUES (1, 'b', 1)", "room.id", "room_pkey"),
                (.unique, "INSERT INTO room (id, name, beds) VALUES (2, 'a', 1)", "room.name", "room_name"),
                (.check, "INSERT INTO room (id, name, beds) VALUES (2, 'b', 0)", "room_beds", "room_beds"),
                (.notNull, "INSERT INTO room (id, name, beds) VALUES (2, NULL, 1)", "room.name", "name"),
                (.foreignKey, "INSERT INTO stay (id, room, start, until) VALUES (2, 9, 1, 2)", nil, "stay_room"),
                (.foreignKey, "DELETE FROM room WHERE id = 1", nil, "stay_room"),
                (
                    .overlap, "INSERT INTO stay (id, room, start, until) VALUES (2, 1, 15, 30)", "stay_overlap",
                    "stay_overlap"
                ),
                (.other, "SELECT no_such_column FROM room", nil, nil),
                (.other, "INSERT INTO", nil, nil),
            ]
            for (kind, sql, sqlite, postgres) in cases {
                let error = await #expect(throws: StoreError.self) {
                    try await store.database.write(.north) { try $0.execute(sql) }
                }
                #expect(error?.kind == kind, "\(sql)")
                #expect(error?.constraint == (engine == .sqlite ? sqlite : postgres), "\(sql)")
            }
            try await store.database.write(.north) {
                _ = try $0.execute("INSERT INTO stay (id, room, start, until) VALUES (3, 1, 20, 30)")
            }
        }
    }

    @Test("no value of a row is in an error's message", arguments: TestStore.engines)
    func noValues(engine: Engine) async throws {
        try await Self.with(engine) { store in
            let secret = "Zaphod-1952"
            try await store.database.write(.north) {
                _ = try $0.execute("INSERT INTO room (id, name, beds) VALUES (5, \(secret), 1)")
            }
            var errors: [any Error] = []
            let statements: [SQL] = [
                "INSERT INTO room (id, name, beds) VALUES (6, \(secret), 1)",
                "INSERT INTO room (id, name, beds) VALUES (6, \(secret), -1)",
                .engine(
                    sqlite: "INSERT INTO room (id, name, beds) SELECT name, name, 1 FROM room WHERE id = 5",
                    postgres: "SELECT name::bigint FROM room WHERE id = 5"),
            ]
            for sql in statements {
                do {
                    try await store.database.write(.north) { _ = try $0.execute(sql) }
                    Issue.record("\(sql) was accepted")
                } catch {
                    errors.append(error)
                }
            }
            #expect(errors.count == 3)
            for error in errors { #expect(!String(reflecting: error).contains(secret)) }
        }
    }

    @Test("every kind has a fault that says whether trying again helps")
    func faults() {
        let categories: [(StoreError.Kind, Fault.Category)] = [
            (.unique, .conflict), (.overlap, .conflict), (.foreignKey, .internalError), (.check, .internalError),
            (.notNull, .internalError), (.contention, .unavailable), (.full, .unavailable), (.io, .unavailable),
            (.unavailable, .unavailable), (.uncertain, .unavailable), (.other, .internalError),
        ]
        for (kind, category) in categories {
            let fault = StoreError(kind, message: "m").fault
            #expect(fault.category == category)
            #expect((fault.remedy != nil) == (category == .unavailable))
        }
    }

    private static func with(_ engine: Engine, _ body: (TestStore) async throws -> Void) async throws {
        try await TestStore.with(engine) { store in
            try await store.database.migrate { transaction in
                for sql in schema { try transaction.execute(sql) }
                try transaction.execute("INSERT INTO room (id, name, beds) VALUES (1, 'a', 1)")
                try transaction.execute("INSERT INTO stay (id, room, start, until) VALUES (1, 1, 10, 20)")
            }
            try await body(store)
        }
    }

    private static let schema: [SQL] = [
        """
        CREATE TABLE room (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, beds BIGINT NOT NULL,
            CONSTRAINT room_beds CHECK (beds > 0))
        """,
        "CREATE UNIQUE INDEX room_name ON room (name)",
        """
        CREATE TABLE stay (id BIGINT NOT NULL PRIMARY KEY, room BIGINT NOT NULL, start BIGINT NOT NULL,
            until BIGINT NOT NULL, CONSTRAINT stay_room FOREIGN KEY (room) REFERENCES room (id))
        """,
        .engine(
            sqlite: """
                CREATE TRIGGER stay_overlap BEFORE INSERT ON stay
                WHEN EXISTS (SELECT 1 FROM stay
                    WHERE room = NEW.room AND start < NEW.until AND until > NEW.start)
                BEGIN SELECT RAISE(ABORT, 'overlap: stay_overlap'); END
                """,
            postgres: """
                ALTER TABLE stay ADD CONSTRAINT stay_overlap
                EXCLUDE USING gist (room WITH =, int8range(start, until) WITH &&)
                """),
    ]
}
