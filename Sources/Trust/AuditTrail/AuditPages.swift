import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// The trail as people read it: newest first, filtered, a page at a time. Looking at it is on the trail too.
extension Trust {
    var auditRoutes: [Route] {
        [.get("/audit", heavy: true, .page(.auditRead) { request, signedIn in try await trail(request, signedIn) })]
    }

    private static let page = 50

    private func trail(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let zone = try zone(request.tenant)
        let words = TrustWords(request: request, zone: zone)
        let vault = try await request.spine.vault(request.tenant)
        var filter = AuditFilter()
        filter.actor = request.query["actor"].flatMap { $0.isEmpty ? nil : $0 }
        filter.act = request.query["act"].flatMap { AuditFilter.acts.contains($0) ? $0 : nil }
        filter.from = request.query["from"].flatMap { CivilDate(iso: $0) }.map {
            Instant(microseconds: zone.startOfDay($0))
        }
        filter.to = request.query["to"].flatMap { CivilDate(iso: $0) }.map {
            Instant(microseconds: zone.startOfDay($0.adding(days: 1)))
        }
        filter.before = try request.query["before"].map { try Cursor($0, for: "audit", vault: vault).values.first ?? 0 }
        let wanted = filter
        let staff = Staff()
        let (rows, names, everyone, head) = try await request.spine.read(.auditRead, as: signedIn.caller) {
            transaction, access in
            access.noteCommand("audit.list", subject: nil)
            let rows = try AuditTrailStore.page(wanted, limit: Self.page + 1, in: transaction)
            let users = rows.compactMap { row -> ID<User>? in
                if case .user(let user) = row.actor { return user }
                return nil
            }
            return (
                rows, try staff.names(of: users, in: transaction), try staff.active(in: transaction),
                try AuditTrailStore.head(in: transaction)
            )
        }
        let shown = Array(rows.prefix(Self.page))
        var view = View([
            "shell": .view(shell(request, signedIn, words.text("trust.audit.title"), "audit")),
            "csrf": .text(signedIn.csrf),
            "actors": .views(actors(everyone, filter, words)), "acts": .views(acts(filter, words)),
            "from": .text(request.query["from"] ?? ""), "to": .text(request.query["to"] ?? ""),
            "chain": .view(chain(head, words)), "hasRows": .flag(!shown.isEmpty),
            "rows": .views(shown.map { line($0, names, words) }),
        ])
        if shown.isEmpty {
            view["none"] = .view(
                View([
                    "icon": "shield", "title": .text(words.text("trust.audit.none.title")),
                    "text": .text(words.text("trust.audit.none.text")),
                    "action": .view(
                        View(["href": "/audit", "label": .text(words.text("trust.audit.none.action"))])),
                ]))
        }
        if rows.count > Self.page, let last = shown.last {
            let cursor = try Cursor(last.id).text(for: "audit", vault: vault)
            var query = "before=" + cursor
            for name in ["actor", "act", "from", "to"] {
                if let value = request.query[name], !value.isEmpty { query += "&\(name)=" + FormFields.encode(value) }
            }
            view["next"] = .view(View(["shown": .text(""), "href": .text("/audit?" + query)]))
        }
        return .html(try request.pages.render("audit/index", view, request.language))
    }

    private func actors(_ everyone: [StaffName], _ filter: AuditFilter, _ words: TrustWords) -> [View] {
        let fixed = [
            ("", words.text("trust.audit.everyone")), ("system", words.text("trust.audit.system")),
            ("key", words.text("trust.audit.programs")),
        ]
        return (fixed + everyone.map { ($0.id.text, $0.name) }).map { value, label in
            View(["value": .text(value), "label": .text(label), "chosen": .flag(value == (filter.actor ?? ""))])
        }
    }

    private func acts(_ filter: AuditFilter, _ words: TrustWords) -> [View] {
        ([""] + AuditFilter.acts).map { act in
            View([
                "value": .text(act), "label": .text(words.text("trust.audit.act.\(act.isEmpty ? "all" : act)")),
                "chosen": .flag(act == (filter.act ?? "")),
            ])
        }
    }

    private func chain(_ head: (last: Instant, blocks: Int)?, _ words: TrustWords) -> View {
        guard let head else {
            return View(["tone": "grey", "icon": "shield", "text": .text(words.text("trust.audit.chain.none"))])
        }
        return View([
            "tone": "green", "icon": "shield",
            "text": .text(
                words.text("trust.audit.chain", ["blocks": String(head.blocks), "when": words.moment(head.last)])),
        ])
    }

