import JSON
import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension People {
    var timelineRoutes: [Route] {
        [.get("/api/v1/patients/{id}/timeline", .api(.patientRead, PatientsAPI.timeline, readTimeline))]
    }

    func readTimeline(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let vault = try await request.spine.vault(caller.tenant)
        let query = ReadTimeline(
            id, after: try Self.cursor(request, list: ReadTimeline.cursorList, vault: vault),
            limit: try Self.limit(request, largest: ReadTimeline.largestPage, usual: 50), directory: directory,
            staff: staff)
        let page = try await request.spine.ask(query, as: caller)
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: nil, zones: zones)
        return .json(
            PatientJSON.bytes(page, next: try page.next?.text(for: ReadTimeline.cursorList, vault: vault)) {
                (wording.title($0), wording.detail($0))
            })
    }

    static func cursor(_ request: WebRequest, list: String, vault: TenantVault) throws(Fault) -> Cursor? {
        guard let text = request.query["cursor"], !text.isEmpty else { return nil }
        return try Cursor(text, for: list, vault: vault)
    }

    static func limit(_ request: WebRequest, largest: Int, usual: Int) throws(Fault) -> Int {
        guard let text = request.query["limit"] else { return usual }
        guard let limit = Int(text), (1...largest).contains(limit) else {
            throw Fault.invalid("limit", "A number from 1 to \(largest).")
        }
        return limit
    }
}

extension PatientWording {
    /// What an entry says in one line.
    func title(_ entry: TimelineEntry) -> String {
        guard let key = entry.look.key, pages.catalogue.has(key) else { return TimelineWords.plain(entry.event.kind) }
        return text(key)
    }

    /// Who did it: a person of the staff by name, the patient, a rule, another system.
    func by(_ entry: TimelineEntry) -> String {
        // A message is taken in by a rule, but it is the patient who wrote it.
        if entry.event.kind.rawValue == "message.received" { return text("timeline.by.patient") }
        switch entry.event.actor {
        case .user: return entry.actorName ?? text("timeline.by.staff")
        case .patient: return text("timeline.by.patient")
        case .apiKey: return text("timeline.by.key")
        case .system:
            guard let source = entry.event.body["source"]?.string else { return text("timeline.by.system") }
            return text("timeline.by.source", ["source": code("patients.source", source)])
        }
    }

    /// What the codes of its body say: which visit and when, what the need is about, which fields.
    func detail(_ entry: TimelineEntry) -> String? {
        let body = entry.event.body
        if let type = body["visit_type"]?.string {
            let when = body["local_start"]?.string.flatMap { CivilDateTime(iso: $0) }.map {
                dates.dateTime($0, today: today)
            }
            let place = body["location"]?.string.map(locationName)
            return [visitTypeName(type), when, place].compactMap { $0 }.joined(separator: ", ")
        }
        if let reason = body["reason"]?.string, pages.catalogue.has("inbox.reason.\(reason)") {
            return text("inbox.reason.\(reason)")
        }
        if let fields = body["fields"]?.array?.compactMap(\.string) {
            return fields.map { code("timeline.field", $0) }.joined(separator: ", ")
        }
        if let channel = body["channel"]?.string, entry.event.kind.rawValue.hasPrefix("consent.") {
            return code("patients.consent", channel)
        }
        return nil
    }

    /// Entries with a heading where a new day begins.
    func timeline(_ entries: [TimelineEntry]) -> [View] {
        var views: [View] = []
        var day: CivilDate?
        for entry in entries {
            let local = civil(entry.event.occurredAt)
            if local.date != day {
                views.append(View(["day": .text(dayHeading(local.date)), "entry": nil]))
                day = local.date
            }
            views.append(View(["day": nil, "entry": .view(self.entry(entry, at: local.time))]))
        }
        return views
    }

    private func entry(_ entry: TimelineEntry, at time: CivilTime) -> View {
        let title = title(entry)
        let href = entry.appointment.map { "/appointments/\($0.text)" } ?? entry.event.need.map { "/inbox/\($0.text)" }
        return View([
            "tone": .text(entry.look.tone), "icon": .text(entry.look.icon), "title": .text(title),
            "at": .text(dates.time(time)), "stamp": .text(entry.event.occurredAt.iso8601), "by": .text(by(entry)),
            "text": .optional(detail(entry)),
            "link": .optional(href.map { View(["href": .text($0), "title": .text(title)]) }),
        ])
    }
}
