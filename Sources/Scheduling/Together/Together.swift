import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import TimeZones
import Vault
import Web

// Several visits at once, in the console: a visit that repeats, a visit with all that belongs to it, people who come
// together.
//
// The rules:
// - A page proposes, one POST books. What it books and refuses is decided by `BookSeries` and `BookLinkedVisits`, as for
//   the API; a form that is sent twice books once, by its key.
// - A time that is held for the patient stays held while they are looked through, and is taken from its hold.
// - Of a series every date is shown, with its time or why it cannot be had; staff take out what does not suit. Why
//   the others were not booked stays on the page that follows.
// - A trip is booked whole or not at all. A refusal names the visit whose time is gone; what is free then stands below.
// - Somebody whom the reader may not see is nobody: the page is as absent as for an id that nothing has.

extension Scheduling {
    var togetherRoutes: [Route] {
        [
            .get("/booking/series", heavy: true, .page(.appointmentWrite, showSeries)),
            .post("/booking/series", .page(.appointmentWrite, bookSeriesFromPage)),
            .get("/booking/trip", heavy: true, .page(.appointmentWrite, showTrip)),
            .get("/booking/family", heavy: true, .page(.appointmentWrite, showFamily)),
            .post("/booking/together", .page(.appointmentWrite, bookTogetherFromPage)),
            .get("/appointments/{id}/together", .page(.appointmentRead, showTogether)),
        ]
    }

    /// The hold that a page was reached with, when it still keeps a time for this patient.
    func liveHold(
        _ fields: FormFields, for patient: ID<Patient>, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> HoldRow? {
        guard let id: ID<SlotHold> = fields.id("hold") else { return nil }
        do {
            let hold = try await request.spine.ask(ReadHold(id, desk: desk), as: signedIn.caller)
            return hold.isLive(for: patient, at: request.spine.clock.now()) ? hold : nil
        } catch let fault as Fault where fault.category == .notFound {
            // It ran out and was tidied away, or is nobody's whom the caller may see: the page goes without it.
            return nil
        }
    }

    /// One of these pages with what stands round it.
    func togetherPage(
        _ template: String, _ title: String, _ parts: View, _ request: WebRequest, _ signedIn: SignedIn,
        problem: View? = nil, _ category: Fault.Category? = nil
    ) throws -> WebResponse {
        let around = View([
            "csrf": .text(signedIn.csrf), "shell": .view(shell(request, signedIn, title, "schedule")),
            "title": .text(title), "problem": .optional(problem),
        ])
        return .html(
            try request.pages.render("together/\(template)", around.merging(parts), request.language),
            status: category.map(Problem.status) ?? .ok)
    }

    /// The key that makes a form sent twice one request.
    static func intent(_ form: FormFields, _ request: WebRequest) -> (key: IdempotencyKey, payload: [UInt8])? {
        form.trimmed("intent").flatMap { IdempotencyKey($0) }.map { ($0, request.body) }
    }
}

extension BookingWish {
    /// This wish on another page, with more of its own.
    func address(at path: String, _ more: [(String, String)] = []) -> String {
        let all = pairs().map { ($0.name, $0.value) } + more
        return path + "?" + all.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
    }
}

extension SlotRefusal {
    /// By the code of the fault that a booking answers.
    init?(code: String) {
        guard code.hasPrefix("slot.") else { return nil }
        if code == BookingRules.taken.code {
            self = .practitionerBusy
        } else {
            self.init(rawValue: String(code.dropFirst("slot.".count)))
        }
    }
}

extension SchedulingWords {
    /// Why a time cannot be had, in the words of the dialog, without a full stop.
    func why(_ fault: Fault) -> String {
        if let refusal = SlotRefusal(code: fault.code) { return why(refusal) }
        let said = fault.code == "slot.link-broken" ? text("together.link-broken") : fault.message
        return said.hasSuffix(".") ? String(said.dropLast()) : said
    }

    func why(_ refusal: SlotRefusal) -> String { text("booking.refusal.\(refusal.rawValue)") }

    /// "Tue 3 Mar" with a capital.
    func day(_ date: CivilDate, today: CivilDate) -> String { Self.capitalized(dates.date(date, today: today)) }

    /// Names and values that a form carries on.
    func hidden(_ pairs: [(String, String?)]) -> [View] {
        pairs.compactMap { name, value in value.map { View(["name": .text(name), "value": .text($0)]) } }
    }

    /// A field with one of several values.
    func choices(_ all: [(value: String, label: String)], chosen: String) -> [View] {
        all.map { value, label in
            View(["value": .text(value), "label": .text(label), "chosen": .flag(value == chosen)])
        }
    }
}
