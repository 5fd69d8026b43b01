import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Vault
import Web

extension Scheduling {
    var waitlistRoutes: [Route] {
        [
            .get("/waitlist", heavy: true, .page(.waitlistRead, showWaitlist)),
            .get("/waitlist/new", .page(.waitlistWrite, newEntry)),
            .post("/waitlist", .page(.waitlistWrite, joinFromPage)),
            .get("/waitlist/entries/{id}", .page(.waitlistWrite, editEntry)),
            .post("/waitlist/entries/{id}", .page(.waitlistWrite, changeFromPage)),
            .post("/waitlist/entries/{id}/leaving", .page(.waitlistWrite, leaveFromPage)),
            .get("/waitlist/openings", heavy: true, .page(.waitlistRead, showOpenings)),
            .get(
                "/waitlist/openings/{id}", heavy: true,
                .page(.waitlistRead) { try await showOpening($0, $1) }),
            .post(
                "/waitlist/openings/{id}/offering",
                .page(.waitlistWrite) { request, signedIn in
                    let id: ID<WaitlistOpening> = try request.id("id")
                    return try await act(
                        OfferOpening(id, waitlist: waitlist), on: id, "offering", request, signedIn)
                }),
            .post(
                "/waitlist/openings/{id}/withdrawal",
                .page(.waitlistWrite) { request, signedIn in
                    let id: ID<WaitlistOpening> = try request.id("id")
                    return try await act(
                        WithdrawOpening(id, waitlist: waitlist), on: id, "withdrawn", request, signedIn)
                }),
            .post(
                "/waitlist/offers/{id}/acceptance",
                .page(.waitlistWrite) { try await answerFromPage($0, $1, yes: true) }),
            .post(
                "/waitlist/offers/{id}/refusal",
                .page(.waitlistWrite) { try await answerFromPage($0, $1, yes: false) }),
            .get("/waitlist/simulation", heavy: true, .page(.waitlistRead, showSimulation)),
        ]
    }

    // MARK: Entries

    func newEntry(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = EntryForm(request.query)
        guard let patient = form.patient else { return .seeOther("/waitlist") }
        return try await entryPage(form, patient, request, signedIn)
    }

    private func entryPage(
        _ form: EntryForm, _ patient: ID<Patient>, _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let card = try await request.spine.ask(ReadJoining(patient: patient, desk: desk), as: signedIn.caller)
        return try render(form, card, nil, request, signedIn, problem)
    }

    func joinFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = EntryForm(try request.form())
        guard let patient = form.patient else { throw Fault.invalid("patient", "Say who waits.") }
        do {
            _ = try await request.spine.perform(
                JoinWaitlist(patient, try form.request(), waitlist: waitlist), as: signedIn.caller)
            return .seeOther("/patients/\(patient.text)?done=waitlist.joined")
        } catch let fault as Fault where fault.category == .invalid || fault.category == .conflict {
            return try await entryPage(
                form.refused(fault, try waitlistWords(request)), patient, request, signedIn, problem: fault)
        }
    }

    func editEntry(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let (row, card) = try await request.spine.ask(
            ReadEntry(id: try request.id("id"), desk: desk), as: signedIn.caller)
        return try render(
            EntryForm(row), card, row, request, signedIn, row.state == "waiting" ? nil : WaitlistFaults.over)
    }

    func changeFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<WaitlistEntry> = try request.id("id")
        let (row, card) = try await request.spine.ask(ReadEntry(id: id, desk: desk), as: signedIn.caller)
        let fields = try request.form()
        var form = EntryForm(fields)
        form.visitType = row.wish.visitType
        do {
            _ = try await request.spine.perform(
                ChangeEntry(
                    id, try form.request(), version: fields["version"].flatMap { Int($0) }, waitlist: waitlist),
                as: signedIn.caller)
            return .seeOther("/waitlist?done=waitlist.changed")
        } catch let fault as Fault where fault.category == .invalid || fault.category == .conflict {
            return try render(
                form.refused(fault, try waitlistWords(request)), card, row, request, signedIn, fault)
        }
    }

    func leaveFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        let reason = LeaveWaitlist.Reason(rawValue: form["reason"] ?? "") ?? .staff
        _ = try await request.spine.perform(
            LeaveWaitlist(try request.id("id"), reason: reason, waitlist: waitlist), as: signedIn.caller)
        return .seeOther("/waitlist?done=waitlist.left")
    }

    private func render(
        _ form: EntryForm, _ card: PatientCard, _ entry: EntryRow?, _ request: WebRequest, _ signedIn: SignedIn,
        _ problem: Fault?
    ) throws -> WebResponse {
        let words = try waitlistWords(request)
        let title = words.text(entry == nil ? "new.title" : "edit.title")
        let notice = problem.map { words.words.notice(words.text("refused"), words.refused($0)) }
        let mayLeave = entry?.state == "waiting"
        let view = View([
            "csrf": .text(signedIn.csrf), "shell": .view(shell(request, signedIn, title, "waitlist")),
            "title": .text(title), "problem": .optional(notice), "who": .view(words.words.who(card)),
            "form": .view(form.view(words, entry: entry)), "isNew": .flag(entry == nil),
            "leaving": .optional(mayLeave ? entry.map { "/waitlist/entries/\($0.id.text)/leaving" } : nil),
        ])
        return .html(
            try request.pages.render("waitlist/form", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    // MARK: Acts

    /// Runs the command and shows the opening; a refusal by the rules stands above it.
    private func act<C: Command>(
        _ command: C, on id: ID<WaitlistOpening>, _ done: String, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse {
        do {
            _ = try await request.spine.perform(command, as: signedIn.caller)
            return .seeOther("/waitlist/openings/\(id.text)?done=waitlist.\(done)")
        } catch let fault as Fault where fault.category == .conflict {
            return try await showOpening(request, signedIn, problem: fault)
        }
    }

    /// What a patient said on the telephone.
    private func answerFromPage(
        _ request: WebRequest, _ signedIn: SignedIn, yes: Bool
    ) async throws -> WebResponse {
        let id: ID<WaitlistOffer> = try request.id("id")
        let answer =
            yes
            ? try await request.spine.perform(
                AcceptOffer(id, by: "console", waitlist: waitlist), as: signedIn.caller)
            : try await request.spine.perform(
                DeclineOffer(id, by: "console", waitlist: waitlist), as: signedIn.caller)
        if answer.outcome == .accepted, let visit = answer.appointment {
            return .seeOther("/appointments/\(Crockford.encode(visit))?done=waitlist.accepted")
        }
        return .seeOther("/waitlist/openings?done=waitlist.answer.\(answer.outcome.rawValue)")
    }
}
