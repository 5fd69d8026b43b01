import Kernel
import Store
import Vault

/// An entry of the list.
struct RetentionRow: Sendable, Equatable {
    enum State: String, Sendable, CaseIterable { case waiting, approved, held, kept, failed }

    let id: ID<RetentionItem>
    let subject: DataSubject
    let dueAt: Instant
    let state: State
    let decidedBy: ID<User>?
    let keptUntil: Instant?
}

/// All statements about the list.
enum RetentionStore {
    /// Puts on the list what is not there yet, and back on it what was kept for a time that is over. `state`: what happens
    /// with it.
    static func put(
        _ due: DueSubject, as state: RetentionRow.State, id: ID<RetentionItem>, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO retention_item (tenant, id, subject_kind, subject, due_at, found_at, state)
            VALUES (\(.tenant), \(id), \(due.subject.kind), \(due.subject.raw), \(due.dueAt), \(now), \(state.rawValue))
            ON CONFLICT (tenant, subject_kind, subject) DO UPDATE SET due_at = excluded.due_at,
                found_at = excluded.found_at, state = excluded.state, decided_by = NULL, decided_at = NULL,
                kept_until = NULL
                WHERE retention_item.state = 'kept' AND retention_item.kept_until <= \(now)
            """)
    }

    /// The oldest of a state.
    static func rows(
        _ states: [RetentionRow.State], limit: Int, in transaction: any Transaction
    ) throws -> [RetentionRow] {
        try transaction.rows(
            """
            SELECT id, subject_kind, subject, due_at, state, decided_by, kept_until FROM retention_item
            WHERE tenant = \(.tenant) AND state IN \(list: states.map(\.rawValue)) ORDER BY due_at, id LIMIT \(limit)
            """
        ).compactMap(row)
    }

    /// The oldest of these states, of patients in the caller's reach and of strangers.
    static func rows(
        _ states: [RetentionRow.State], for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [RetentionRow] {
        try transaction.rows(
            """
            SELECT id, subject_kind, subject, due_at, state, decided_by, kept_until FROM retention_item
            WHERE tenant = \(.tenant) AND state IN \(list: states.map(\.rawValue)) AND \(reach(caller))
            ORDER BY due_at, id LIMIT \(limit)
            """
        ).compactMap(row)
    }

    private static func reach(_ caller: Caller) -> SQL {
        "(subject_kind <> 'patient' OR \(Policy.scope(caller, .retentionReview, patient: "retention_item.subject")))"
    }

    static func find(_ id: ID<RetentionItem>, in transaction: any Transaction) throws -> RetentionRow? {
        try transaction.rows(
            """
            SELECT id, subject_kind, subject, due_at, state, decided_by, kept_until FROM retention_item
            WHERE tenant = \(.tenant) AND id = \(id)
            """
        ).compactMap(row).first
    }

    /// How many of a state concern patients in the caller's reach or strangers.
    static func count(
        _ state: RetentionRow.State, for caller: Caller, in transaction: any Transaction
    ) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM retention_item
            WHERE tenant = \(.tenant) AND state = \(state.rawValue) AND \(reach(caller))
            """) ?? 0
    }

    /// Until when somebody decided that the records of these patients are kept; nil: nobody did, or it is over.
    static func keptUntil(
        _ patients: [ID<Patient>], after now: Instant, in transaction: any Transaction
    ) throws -> Instant? {
        try transaction.row(
            """
            SELECT kept_until FROM retention_item
            WHERE tenant = \(.tenant) AND subject_kind = 'patient' AND subject IN \(list: patients)
                AND state = 'kept' AND kept_until > \(now) ORDER BY kept_until DESC LIMIT 1
            """
        ).map { try $0["kept_until"] }
    }

    /// Moves it on; false when it was no longer as it was read.
    static func move(
        _ row: RetentionRow, to state: RetentionRow.State, until: Instant? = nil, error: String? = nil,
        by user: ID<User>? = nil, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE retention_item SET state = \(state.rawValue), kept_until = \(until), error = \(error),
                decided_by = COALESCE(\(user), decided_by), decided_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND state = \(row.state.rawValue)
            """) > 0
    }

    static func remove(_ id: ID<RetentionItem>, in transaction: any Transaction) throws {
        try transaction.send("DELETE FROM retention_item WHERE tenant = \(.tenant) AND id = \(id)")
    }

    // MARK: The daily look

    struct Scan: Sendable {
        let place: Int64
        let begunAt: Instant
        let finishedAt: Instant?
    }

    static func scan(_ data: String, in transaction: any Transaction) throws -> Scan? {
        try transaction.row(
            """
            SELECT place, begun_at, finished_at FROM retention_scan WHERE tenant = \(.tenant) AND data = \(data)
            """
        ).map { Scan(place: try $0["place"], begunAt: try $0["begun_at"], finishedAt: try $0["finished_at"]) }
    }

    static func save(_ scan: Scan, of data: String, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO retention_scan (tenant, data, place, begun_at, finished_at)
            VALUES (\(.tenant), \(data), \(scan.place), \(scan.begunAt), \(scan.finishedAt))
            ON CONFLICT (tenant, data) DO UPDATE SET place = excluded.place, begun_at = excluded.begun_at,
                finished_at = excluded.finished_at
            """)
    }

    private static func row(_ row: Row) throws -> RetentionRow? {
        guard let subject = DataSubject(kind: try row["subject_kind"], raw: try row["subject"]),
            let state = RetentionRow.State(rawValue: try row["state"])
        else { return nil }
        return RetentionRow(
            id: try row["id"], subject: subject, dueAt: try row["due_at"], state: state,
            decidedBy: try row["decided_by"], keptUntil: try row["kept_until"])
    }
}
