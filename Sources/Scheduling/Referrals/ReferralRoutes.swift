import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var referrals: Capability {
        let following = ReferralFollowing(desk: desk)
        return Capability(
            "referrals", schema: [ReferralSchema.referrals], tables: ReferralSchema.tables,
            subscribers: [following.subscriber], timers: [following.timer],
            routes: referralRoutes + referralAPI, seals: [ReferralContent.sealKind, ReferralAttemptNote.sealKind],
            permissions: [.referralRead, .referralWrite])
    }

    private var referralRoutes: [Route] {
        [
            .get("/referrals", heavy: true, .page(.referralRead, showReferrals)),
            .get("/referrals/leakage", .page(.referralRead, showLeakage)),
            .get("/referrals/new", heavy: true, .page(.referralWrite, newReferral)),
            .post("/referrals", .page(.referralWrite, recordReferral)),
            .get("/referrals/{id}", .page(.referralRead) { try await referralPage($0, $1) }),
            .post("/referrals/{id}/steps", .page(.referralWrite, stepFromPage)),
            .post("/referrals/{id}/owner", .page(.referralWrite, assignFromPage)),
            .post("/referrals/{id}/description", .page(.referralWrite, describeFromPage)),
            .get("/referrals/{id}/documents/{document}", heavy: true, .page(.referralRead, showReferralDocument)),
        ]
    }

    // MARK: Taking one in

    /// First whose it is, then what it is.
    func newReferral(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let text = request.query["patient"] else {
            let query = request.query.trimmed("q") ?? ""
            let found = query.isEmpty ? [] : try await search(request, signedIn, query)
            return try choosePatient(query, found, request, signedIn)
        }
        guard let patient = ID<Patient>(text) else { throw Fault.notFound("patient") }
        return try await intakePage(patient, FormFields(), nil, request, signedIn)
    }

    private func choosePatient(
        _ query: String, _ found: [FoundPatient], _ request: WebRequest, _ signedIn: SignedIn
    ) throws -> WebResponse {
        let words = try referralWords(request)
        let hits = found.map { patient in
            View([
                "href": .text("/referrals/new?patient=" + patient.id.text), "name": .text(patient.name),
                "initials": .text(patient.initials), "tone": .number(SchedulingWords.tone(patient.id.raw)),
                "detail": .text(patient.detail),
            ])
        }
        let none =
            query.isEmpty || !hits.isEmpty
            ? nil
            : words.words.empty(
                "referrals.find.none", icon: "person-unknown", values: ["query": query],
                action: signedIn.may(.patientWrite)
                    ? ("/patients/new?next=referral", words.text("find.none.go")) : nil)
        let view = View([
            "shell": .view(shell(request, signedIn, words.text("new"), "referrals")), "query": .text(query),
            "hasHits": .flag(!hits.isEmpty), "hits": .views(hits), "none": .optional(none),
            "newHref": .optional(signedIn.may(.patientWrite) ? "/patients/new?next=referral" : nil),
        ])
        return .html(try request.pages.render("referrals/find", view, request.language))
    }

    func recordReferral(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let patient: ID<Patient> = form.id("patient") else { throw Fault.notFound("patient") }
        do {
            var fields = QueryFields(form)
            var new = try ReferralInputs.new(&fields, source: "console", now: request.spine.clock.now())
            new.owner = form["mine"] == "1" ? signedIn.user : nil
            let key = form.trimmed("intent").flatMap { IdempotencyKey($0) }.map { (key: $0, payload: request.body) }
            let answer = try await request.spine.perform(
                RecordReferral(new, desk: desk), as: signedIn.caller, idempotency: key)
            let done = answer.changed ? "referral.recorded" : "referral.known"
            return .seeOther("/referrals/\(Crockford.encode(answer.id))?done=\(done)")
        } catch let fault as Fault where Self.isShown(fault) {
            return try await intakePage(patient, form, fault, request, signedIn)
        }
    }

    /// What the form shows again with its reason, rather than a page of its own.
    private static func isShown(_ fault: Fault) -> Bool {
        fault.category == .invalid || fault.category == .conflict || fault.code == "referral.label"
    }

    private func intakePage(
        _ patient: ID<Patient>, _ form: FormFields, _ fault: Fault?, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse {
        let client = try await request.spine.ask(
            ReadReferralClient(patient: patient, desk: desk), as: signedIn.caller)
        let words = try referralWords(request)
        let page = IntakeView(
            words: words, patient: patient, card: client, form: form, fault: fault,
            intent: form.trimmed("intent") ?? Crockford.encode(request.spine.ids.nextRaw()))
        var view = page.view
        view["csrf"] = .text(signedIn.csrf)
        view["shell"] = .view(shell(request, signedIn, words.text("new"), "referrals"))
        return .html(
            try request.pages.render("referrals/new", view, request.language),
            status: fault.map { Problem.status($0.category) } ?? .ok)
    }

    // MARK: Acts

    func stepFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await act(request, signedIn, "referral.stepped") { form in
            var fields = QueryFields(form)
            let (step, version) = try ReferralInputs.step(&fields, now: request.spine.clock.now())
            _ = try await request.spine.perform(
                StepReferral(request.id("id"), step, version: version, desk: desk), as: signedIn.caller)
        }
    }

    func assignFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await act(request, signedIn, "referral.assigned") { form in
            let text = form["owner"] ?? ""
            let owner: ID<User>? = ID(text)
            guard text.isEmpty || owner != nil else { throw Fault.invalid("owner", "Nobody who works here.") }
            _ = try await request.spine.perform(
                AssignReferral(request.id("id"), to: owner, desk: desk, staff: staff), as: signedIn.caller)
        }
    }

    func describeFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await act(request, signedIn, "referral.described") { form in
            var fields = QueryFields(form)
            _ = try await request.spine.perform(
                try ReferralInputs.description(request.id("id"), &fields, desk: desk), as: signedIn.caller)
        }
    }

    /// A refusal shows the referral as it is now, with the reason above it.
    private func act(
        _ request: WebRequest, _ signedIn: SignedIn, _ done: String, _ body: (FormFields) async throws -> Void
    ) async throws -> WebResponse {
        do {
            try await body(try request.form())
            return .seeOther("/referrals/\(try request.id("id", of: Referral.self).text)?done=\(done)")
        } catch let fault as Fault where Self.isShown(fault) {
            return try await referralPage(request, signedIn, problem: fault)
        }
    }

    func showReferralDocument(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let raw = request.parameters["document"].flatMap({ Crockford.decode($0) }) else {
            throw Fault.notFound("document")
        }
        let file = try await request.spine.ask(
            ReadReferralDocument(id: request.id("id"), document: raw, desk: desk), as: signedIn.caller)
        return Self.file(file, Crockford.encode(raw))
    }

    static func file(_ file: ReadReferralDocument.File, _ name: String) -> WebResponse {
        let ending =
            file.type == .jpeg ? "jpg" : file.type.rawValue.split(separator: "/").last.map(String.init) ?? "bin"
        return WebResponse(
            .ok,
            headers: [
                .contentType: file.type.rawValue, .contentDisposition: "attachment; filename=\"\(name).\(ending)\"",
                .cacheControl: "private, no-store", .contentSecurityPolicy: "sandbox; default-src 'none'",
                .xContentTypeOptions: "nosniff",
            ], bytes: file.bytes)
    }
}
