import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// Those who must be told of a visit's new moment, with the names of whom the caller may see.
struct ListZoneChanges: Query {
    static let permission = Permission.scheduleRead

    struct Page: Sendable {
        let rows: [ZoneChangeRow]
        let names: [ID<Patient>: String]
        let homes: [ID<Patient>: String]
    }

    let after: (start: Int64, appointment: Int64)?
    let limit: Int
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        let rows = try ZoneChangeStore.untold(
            after: after, limit: limit, now: now, for: access.caller, Self.permission, in: transaction)
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        return Page(
            rows: rows, names: try desk.directory.names(of: patients, grant: grant, in: transaction),
            homes: try desk.directory.plain(of: patients, in: transaction).compactMapValues(\.zone))
    }
}

extension Scheduling {
    private static let zoneList = "zone-changes"
    private static let zonesPerPage = 50

    var zoneChangeRoutes: [Route] {
        [
            .get("/schedule/zone-changes", .page(.scheduleRead, showZoneChanges)),
            .post("/schedule/zone-changes/{id}/telling", .page(.appointmentWrite, tellZoneChange)),
        ]
    }

    /// Visits ahead are placed anew when the program starts, and every hour what could not be.
    var zoneChanges: Recurring {
        Recurring(ZoneReplanning.name, every: .seconds(3_600)) { [desk] spine, tenant in
            _ = try await ZoneReplanning(desk: desk).run(spine, tenant)
            return 0
        }
    }

    func tellZoneChange(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        _ = try await request.spine.perform(TellZoneChange(try request.id("id"), desk: desk), as: signedIn.caller)
        return .seeOther("/schedule/zone-changes?done=zones.told")
    }

    /// `?cursor=…`
    func showZoneChanges(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let vault = try await request.spine.vault(request.tenant)
        let cursor = try request.query.trimmed("cursor").map { try Cursor($0, for: Self.zoneList, vault: vault).values }
        let after = cursor.flatMap { $0.count == 2 ? (start: $0[0], appointment: $0[1]) : nil }
        let page = try await request.spine.ask(
            ListZoneChanges(after: after, limit: Self.zonesPerPage + 1, now: words.now, desk: desk),
            as: signedIn.caller)
        let shown = page.rows.prefix(Self.zonesPerPage)
        var next: String?
        if page.rows.count > Self.zonesPerPage, let last = shown.last {
            let text = try Cursor(last.to, last.appointment.raw).text(for: Self.zoneList, vault: vault)
            next = "/schedule/zone-changes?cursor=\(text)"
        }
        let rows = try shown.map { row in
            try zoneChange(row, page, words, mayTell: signedIn.may(.appointmentWrite))
        }
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("zones.title"), "schedule")),
            "version": .text(words.text("zones.version", ["version": desk.plans.timeZones.version])),
            "rows": .views(rows), "hasRows": .flag(!rows.isEmpty), "next": .optional(next),
            "none": .optional(rows.isEmpty ? words.empty("zones.none", icon: "clock") : nil),
        ])
        return .html(try request.pages.render("zones/index", view, request.language))
    }

    private func zoneChange(
        _ row: ZoneChangeRow, _ page: ListZoneChanges.Page, _ words: SchedulingWords, mayTell: Bool
    ) throws -> View {
        let zones = desk.plans.timeZones
        let place = try zones.zone(ifKnown: row.zone)
        let today = (place?.civil(at: words.now.microseconds) ?? CivilDateTime(iso: "1970-01-01T00:00"))?.date
        var when = row.localStart
        if let local = CivilDateTime(iso: row.localStart), let today {
            when = SchedulingWords.capitalized(words.dates.dateTime(local, today: today))
        }
        let isMoved = row.outcome == "moved"
        let href = "/appointments/\(row.appointment.text)"
        return View([
            "name": .text(page.names[row.patient] ?? ""), "patient": .text("/patients/\(row.patient.text)"),
            "when": .text(when), "zone": .text(row.zone), "href": .text(href),
            "visit": .text(words.configuration.known(visitType: row.visitType)?.names[words.language] ?? row.visitType),
            "who": .text(words.configuration.known(practitioner: row.practitioner)?.name.display ?? row.practitioner),
            "where": .text(words.configuration.known(location: row.location)?.name ?? row.location),
            "change": .text(change(row, words)), "told": .text(try tell(row, page.homes[row.patient], words)),
            "state": .view(
                View([
                    "label": .text(words.text("zones.outcome.\(row.outcome)")), "tone": .text(isMoved ? "blue" : "red"),
                    "icon": .text(isMoved ? "clock" : "alert"),
                ])),
            "act": .optional(isMoved && mayTell ? "/schedule/zone-changes/\(row.appointment.text)/telling" : nil),
        ])
    }

    /// "60 minutes earlier"
    private func change(_ row: ZoneChangeRow, _ words: SchedulingWords) -> String {
        let minutes = Int((row.to - row.from) / DayFrame.minute)
        if minutes == 0 { return words.text("zones.same") }
        return words.count(minutes < 0 ? "zones.earlier" : "zones.later", abs(minutes))
    }

    /// Who has to know: the practitioner always, the patient's clock where it is another one, the calendar of an EHR.
    private func tell(_ row: ZoneChangeRow, _ home: String?, _ words: SchedulingWords) throws -> String {
        guard row.outcome == "moved" else { return words.text("zones.tell.\(row.outcome)") }
        var parts = [words.text("zones.tell.place")]
        if let home, home != row.zone, let zone = try desk.plans.timeZones.zone(ifKnown: home) {
            let now = zone.civil(at: row.to)
            parts.append(
                words.text("zones.tell.patient", ["time": words.dates.time(now.time), "zone": home]))
        }
        if let location = words.plan.location(row.location), location.calendarOwner != .ours {
            parts.append(words.text("zones.tell.ehr"))
        }
        return parts.joined(separator: " ")
    }
}
