import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import Vault
import Web

extension Scheduling {
    var bump: BumpDesk { BumpDesk(desk, publicBase: waitlist.publicBase) }

    var bumpRoutes: [Route] {
        [
            .get("/bump", .page(.bumpRead, showAbsences)),
            .get("/bump/new", heavy: true, .page(.bumpWrite, newAbsence)),
            .post("/bump", .page(.bumpWrite, recordFromPage)),
            .get("/bump/{id}", .page(.bumpRead) { try await showBumpList($0, $1) }),
            .post("/bump/{id}/placement", .page(.bumpWrite, placeAll)),
            .post("/bump/{id}/search", .page(.bumpWrite, searchAgain)),
            .post(
                "/bump/{id}/offering",
                .page(.bumpWrite) { request, signedIn in
                    try await act(StartOffering(try request.id("id"), bump: bump), "offering", request, signedIn)
                }),
            .post("/bump/{id}/withdrawal", .page(.bumpWrite, withdrawFromPage)),
            .post(
                "/bump/{id}/visits/{visit}/placement",
                .page(.bumpWrite) { request, signedIn in
                    try await act(
                        PlaceBumped(try request.id("visit"), choice: try request.form().id("choice"), bump: bump),
                        "placed", request, signedIn)
                }),
            .post(
                "/bump/{id}/visits/{visit}/call",
                .page(.bumpWrite) { request, signedIn in
                    try await act(MarkCalled(try request.id("visit"), bump: bump), "called", request, signedIn)
                }),
            .post(
                "/bump/{id}/visits/{visit}/cancellation",
                .page(.bumpWrite) { request, signedIn in
                    try await act(
                        CancelBumped(try request.id("visit"), bump: bump), "cancelled", request, signedIn)
                }),
        ]
    }

    func recordFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = BumpForm(try request.form())
        do {
            let id = try await request.spine.perform(
                RecordAbsence(try form.request(), bump: bump), as: signedIn.caller)
            return .seeOther("/bump/\(Crockford.encode(id))?done=bump.recorded")
        } catch let fault as Fault where fault.category == .invalid || fault.category == .conflict {
            return try await absencePage(form, request, signedIn, problem: fault)
        }
    }

    /// Every visit for which a time is held, one command each, so that one that cannot be had keeps none of the others.
    func placeAll(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<ScheduleAbsence> = try request.id("id")
        let now = request.spine.clock.now()
        let page = try await request.spine.ask(ReadBumpList(id: id, now: now, desk: desk), as: signedIn.caller)
        var missed = false
        for line in page.lines where line.row.isWaiting && !line.live(at: now).isEmpty {
            do {
                _ = try await request.spine.perform(PlaceBumped(line.row.id, bump: bump), as: signedIn.caller)
            } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
                missed = true
            }
        }
        return .seeOther("/bump/\(id.text)?done=bump.\(missed ? "some-placed" : "all-placed")")
    }

    func searchAgain(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await act(ProposeAgain(try request.id("id"), bump: bump), "searching", request, signedIn)
    }

    func withdrawFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await act(WithdrawAbsence(try request.id("id"), bump: bump), "withdrawn", request, signedIn)
    }

    /// Runs the command and shows the list; a refusal by the rules stands above it.
    private func act<C: Command>(
        _ command: C, _ done: String, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse {
        let id: ID<ScheduleAbsence> = try request.id("id")
        do {
            _ = try await request.spine.perform(command, as: signedIn.caller)
            return .seeOther("/bump/\(id.text)?done=bump.\(done)")
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            return try await showBumpList(request, signedIn, problem: fault)
        }
    }
}
