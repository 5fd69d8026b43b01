import Kernel
import Spine
import Store
import Vault

/// A reservation as it stands in its row.
struct HoldRow: Sendable {
    let id: ID<SlotHold>
    let patient: ID<Patient>?
    let need: ID<Need>?
    /// The appointment that is to be moved here.
    let moving: ID<Appointment>?
    let visitType: String
    let practitioner: String
    let location: String
    let localStart: String
    let zone: String
    let span: TimeSpan
    let state: String
    let madeBy: Actor
    let expiresAt: Instant
}

/// Every SQL statement over holds.
enum HoldStore {
    static func insert(_ hold: HoldRow, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO slot_hold (tenant, id, patient, need, moving, visit_type, practitioner, location, local_start,
                zone, start_at, end_at, state, made_by_kind, made_by, created_at, expires_at)
            VALUES (\(.tenant), \(hold.id), \(hold.patient), \(hold.need), \(hold.moving), \(hold.visitType),
                \(hold.practitioner), \(hold.location), \(hold.localStart), \(hold.zone), \(hold.span.start),
                \(hold.span.end), \(hold.state), \(hold.madeBy.kind), \(hold.madeBy.raw), \(now), \(hold.expiresAt))
            """)
    }

    static func find(
        _ id: ID<SlotHold>, locking: Bool = false, in transaction: any Transaction
    ) throws -> HoldRow? {
        try transaction.row(
            """
            SELECT id, patient, need, moving, visit_type, practitioner, location, local_start, zone, start_at, end_at,
                state, made_by_kind, made_by, expires_at
            FROM slot_hold WHERE tenant = \(.tenant) AND id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map { row in
            let kind: String = try row["made_by_kind"]
            guard let actor = Actor(kind: kind, raw: try row["made_by"]) else {
                throw Fault(.internalError, "hold.actor", "A hold names an unknown kind of actor.")
            }
            return HoldRow(
                id: try row["id"], patient: try row["patient"], need: try row["need"], moving: try row["moving"],
                visitType: try row["visit_type"], practitioner: try row["practitioner"], location: try row["location"],
                localStart: try row["local_start"], zone: try row["zone"],
                span: TimeSpan(start: try row["start_at"], end: try row["end_at"]), state: try row["state"],
                madeBy: actor, expiresAt: try row["expires_at"])
        }
    }

    static func end(_ id: ID<SlotHold>, as state: String, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE slot_hold SET state = \(state)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'held'
            """)
    }

    /// The live holds that somebody has for a patient.
    static func live(
        of patient: ID<Patient>, madeBy actor: Actor, in transaction: any Transaction
    ) throws -> [ID<SlotHold>] {
        try transaction.rows(
            """
            SELECT id FROM slot_hold
            WHERE tenant = \(.tenant) AND patient = \(patient) AND state = 'held' AND made_by_kind = \(actor.kind)
                AND made_by = \(actor.raw)
            """
        ).map { try $0["id"] }
    }

    static func anyOver(before now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM slot_hold WHERE tenant = \(.tenant) AND state = 'held' AND expires_at <= \(now) LIMIT 1
            """) != nil
    }

    /// Ends holds whose time is over and gives their time back; how many, at most `limit`.
    static func sweep(before now: Instant, limit: Int, in transaction: any Transaction) throws -> Int {
        let over: [ID<SlotHold>] = try transaction.rows(
            """
            SELECT id FROM slot_hold WHERE tenant = \(.tenant) AND state = 'held' AND expires_at <= \(now)
            ORDER BY expires_at LIMIT \(limit)\(SQL.skipLocked)
            """
        ).map { try $0["id"] }
        for id in over {
            try IntervalStore.freeExpired(id.raw, at: now, in: transaction)
            try end(id, as: "expired", in: transaction)
        }
        return over.count
    }
}
