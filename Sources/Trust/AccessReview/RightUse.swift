import Kernel
import Spine
import Store
import Vault
import Web

/// When each person and each key last did what: kept beside the audit trail, so that nobody has to read all of it. Some
/// seconds behind, so that no record of another node is passed over.
enum RightUse {
    private static let behind: Duration = .seconds(15)
    private static let batch = 2_000

    static let migration = Migration(
        "2026-11-23.trust.right-use",
        [
            """
            CREATE TABLE right_use (
                tenant BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, action TEXT NOT NULL,
                last_at BIGINT NOT NULL, PRIMARY KEY (tenant, actor_kind, actor, action))
            """,
            "CREATE TABLE right_use_place (tenant BIGINT NOT NULL PRIMARY KEY, audit BIGINT NOT NULL)",
        ])

    static let tables = [
        TableRule(
            "right_use", .none(reason: "ids, acts and times, as the audit trail has them"),
            disposal: .deleteWhere { ["actor_kind = 'user' AND actor IN \(list: $0.users)"] }),
        TableRule("right_use_place", .none(reason: "a place in the audit trail")),
    ]

    static let recurring = Recurring("right-use", every: .seconds(30)) { spine, tenant in
        let now = spine.clock.now()
        return try await spine.database.write(tenant) { try follow(now: now, in: $0) }
    }

    /// Takes up what the trail has got since; 1 while there is more.
    static func follow(now: Instant, in transaction: any Transaction) throws -> Int {
        let place: Int64 = try transaction.value("SELECT audit FROM right_use_place WHERE tenant = \(.tenant)") ?? 0
        let end = ID<AuditRecord>.lowest(at: now - behind).raw
        guard place < end else { return 0 }
        let rows = try transaction.rows(
            """
            SELECT id, actor_kind, actor, action, outcome, recorded_at FROM audit_record
            WHERE tenant = \(.tenant) AND id > \(place) AND id < \(end) ORDER BY id LIMIT \(batch)
            """)
        struct Act: Hashable {
            let kind: String
            let actor: Int64
            let action: String
        }
        var last: [Act: Instant] = [:]
        var reached = place
        for row in rows {
            reached = try row["id"]
            let outcome: String = try row["outcome"]
            let kind: String = try row["actor_kind"]
            guard outcome == "permitted", kind == "user" || kind == "key" else { continue }
            let at: Instant = try row["recorded_at"]
            let act = Act(kind: kind, actor: try row["actor"], action: try row["action"])
            last[act] = max(last[act] ?? at, at)
        }
        for (act, at) in last {
            try transaction.send(
                """
                INSERT INTO right_use (tenant, actor_kind, actor, action, last_at)
                VALUES (\(.tenant), \(act.kind), \(act.actor), \(act.action), \(at))
                ON CONFLICT (tenant, actor_kind, actor, action) DO UPDATE SET last_at = excluded.last_at
                WHERE right_use.last_at < excluded.last_at
                """)
        }
        if rows.isEmpty { return 0 }
        try transaction.send(
            """
            INSERT INTO right_use_place (tenant, audit) VALUES (\(.tenant), \(reached))
            ON CONFLICT (tenant) DO UPDATE SET audit = excluded.audit
            """)
        return rows.count == batch ? 1 : 0
    }

    /// The last time of each act, by actor.
    static func all(in transaction: any Transaction) throws -> [String: [Int64: [String: Instant]]] {
        var uses: [String: [Int64: [String: Instant]]] = [:]
        let rows = try transaction.rows(
            "SELECT actor_kind, actor, action, last_at FROM right_use WHERE tenant = \(.tenant)")
        for row in rows {
            let kind: String = try row["actor_kind"]
            let actor: Int64 = try row["actor"]
            let action: String = try row["action"]
            uses[kind, default: [:]][actor, default: [:]][action] = try row["last_at"]
        }
        return uses
    }

    /// What of the trail shows that a right was used. Nil: the trail does not tell.
    static func evidence(of right: Permission) -> [String]? {
        let commands: [Permission: [String]] = [
            .userManage: [
                "AddUser", "MoveUser", "SuspendUser", "RestoreUser", "ClearSecondStep", "EndUserSessions", "InviteUser",
                "HandOverWork", "AddAPIKey", "RevokeAPIKey",
            ],
            .userProvision: [
                "ProvisionUser", "ChangeProvisionedUser", "RemoveProvisionedUser", "ChangeProvisionedGroup",
                "scim.groups",
            ],
            .roleManage: ["SaveRole"], .definitionWrite: ["ApplyBlueprint"],
            .auditRead: ["audit.list", "audit.export"], .auditShare: ["ShareAccessReport", "RevokeAccessLink"],
            .breakGlassReview: ["ReviewBreakGlass"], .patientBreakGlass: ["BreakTheGlass"],
            .snoopingReview: ["snooping.read", "NoteStaffTie", "RemoveStaffTie"],
            .subjectDispose: ["DisposeOfSubject"], .patientImport: ["TakePatient", "TakeRecords"],
            .recordExport: [], .legalHoldManage: ["PlaceLegalHold", "ReleaseLegalHold"],
            .accessReviewRun: [
                "StartAccessReview", "DecideAccessReview", "CompleteAccessReview", "access-review.list",
            ],
        ]
        guard let acts = commands[right] else { return nil }
        return acts + [right.rawValue]
    }
}
