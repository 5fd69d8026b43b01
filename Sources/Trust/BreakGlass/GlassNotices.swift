import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

// Word to those who review: when somebody opens a record in an emergency, they get an e-mail, where e-mail is configured.
//
// - It says who opened one, when, and where it is reviewed; never whose it is, and not the reason.
// - It goes to those who may review this very record, asked when it is sent: to others the record is not there.
// - One letter for each of them and each emergency. What may have gone is not repeated and nobody is asked about it: the
//   queue at the console says the same.

/// Sends them.
struct GlassNotices: Sendable {
    static let kind = "break-glass-notice"
    /// The last attempt: what is given up by itself waits for nobody.
    private static let lastAttempt = 7

    let post: any StaffPost
    let gatekeeper: Gatekeeper
    let zones: TimeZoneDatabase
    let catalogue: Catalogue
    /// Where staff reach the console; nil: the letter has no link.
    let base: String?

    static let table = TableRule(
        "break_glass_notice", .patient(column: "patient"),
        export: .notExported(reason: "whom of the staff we told of what break_glass says"), merge: .follows)

    static let migration = Migration(
        "2026-11-23.trust.break-glass-notice",
        [
            """
            CREATE TABLE break_glass_notice (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, glass BIGINT NOT NULL, patient BIGINT NOT NULL,
                user_id BIGINT NOT NULL, PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX break_glass_notice_patient ON break_glass_notice (tenant, patient)",
        ])

    /// Roles whose holders are told; none where e-mail is not configured.
    func roles(_ tenant: ID<Tenant>) throws -> Set<String> {
        guard post.isConfigured else { return [] }
        let roles = try gatekeeper.definitions.configuration(of: tenant).roles
        return Set(roles.filter { $0.value.value.grants.contains(.breakGlassReview) }.keys)
    }

    /// Queues a letter for each holder of one of the roles, but not for who opened it.
    static func queue(_ glass: GlassRow, to roles: Set<String>, context: CommandContext) throws {
        if roles.isEmpty { return }
        let accounts = try context.transaction.rows(
            """
            SELECT id, roles FROM user_account
            WHERE tenant = \(.tenant) AND state = 'active' AND id <> \(glass.user) ORDER BY id
            """)
        for account in accounts {
            let held: String = try account["roles"]
            if roles.isDisjoint(with: held.split(separator: " ").map(String.init)) { continue }
            let reviewer: ID<User> = try account["id"]
            let id = context.ids.nextRaw()
            try context.transaction.send(
                """
                INSERT INTO break_glass_notice (tenant, id, glass, patient, user_id)
                VALUES (\(.tenant), \(id), \(glass.id), \(glass.patient), \(reviewer))
                """)
            try Outbox.enqueue(
                kind: kind, target: id, lane: id, purpose: Purpose.operations.rawValue, consent: "staff",
                decision: "permit", notBefore: context.now, context: context)
        }
    }

    var deliverer: Deliverer {
        Deliverer(
            Self.kind, permissions: [.breakGlassReview], deliver: { try await deliver($0, as: $1) },
            settle: { _, _, _, _ in })
    }

    private struct Notice: Sendable {
        let reviewer: ID<User>
        let address: String
        let patient: ID<Patient>
        let opener: String
        let openedAt: Instant
    }

    private func deliver(_ item: OutboxItem, as caller: Caller) async throws -> Delivery {
        if item.uncertain { return .refused(reason: "interrupted") }
        guard let notice = try await read(item.target, as: caller) else { return .refused(reason: "gone") }
        guard try await isReviewed(by: notice.reviewer, notice.patient, tenant: caller.tenant) else {
            return .refused(reason: "out-of-reach")
        }
        switch try await post.send(try letter(item.target, notice, caller.tenant), tenant: caller.tenant) {
        case .uncertain(let reason): return .refused(reason: reason)
        case .retry(let reason) where item.attempts >= Self.lastAttempt: return .refused(reason: reason)
        case let outcome: return outcome
        }
    }

    /// Nil: who was told, whom it was about or the letter itself is no longer here.
    private func read(_ id: Int64, as caller: Caller) async throws -> Notice? {
        try await gatekeeper.spine.read(.breakGlassReview, as: caller) { transaction, access in
            let found = try transaction.row(
                "SELECT glass, user_id FROM break_glass_notice WHERE tenant = \(.tenant) AND id = \(id)")
            guard let found, let glass = try BreakGlassStore.find(try found["glass"], in: transaction) else {
                return nil
            }
            let reviewer: ID<User> = try found["user_id"]
            let grant = try access.grant(.breakGlassReview, for: .user(reviewer))
            let addresses = try UserStore.addresses(of: [reviewer], grant: grant, in: transaction)
            guard let address = addresses[reviewer] else { return nil }
            let opener = try UserStore.names(of: [glass.user], in: transaction).first?.1 ?? ""
            return Notice(
                reviewer: reviewer, address: address, patient: glass.patient, opener: opener, openedAt: glass.openedAt)
        }
    }

    private func isReviewed(by user: ID<User>, _ patient: ID<Patient>, tenant: ID<Tenant>) async throws -> Bool {
        guard let reviewer = try await gatekeeper.standing(of: user, tenant: tenant, origin: "mail") else {
            return false
        }
        let scopes = try await gatekeeper.spine.database.read(tenant) { transaction in
            try Policy.scopeRows(of: [patient], for: reviewer, in: transaction)
        }
        return Policy.decide(reviewer, .breakGlassReview, .patient(scopes[patient] ?? [])) == .permit
    }

    private func letter(_ id: Int64, _ notice: Notice, _ tenant: ID<Tenant>) throws -> StaffLetter {
        let organization = try gatekeeper.definitions.configuration(of: tenant).organization?.value
        let language = organization?.languages.first ?? .english
        let zone = try zones.zone(organization?.zone ?? "Etc/UTC")
        let opened = zone.civil(at: notice.openedAt.microseconds)
        let wording = DateWording(language == .spanish ? .spanish : .english)
        let former = catalogue.text("trust.audit.former", language)
        var text = catalogue.text(
            "trust.glass.letter.text", language,
            [
                "who": notice.opener.isEmpty ? former : notice.opener,
                "when": wording.dateTime(opened, today: opened.date), "zone": organization?.zone ?? "UTC",
            ])
        if let base {
            let link = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/break-glass/reviews"
            text += "\n\n" + catalogue.text("trust.glass.letter.link", language, ["link": link])
        }
        return StaffLetter(
            id: id, to: notice.address, subject: catalogue.text("trust.glass.letter.subject", language), text: text,
            language: language, at: notice.openedAt)
    }
}
