import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// What stands out on the trail of the last thirty days, with the records behind each number.
extension Trust {
    var snoopingRoutes: [Route] {
        [
            .get(
                "/audit/signals", heavy: true,
                .page(.snoopingReview) { request, signedIn in try await showSignals(request, signedIn) }),
            .post(
                "/audit/signals/ties",
                .page(.snoopingReview) { request, signedIn in try await noteTie(request, signedIn) }),
            .post(
                "/audit/signals/ties/removal",
                .page(.snoopingReview) { request, signedIn in
                    let form = try request.form()
                    guard let user: ID<User> = form.id("user"), let patient: ID<Patient> = form.id("patient") else {
                        throw Fault.notFound("tie")
                    }
                    _ = try await request.spine.perform(RemoveStaffTie(user, patient), as: signedIn.caller)
                    return .seeOther("/audit/signals")
                }),
        ]
    }

    private static let shown = 50

    /// The form for one more tie: whom it is about once they are found, else what was typed.
    private struct TieForm {
        var patient: ID<Patient>?
        var typed = ""
        var isWrong = false
    }

    private func showSignals(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let text = request.query.trimmed("patient") else {
            return try await signals(request, signedIn, TieForm())
        }
        guard let patient = ID<Patient>(text) else { throw Fault.notFound("patient") }
        return try await signals(request, signedIn, TieForm(patient: patient))
    }

    private func noteTie(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let typed = form.trimmed("patient") ?? ""
        guard let user: ID<User> = form.id("user"), let kind = form["kind"].flatMap(StaffTie.init(rawValue:)) else {
            throw Fault.invalid("kind", "Choose who it is and how they are close.")
        }
        let wrong = TieForm(typed: typed, isWrong: true)
        guard let patient: ID<Patient> = ID(typed) else { return try await signals(request, signedIn, wrong) }
        do {
            _ = try await request.spine.perform(
                NoteStaffTie(user, patient, kind, directory: directory), as: signedIn.caller)
            return .seeOther("/audit/signals")
        } catch let fault as Fault where fault.category == .notFound {
            return try await signals(request, signedIn, wrong)
        }
    }

    private struct Read: Sendable {
        let ties: [StaffTies.Tie]
        let facts: SnoopingFacts
        let everyone: [StaffName]
        let names: [ID<User>: StaffName]
        /// The name of whom the form is about.
        let name: String?
    }

    private func signals(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: TieForm
    ) async throws -> WebResponse {
        let zone = try zone(request.tenant)
        let words = TrustWords(request: request, zone: zone)
        let (staff, directory, patient) = (Staff(), directory, form.patient)
        // What is raised from here on is new again.
        let opened = request.spine.clock.now()
        let read = try await request.spine.read(.snoopingReview, as: signedIn.caller) { transaction, access in
            access.noteCommand("snooping.read", subject: nil)
            let ties = try StaffTies.all(in: transaction)
            let name = try patient.flatMap { patient in
                let grant = try directory.grant(.snoopingReview, for: patient, access: access, in: transaction).grant
                return try directory.names(of: [patient], grant: grant, in: transaction)[patient]
            }
            return Read(
                ties: ties, facts: try StaffTies.facts(ties, in: transaction),
                everyone: try staff.active(in: transaction),
                names: try staff.names(of: Array(Set(ties.map(\.user))), in: transaction), name: name)
        }
        let all = try await SnoopingWatch.scores(read.facts, request.spine, request.tenant, zone)
        let scores = Array(all.prefix(Self.shown))
        let ids = Set(scores.flatMap(\.signals).flatMap(\.records)).sorted()
        let (lines, names) = try await request.spine.database.read(request.tenant) { transaction in
            let users = scores.map(\.user) + read.ties.map(\.user)
            return (
                try AuditTrailStore.lines(ids, in: transaction),
                try staff.names(of: Array(Set(users)), in: transaction)
            )
        }
        try await SnoopingWatch.see(signedIn.user, at: opened, request.spine, request.tenant)
        let audit = AuditWords(words: words, names: names)
        let byID = Dictionary(lines.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let title = words.text("trust.signals.title")
        let isSearching = patient == nil && signedIn.may(.patientSearch)
        let wrong: View.Value = .optional(form.isWrong ? words.text("trust.links.wrong.patient") : nil)
        return .html(
            try request.pages.render(
                "snooping/signals",
                View([
                    "shell": .view(shell(request, signedIn, title, "audit")), "csrf": .text(signedIn.csrf),
                    "hasPeople": .flag(!scores.isEmpty),
                    "people": .views(scores.map { person($0, audit, byID) }),
                    "hasTies": .flag(!read.ties.isEmpty), "ties": .views(read.ties.map { tie($0, audit) }),
                    "users": .views(
                        read.everyone.map { View(["value": .text($0.id.text), "label": .text($0.name)]) }),
                    "kinds": .views(
                        StaffTie.allCases.map { kind in
                            View([
                                "value": .text(kind.rawValue),
                                "label": .text(words.text("trust.signals.tie.\(kind.rawValue)")),
                            ])
                        }),
                    "find": .optional(
                        isSearching ? try await find(request, signedIn, words, at: "/audit/signals") : nil),
                    "hasForm": .flag(!isSearching), "patient": .text(form.typed), "wrong": wrong,
                    "person": .optional(
                        patient.map { View(["id": .text($0.text), "name": .text(read.name ?? $0.text)]) }),
                ]), request.language), status: form.isWrong ? .unprocessableContent : .ok)
    }

    private func person(
        _ score: SnoopingScore, _ audit: AuditWords, _ lines: [Int64: AuditTrailStore.Line]
    ) -> View {
        let words = audit.words
        return View([
            "who": .text(audit.who(.user(score.user))), "points": .text(Self.tenths(score.points)),
            "state": .view(
                View([
                    "label": .text(words.text(score.stands ? "trust.signals.look" : "trust.signals.quiet")),
                    "tone": .text(score.stands ? "red" : "grey"), "icon": .text(score.stands ? "flag" : "check"),
                ])),
            "signals": .views(
                score.signals.map { signal in
                    View([
                        "text": .text(
                            words.text(
                                "trust.signals.sign.\(signal.sign.rawValue)",
                                ["n": String(signal.count), "usual": Self.tenths(signal.expected)])),
                        "records": .views(
                            signal.records.compactMap { lines[$0] }.map { line in
                                View([
                                    "when": .text(words.moment(line.recordedAt)), "text": .text(audit.sentence(line)),
                                ])
                            }),
                    ])
                }),
        ])
    }

    private func tie(_ tie: StaffTies.Tie, _ audit: AuditWords) -> View {
        let words = audit.words
        return View([
            "who": .text(audit.who(.user(tie.user))), "user": .text(tie.user.text), "patient": .text(tie.patient.text),
            "label": .text(words.text("trust.audit.patient", ["id": tie.patient.text])),
            "kind": .text(words.text("trust.signals.tie.\(tie.kind.rawValue)")),
        ])
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
