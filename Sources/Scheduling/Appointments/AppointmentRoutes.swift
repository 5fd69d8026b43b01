import HTTPTypes
import Kernel
import Spine
import StudioAPI
import Vault
import Web

extension Scheduling {
    var appointmentRoutes: [Route] {
        [
            .get("/appointments/{id}", .page(.appointmentRead, showAppointment)),
            .post("/appointments", .page(.appointmentWrite, confirmBooking)),
            .post(
                "/appointments/{id}/confirmation",
                .page(.appointmentWrite) {
                    try await act(ConfirmAppointment($0.id("id"), by: "console", desk: desk), "confirmed", $0, $1)
                }),
            .post(
                "/appointments/{id}/arrival",
                .page(.appointmentWrite) {
                    try await act(ArriveAppointment($0.id("id"), desk: desk), "arrived", $0, $1)
                }),
            .post(
                "/appointments/{id}/calling",
                .page(.appointmentWrite) {
                    try await act(CallIn($0.id("id"), desk: desk), "called", $0, $1)
                }),
            .post(
                "/appointments/{id}/completion",
                .page(.appointmentWrite) {
                    try await act(CompleteAppointment($0.id("id"), desk: desk), "completed", $0, $1)
                }),
            .post(
                "/appointments/{id}/no-show",
                .page(.appointmentWrite) {
                    let reason = try Self.missedReason(try $0.form().trimmed("reason"))
                    let done = reason == nil ? "no-show" : "no-show-reason"
                    return try await act(MarkNoShow($0.id("id"), reason: reason, desk: desk), done, $0, $1)
                }),
            .post("/appointments/{id}/cancellation", .page(.appointmentWrite, cancelFromPage)),
            .post("/appointments/{id}/trip-cancellation", .page(.appointmentWrite, cancelAllFromPage)),
        ]
    }

    private func cancelFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let reason = CancellationReason(rawValue: form.trimmed("reason") ?? "") else {
            throw Fault.invalid("reason", request.pages.text("appointment.cancel.title", request.language))
        }
        return try await act(
            CancelAppointment(
                request.id("id"), reason: reason, telling: form["tell"] == "1", asker: Askers.asker(form), desk: desk),
            "cancelled", request, signedIn)
    }

    /// Calls off all that was booked together with the visit.
    private func cancelAllFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let reason = CancellationReason(rawValue: form.trimmed("reason") ?? "") else {
            throw Fault.invalid("reason", request.pages.text("appointment.cancel.title", request.language))
        }
        let id = try request.id("id", of: Appointment.self)
        do {
            _ = try await request.spine.perform(
                CancelLinkedVisits(id, reason: reason, telling: form["tell"] == "1", desk: desk), as: signedIn.caller)
            return .seeOther("/appointments/\(id.text)?done=appointment.all-cancelled")
        } catch let fault as Fault where fault.category == .conflict {
            return try await appointmentPage(request, signedIn, problem: fault)
        }
    }

    /// Runs the command. A refusal by the rules shows the visit as it is now, with the reason above it.
    private func act<C: Command>(
        _ command: C, _ done: String, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> WebResponse where C.Result == AppointmentAnswer {
        do {
            let answer = try await request.spine.perform(command, as: signedIn.caller)
            let time = answer.retaken.flatMap { $0.isGivenAway ? "-time-\($0.rawValue)" : nil }
            let more = time ?? answer.missing?.first.map { "-no-\($0.rawValue)" } ?? ""
            return .seeOther(try Self.back(request, done: "appointment." + done + more))
        } catch let fault as Fault where fault.category == .conflict {
            return try await appointmentPage(request, signedIn, problem: fault)
        }
    }

    /// Where an act came from, when that is a page of ours that shows visits; else the visit itself.
    static func back(_ request: WebRequest, done: String) throws(Fault) -> String {
        let own = "/appointments/" + (try request.id("id", of: Appointment.self).text)
        guard let referer = request.headers[.referer], referer.hasPrefix(request.base) else {
            return "\(own)?done=\(done)"
        }
        let target = referer.dropFirst(request.base.count)
        let path = target.prefix { $0 != "?" }
        guard ["/schedule", "/arrivals", "/"].contains(path), target.utf8.count < 400 else {
            return "\(own)?done=\(done)"
        }
        let kept = target.dropFirst(path.count).dropFirst().split(separator: "&").filter { !$0.hasPrefix("done=") }
        return "\(path)?" + (kept.map(String.init) + ["done=\(done)"]).joined(separator: "&")
    }
}