    private func line(_ row: AuditTrailStore.Line, _ names: [ID<User>: StaffName], _ words: TrustWords) -> View {
        var view = View([
            "when": .text(words.moment(row.recordedAt)), "stamp": .text(row.recordedAt.iso8601),
            "who": .text(who(row.actor, names, words)), "act": .text(words.action(row.action)),
            "why": .text(
                [
                    words.text("trust.purpose.\(row.purpose)"), words.code("trust.audit.origin", row.origin),
                    row.reason.map { words.code("trust.audit.reason", $0) },
                ].compactMap { $0 }.joined(separator: ", ")),
            "outcome": .view(words.state(row.outcome)),
        ])
        if row.subjectKind == "patient", let subject = row.subject {
            let id = Crockford.encode(subject)
            view["link"] = .view(
                View(["href": .text("/patients/" + id), "label": .text(words.text("trust.audit.patient", ["id": id]))]))
        } else if row.setCount > 0 {
            view["what"] = .text(
                words.request.pages.catalogue.count("trust.audit.set", words.request.language, row.setCount))
        } else if let kind = row.subjectKind, let subject = row.subject {
            view["what"] = .text(
                words.text("trust.audit.subject.\(kind)", ["id": Crockford.encode(subject)]))
        }
        return view
    }

    private func who(_ actor: Actor, _ names: [ID<User>: StaffName], _ words: TrustWords) -> String {
        switch actor {
        case .user(let id): names[id]?.name ?? words.text("trust.audit.former")
        case .apiKey(let id): words.text("trust.audit.program", ["id": id.text])
        case .patient(let id): words.text("trust.audit.patient", ["id": id.text])
        case .system(let id): words.text("trust.audit.run", ["id": id.text])
        }
    }
}

/// What of the trail is wanted.
struct AuditFilter: Sendable {
    static let acts = ["read", "write", "sign-in", "denied"]
    var actor: String?
    var act: String?
    var from: Instant?
    var to: Instant?
    var before: Int64?
}

enum AuditTrailStore {
    struct Line: Sendable {
        let id: Int64
        let recordedAt: Instant
        let actor: Actor
        let action: String
        let purpose: String
        let outcome: String
        let reason: String?
        let subjectKind: String?
        let subject: Int64?
        let setCount: Int
        let origin: String
    }

    /// Records by id, newest first: ids are in time order.
    static func page(_ filter: AuditFilter, limit: Int, in transaction: any Transaction) throws -> [Line] {
        var condition: SQL = ""
        if let before = filter.before { condition = condition + " AND id < \(before)" }
        if let from = filter.from { condition = condition + " AND id >= \(ID<AuditRecord>.lowest(at: from))" }
        if let to = filter.to { condition = condition + " AND id < \(ID<AuditRecord>.lowest(at: to))" }
        switch filter.actor {
        case "system"?: condition = condition + " AND actor_kind = 'system'"
        case "key"?: condition = condition + " AND actor_kind = 'key'"
        case let text?: condition = condition + " AND actor_kind = 'user' AND actor = \(ID<User>(text)?.raw ?? -1)"
        case nil: break
        }
        switch filter.act {
        case "read"?: condition = condition + " AND action LIKE '%.read'"
        case "write"?: condition = condition + " AND action NOT LIKE '%.%'"
        case "sign-in"?: condition = condition + " AND action = 'session.begin'"
        case "denied"?: condition = condition + " AND outcome = 'denied'"
        default: break
        }
        return try transaction.rows(
            """
            SELECT id, recorded_at, actor_kind, actor, action, purpose, outcome, reason, subject_kind, subject, subjects, origin
            FROM audit_record WHERE tenant = \(.tenant)\(condition) ORDER BY id DESC LIMIT \(limit)
            """
        ).map(read)
    }

    /// When the chain was last extended, and how many blocks it has.
    static func head(in transaction: any Transaction) throws -> (last: Instant, blocks: Int)? {
        guard
            let row = try transaction.row(
                "SELECT MAX(chained_at) AS last, COUNT(*) AS blocks FROM audit_block WHERE tenant = \(.tenant)"),
            let last: Instant = try row["last"]
        else { return nil }
        return (last, try row["blocks"])
    }

    private static func read(_ row: Row) throws -> Line {
        let kind: String = try row["actor_kind"]
        guard let actor = Actor(kind: kind, raw: try row["actor"]) else {
            throw Fault(.internalError, "audit.actor", "An audit record names an unknown kind of actor.")
        }
        let subjects: String? = try row["subjects"]
        return Line(
            id: try row["id"], recordedAt: try row["recorded_at"], actor: actor, action: try row["action"],
            purpose: try row["purpose"], outcome: try row["outcome"], reason: try row["reason"],
            subjectKind: try row["subject_kind"], subject: try row["subject"],
            setCount: subjects.map { $0.split(separator: ",").count } ?? 0, origin: try row["origin"])
    }
}
