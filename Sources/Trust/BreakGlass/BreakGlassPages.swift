import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// Opening a record, putting it down, and the queue of reviews.
extension Trust {
    var breakGlassRoutes: [Route] {
        [
            .get(
                "/break-glass",
                .page(.patientBreakGlass) { request, signedIn in
                    try await glassForm(request, signedIn, patient: request.query["patient"] ?? "")
                }),
            .post(
                "/break-glass",
                .page(.patientBreakGlass) { request, signedIn in try await breakGlass(request, signedIn) }),
            .post(
                "/break-glass/end",
                .page(.patientBreakGlass) { request, signedIn in try await endGlass(request, signedIn) }),
            .get(
                "/break-glass/reviews",
                .page(.breakGlassReview) { request, signedIn in try await reviews(request, signedIn) }),
            .post(
                "/break-glass/{id}/review",
                .page(.breakGlassReview) { request, signedIn in try await review(request, signedIn) }),
        ]
    }

    private func hours(_ tenant: ID<Tenant>) throws -> Int {
        try definitions.configuration(of: tenant).organization?.value.breakGlassHours ?? BreakGlass.standardHours
    }

    private func breakGlass(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let text = form.trimmed("patient") ?? ""
        let reason = form.trimmed("reason") ?? ""
        guard let patient: ID<Patient> = ID(text) else {
            return try await glassForm(request, signedIn, patient: text, reason: reason, wrong: "patient")
        }
        do {
            _ = try await request.spine.perform(
                BreakTheGlass(
                    patient, reason: reason, hours: try hours(request.tenant), directory: directory,
                    reviewers: try notices.roles(request.tenant)),
                as: signedIn.caller)
            return .seeOther("/patients/" + patient.text)
        } catch let fault as Fault where fault.category == .notFound {
            return try await glassForm(request, signedIn, patient: text, reason: reason, wrong: "patient")
        } catch let fault as Fault where fault.code == "glass.needless" {
            return .seeOther("/patients/" + patient.text)
        } catch let fault as Fault where fault.category == .invalid {
            return try await glassForm(request, signedIn, patient: text, reason: reason, wrong: "reason")
        }
    }

    /// What was typed stays, whatever was wrong with it.
    private func glassForm(
        _ request: WebRequest, _ signedIn: SignedIn, patient: String, reason: String = "", wrong: String? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let hours = request.pages.catalogue.count(
            "trust.glass.hours", request.language, try hours(request.tenant))
        return .html(
            try request.pages.render(
                "break-glass/new",
                View([
                    "shell": .view(shell(request, signedIn, words.text("trust.glass.title"), "patients")),
                    "csrf": .text(signedIn.csrf), "patient": .text(patient), "reason": .text(reason),
                    "hours": .text(hours),
                    "wrongPatient": .optional(wrong == "patient" ? words.text("trust.glass.wrong.patient") : nil),
                    "wrongReason": .optional(wrong == "reason" ? words.text("trust.glass.wrong.reason") : nil),
                ]), request.language), status: wrong == nil ? .ok : .unprocessableContent)
    }

    private func endGlass(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let patient: ID<Patient> = try request.form().id("patient") else { throw Fault.notFound("glass") }
        let (user, now) = (signedIn.user, request.spine.clock.now())
        let row = try await request.spine.read(.patientBreakGlass, as: signedIn.caller) { transaction, _ in
            try BreakGlassStore.current(of: user, patient, at: now, in: transaction)
        }
        guard let row else { return .seeOther("/") }
        _ = try await request.spine.perform(EndBreakGlass(row.id), as: signedIn.caller)
        return .seeOther("/")
    }

    // MARK: Reviews

    private struct Read: Sendable {
        struct Task: Sendable {
            let row: GlassRow
            let reason: String
            let outcome: GlassOutcome?
            let reviewer: ID<User>?
            let reviewedAt: Instant?
            let note: String
        }

        let tasks: [Task]
        let names: [ID<User>: StaffName]
    }

