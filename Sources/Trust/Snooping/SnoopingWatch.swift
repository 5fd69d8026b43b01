import Kernel
import Spine
package import Store
import TimeZones
package import Vault
import Web

/// Goes over the trail once a day, and remembers whose looks stand out, so that nobody has to open the page to hear of it.
///
/// Somebody is new to an officer who has not opened the page since they began to stand out, or since they did by a point
/// more than was told.
enum SnoopingWatch {
    private static let perRead = 20_000
    /// By so much more somebody is told of again: a point. Points are kept in hundredths.
    private static let more = 100
    /// Commands about looking itself, and that something was given out: they explain no look.
    private static let noWork: Set<String> = [
        NoteStaffTie.name, RemoveStaffTie.name, ShareAccessReport.name, RevokeAccessLink.name, BreakTheGlass.name,
        EndBreakGlass.name, ReviewBreakGlass.name, RecordDisclosure.name,
    ]
    /// What concerns one patient and opens nothing of them: the watch over looking, and an emergency before anything is
    /// opened in it. Every other right that is used for one patient counts, a new one too.
    private static let noLook: Set<String> = [
        "audit.list", "audit.export", Permission.auditShare.rawValue, Permission.policyExplain.rawValue,
        Permission.snoopingReview.rawValue, Permission.patientBreakGlass.rawValue,
        Permission.breakGlassReview.rawValue,
    ]

