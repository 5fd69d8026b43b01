import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import Vault
package import Web

// Records that may be one person's: made when somebody books in public who is like somebody we know, but not certainly the
// same. Staff who may see both look at them, and say when they are two people. A pair is told to nobody else.

struct LookAlike: Sendable {
    /// The record that was made.
    let patient: ID<Patient>
    let other: ID<Patient>
    let foundAt: Instant
}

enum LookAlikeStore {
    static func put(
        _ patient: ID<Patient>, _ others: [ID<Patient>], at now: Instant, in transaction: any Transaction
    ) throws {
        for other in others where other != patient {
            try transaction.send(
                """
                INSERT INTO look_alike (tenant, patient, other, found_at)
                VALUES (\(.tenant), \(patient), \(other), \(now)) ON CONFLICT DO NOTHING
                """)
        }
    }

    /// Open pairs of which the caller sees both, the newest first.
    static func open(
        of patient: ID<Patient>? = nil, for caller: Caller, limit: Int, in transaction: any Transaction
    ) throws -> [LookAlike] {
        let one: SQL = patient.map { "AND l.patient = \($0)" } ?? ""
        return try transaction.rows(
            """
            SELECT l.patient, l.other, l.found_at FROM look_alike l
            WHERE l.tenant = \(.tenant) AND l.settled_at IS NULL \(one)
                AND \(Policy.scope(caller, .patientSearch, patient: "l.patient"))
                AND \(Policy.scope(caller, .patientSearch, patient: "l.other"))
            ORDER BY l.found_at DESC, l.patient DESC, l.other LIMIT \(limit)
            """
        ).map { LookAlike(patient: try $0["patient"], other: try $0["other"], foundAt: try $0["found_at"]) }
    }

    static func settle(
        _ patient: ID<Patient>, _ other: ID<Patient>, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE look_alike SET settled_at = \(now)
            WHERE tenant = \(.tenant) AND patient = \(patient) AND other = \(other) AND settled_at IS NULL
            """)
    }
}

/// They are two people, or the records were put in order: the pair leaves the list.
struct SettleLookAlike: Command {
    static let permission = Permission.patientSearch
    let patient: ID<Patient>
    let other: ID<Patient>

    func run(_ context: CommandContext) throws -> Bool {
        let known = try LookAlikeStore.open(
            of: patient, for: context.caller, limit: 100, in: context.transaction)
        guard known.contains(where: { $0.other == other }) else { return false }
        try LookAlikeStore.settle(patient, other, at: context.now, in: context.transaction)
        context.concerns(.patient(patient))
        return true
    }
}

extension Scheduling {
    var lookAlikeRoutes: [Route] {
        [
            .get("/patients/look-alikes", .page(.patientSearch, showLookAlikes)),
            .post("/patients/look-alikes/settlement", .page(.patientSearch, settleLookAlike)),
        ]
    }

    private static let shownPairs = 100

    /// What the list of patients says of them; nil: there is nothing to say to this caller.
    package static func lookAlikeCount(_ request: WebRequest, _ signedIn: SignedIn) async throws -> String? {
        guard signedIn.may(.patientSearch) else { return nil }
        let caller = signedIn.caller
        let count = try await request.spine.database.read(request.tenant) { transaction in
            try LookAlikeStore.open(for: caller, limit: shownPairs, in: transaction).count
        }
        return count == 0 ? nil : request.pages.catalogue.count("look-alikes.count", request.language, count)
    }

    private func showLookAlikes(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let (caller, directory) = (signedIn.caller, desk.directory)
        let (pairs, names) = try await request.spine.read(.patientSearch, as: caller) { transaction, access in
            let pairs = try LookAlikeStore.open(for: caller, limit: Self.shownPairs, in: transaction)
            let people = Set(pairs.flatMap { [$0.patient, $0.other] }).sorted()
            let scopes = try Policy.scopeRows(of: people, for: caller, in: transaction)
            let grant = try access.grant(.patientSearch, forList: people.map { ($0, scopes[$0] ?? []) })
            return (pairs, try directory.names(of: people, grant: grant, in: transaction))
        }
        let words = try words(request)
        let title = words.text("look-alikes.title")
        let zone = words.plan.zones.first
        let view = View([
            "shell": .view(shell(request, signedIn, title, "patients")), "csrf": .text(signedIn.csrf),
            "hasRows": .flag(!pairs.isEmpty),
            "rows": .views(
                pairs.map { pair in
                    View([
                        "patient": .text(pair.patient.text), "other": .text(pair.other.text),
                        "made": .text(names[pair.patient] ?? ""), "known": .text(names[pair.other] ?? ""),
                        "madeHref": .text("/patients/\(pair.patient.text)"),
                        "knownHref": .text("/patients/\(pair.other.text)"),
                        "when": .text(zone.flatMap { words.moment(pair.foundAt, $0) } ?? ""),
                    ])
                }),
            "none": .optional(pairs.isEmpty ? words.empty("look-alikes.none", icon: "check") : nil),
        ])
        return .html(try request.pages.render("public-booking/look-alikes", view, request.language))
    }

    private func settleLookAlike(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let patient: ID<Patient> = form.id("patient"), let other: ID<Patient> = form.id("other") else {
            throw Fault.invalid("patient", "Say which records.")
        }
        _ = try await request.spine.perform(
            SettleLookAlike(patient: patient, other: other), as: signedIn.caller)
        return .seeOther("/patients/look-alikes")
    }
}