    private func review(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let id: ID<Glass> = try request.id("id")
        guard let outcome = form["outcome"].flatMap(GlassOutcome.init(rawValue:)) else {
            throw Fault.invalid("outcome", "Choose an outcome.")
        }
        let note = form.trimmed("note") ?? ""
        do {
            _ = try await request.spine.perform(
                ReviewBreakGlass(id, outcome: outcome, note: note), as: signedIn.caller)
            return .seeOther("/break-glass/reviews")
        } catch let fault as Fault where fault.category == .invalid {
            return try await reviews(request, signedIn, wrong: (id, "trust.glass.wrong.note", note))
        } catch let fault as Fault where fault.code == "glass.own" {
            return try await reviews(request, signedIn, wrong: (id, "trust.glass.wrong.own", note))
        }
    }

    private func reviews(
        _ request: WebRequest, _ signedIn: SignedIn, wrong: (id: ID<Glass>, text: String, note: String)? = nil
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let caller = signedIn.caller
        let staff = Staff()
        let read = try await request.spine.read(.breakGlassReview, as: caller) { transaction, access in
            let found = try BreakGlassStore.tasks(for: caller, limit: 100, in: transaction)
            let scopes = try Policy.scopeRows(
                of: Array(Set(found.map(\.row.patient))), for: access.caller, in: transaction)
            let grant = try access.grant(
                .breakGlassReview, forList: scopes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            let tasks = try found.map { task in
                let row = task.row
                func open<Value: Sealable>(_ sealed: Sealed<Value>) throws -> Value {
                    try sealed.open(grant, of: .patient(row.patient), id: row.id.raw, subject: row.keySubject)
                }
                return Read.Task(
                    row: row, reason: try open(task.reason).text, outcome: task.review?.outcome,
                    reviewer: task.review?.reviewer, reviewedAt: task.review?.at,
                    note: try task.review.map { try open($0.note).text } ?? "")
            }
            let people = Set(tasks.map(\.row.user) + tasks.compactMap(\.reviewer))
            return Read(tasks: tasks, names: try staff.names(of: Array(people), in: transaction))
        }
        let audit = AuditWords(words: words, names: read.names)
        let views = read.tasks.map { task -> View in
            let row = task.row
            let day = words.zone.civil(at: row.openedAt.microseconds).date.iso
            var view = View([
                "id": .text(row.id.text), "who": .text(audit.who(.user(row.user))),
                "patient": .text(words.text("trust.audit.patient", ["id": row.patient.text])),
                "opened": .text(words.moment(row.openedAt)), "ends": .text(words.moment(row.endsAt)),
                "reason": .text(task.reason), "isWaiting": .flag(task.outcome == nil),
                "trail": .text("/audit?patient=\(row.patient.text)&actor=\(row.user.text)&from=\(day)"),
                "note": .text(wrong?.id == row.id ? wrong?.note ?? "" : task.note),
                "wrong": .optional(wrong?.id == row.id ? wrong.map { words.text($0.text) } : nil),
            ])
            if let outcome = task.outcome, let reviewer = task.reviewer, let at = task.reviewedAt {
                view["outcome"] = .view(
                    View([
                        "label": .text(words.text("trust.glass.outcome.\(outcome.rawValue)")),
                        "tone": .text(outcome == .appropriate ? "green" : "amber"),
                        "icon": .text(outcome == .appropriate ? "check" : "flag"),
                    ]))
                view["by"] = .text(
                    words.text("trust.glass.by", ["who": audit.who(.user(reviewer)), "when": words.moment(at)]))
            }
            return view
        }
        let title = words.text("trust.glass.reviews")
        return .html(
            try request.pages.render(
                "break-glass/reviews",
                View([
                    "shell": .view(shell(request, signedIn, title, "reviews")), "csrf": .text(signedIn.csrf),
                    "hasTasks": .flag(!views.isEmpty), "tasks": .views(views),
                ]), request.language), status: wrong == nil ? .ok : .unprocessableContent)
    }
}