    static let tables = [
        TableRule(
            "snooping_standing", .none(reason: "whose looks stand out: about a member of the staff, anew each day"),
            disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
        TableRule(
            "snooping_seen", .none(reason: "when a member of the staff last opened the page"),
            disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
        TableRule("snooping_round", .none(reason: "the day on which the trail was last gone over")),
    ]

    static let migration = Migration(
        "2026-11-23.trust.snooping-watch",
        [
            """
            CREATE TABLE snooping_standing (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, points BIGINT NOT NULL,
                raised_at BIGINT NOT NULL, PRIMARY KEY (tenant, user_id))
            """,
            """
            CREATE TABLE snooping_seen (
                tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, seen_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, user_id))
            """,
            """
            CREATE TABLE snooping_round (
                tenant BIGINT NOT NULL, day BIGINT NOT NULL, ended_at BIGINT NOT NULL, PRIMARY KEY (tenant, day))
            """,
        ])

    /// Once on each day of the practice's clock; what fails is done within the next hours.
    static func recurring(zone: @escaping @Sendable (ID<Tenant>) throws -> Zone) -> Recurring {
        Recurring("snooping-watch", every: .hours(1)) { spine, tenant in
            let zone = try zone(tenant)
            let now = spine.clock.now()
            let today = zone.civil(at: now.microseconds).date.daysSinceEpoch
            let isDone = try await spine.database.read(tenant) { transaction in
                try transaction.row(
                    "SELECT day FROM snooping_round WHERE tenant = \(.tenant) AND day = \(today)") != nil
            }
            if isDone { return 0 }
            // One node goes over it.
            let holder = spine.ids.nextRaw()
            let lease = try await spine.database.write(tenant) {
                try Lease.take("snooping-watch", holder: holder, for: .minutes(10), now: now, in: $0)
            }
            if lease == nil { return 0 }
            try await spine.run("snooping-watch", tenant: tenant, permissions: [.snoopingReview]) { caller in
                let facts = try await spine.read(.snoopingReview, as: caller) { transaction, _ in
                    try StaffTies.facts(try StaffTies.all(in: transaction), in: transaction)
                }
                let standing = try await scores(facts, spine, tenant, zone).filter(\.stands)
                try await spine.database.write(tenant) { transaction in
                    try note(standing, day: today, at: now, in: transaction)
                }
                return ((), standing.count)
            }
            return 0
        }
    }

    private static func note(
        _ standing: [SnoopingScore], day: Int, at now: Instant, in transaction: any Transaction
    ) throws {
        let rows = try transaction.rows(
            "SELECT user_id, points FROM snooping_standing WHERE tenant = \(.tenant)")
        var told: [ID<User>: Int] = [:]
        for row in rows {
            let user: ID<User> = try row["user_id"]
            told[user] = try row["points"]
        }
        for score in standing {
            let points = Int((score.points * 100).rounded())
            if let before = told[score.user], points < before + more { continue }
            try transaction.send(
                """
                INSERT INTO snooping_standing (tenant, user_id, points, raised_at)
                VALUES (\(.tenant), \(score.user), \(points), \(now))
                ON CONFLICT (tenant, user_id) DO UPDATE SET points = excluded.points, raised_at = excluded.raised_at
                """)
        }
        let over = Set(told.keys).subtracting(standing.map(\.user)).sorted()
        try transaction.send(
            "DELETE FROM snooping_standing WHERE tenant = \(.tenant) AND user_id IN \(list: over)")
        try transaction.send("DELETE FROM snooping_round WHERE tenant = \(.tenant) AND day <= \(day)")
        try transaction.send(
            "INSERT INTO snooping_round (tenant, day, ended_at) VALUES (\(.tenant), \(day), \(now))")
    }

    /// How many stand out whom this person has not seen.
    static func unseen(by user: ID<User>, in transaction: any Transaction) throws -> Int {
        try transaction.value(
            """
            SELECT COUNT(*) FROM snooping_standing s
            WHERE s.tenant = \(.tenant) AND NOT EXISTS (
                SELECT 1 FROM snooping_seen o
                WHERE o.tenant = s.tenant AND o.user_id = \(user) AND o.seen_at >= s.raised_at)
            """) ?? 0
    }

    /// Somebody has the page before them: what stood there is no longer new to them.
    static func see(_ user: ID<User>, at moment: Instant, _ spine: Spine, _ tenant: ID<Tenant>) async throws {
        let count = try await spine.database.read(tenant) { try unseen(by: user, in: $0) }
        if count == 0 { return }
        try await spine.database.write(tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO snooping_seen (tenant, user_id, seen_at) VALUES (\(.tenant), \(user), \(moment))
                ON CONFLICT (tenant, user_id) DO UPDATE SET seen_at = excluded.seen_at
                """)
        }
    }

    // MARK: The trail

    /// The trail of thirty days, read a part at a time; what is kept meanwhile is the detector's.
    static func scores(
        _ facts: SnoopingFacts, _ spine: Spine, _ tenant: ID<Tenant>, _ zone: Zone
    ) async throws -> [SnoopingScore] {
        let today = zone.civil(at: spine.clock.now().microseconds).date
        let first = today.adding(days: 1 - SnoopingDetector.period)
        var detector = SnoopingDetector(facts, firstDay: first.daysSinceEpoch)
        var last = ID<AuditRecord>.lowest(at: Instant(microseconds: zone.startOfDay(first))).raw - 1
        while true {
            let (acts, end) = try await acts(after: last, spine, tenant, zone)
            for act in acts { detector.add(act) }
            guard let end else { break }
            last = end
        }
        return detector.finish()
    }

    /// One part of the trail, and where the next begins; nil: this was the last.
    private static func acts(
        after last: Int64, _ spine: Spine, _ tenant: ID<Tenant>, _ zone: Zone
    ) async throws -> ([SnoopingAct], Int64?) {
        try await spine.database.read(tenant) { transaction in
            var acts: [SnoopingAct] = []
            var (count, end) = (0, last)
            try AuditTrailStore.acts(after: last, limit: perRead, in: transaction) { line in
                count += 1
                end = line.record
                guard let kind = Self.kind(of: line) else { return }
                let local = zone.civil(at: ID<AuditRecord>(raw: line.record).madeAt.microseconds)
                func add(_ patient: ID<Patient>) {
                    acts.append(
                        SnoopingAct(
                            record: line.record, user: ID(raw: line.user), patient: patient,
                            day: local.date.daysSinceEpoch, hour: local.time.hour, kind, request: line.request))
                }
                if let patient = line.patient { add(ID(raw: patient)) } else { line.searched.forEach(add) }
            }
            return (acts, count < perRead ? nil : end)
        }
    }

    /// What a record says that somebody did; nil: nothing that counts.
    private static func kind(of line: AuditTrailStore.Act) -> SnoopingAct.Kind? {
        let action = line.action
        if line.patient == nil { return .search }
        if action.count > 5, action.suffix(5).elementsEqual(".read".utf8) { return .look }
        let name = String(decoding: action, as: UTF8.self)
        if !action.contains(UInt8(ascii: ".")) { return noWork.contains(name) ? .aim : .work }
        if noLook.contains(name) { return nil }
        // Whoever takes a copy has looked, whatever their request did besides.
        return name == Permission.recordExport.rawValue ? .look : .start
    }
}

/// How many of the staff stand out whom the caller has not seen yet.
package struct CountSignals: Query {
    package static let permission = Permission.snoopingReview

    package init() {}

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Int {
        guard case .user(let user) = access.caller.actor else { return 0 }
        return try SnoopingWatch.unseen(by: user, in: transaction)
    }
}
