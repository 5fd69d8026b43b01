import Kernel
import PeopleAPI
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

/// What was typed into the form of an entry, and what is wrong with it.
struct EntryForm {
    var patient: ID<Patient>?
    var need: ID<Need>?
    var visitType: String
    var practitioners: Set<String>
    var locations: Set<String>
    var weekdays: Set<Int>
    var from: String
    var to: String
    var earliest: String
    var latest: String
    var noticeHours: String
    var priority: String
    var authorized: Bool
    var group: String
    var problems: [String: String] = [:]

    init(_ fields: FormFields) {
        patient = fields.id("patient")
        need = fields.id("need")
        visitType = fields.trimmed("visitType") ?? fields.trimmed("type") ?? ""
        practitioners = Set(fields.all("practitioner").filter { !$0.isEmpty })
        locations = Set(fields.all("location").filter { !$0.isEmpty })
        weekdays = Set(fields.all("weekday").compactMap { Int($0) })
        from = fields.trimmed("from") ?? ""
        to = fields.trimmed("to") ?? ""
        earliest = fields.trimmed("earliest") ?? ""
        latest = fields.trimmed("latest") ?? ""
        noticeHours = fields.trimmed("notice") ?? ""
        priority = fields.trimmed("priority") ?? ""
        authorized = fields["authorized"] == "1"
        group = fields.trimmed("group") ?? ""
    }

    init(_ row: EntryRow) {
        patient = row.patient
        need = row.need
        visitType = row.wish.visitType
        practitioners = row.wish.practitioners
        locations = row.wish.locations
        weekdays = row.wish.weekdays
        from = row.wish.fromMinute == 0 ? "" : Self.clock(row.wish.fromMinute)
        to = row.wish.toMinute == 1_440 ? "" : Self.clock(row.wish.toMinute)
        earliest = row.wish.earliest?.iso ?? ""
        latest = row.wish.latest?.iso ?? ""
        noticeHours = row.wish.noticeMinutes == 0 ? "" : String((row.wish.noticeMinutes + 59) / 60)
        priority = row.priority
        authorized = row.authorized
        group = ""
    }

    private static func clock(_ minute: Int) -> String {
        CivilTime(hour: minute / 60 % 24, minute: minute % 60)?.hhmm ?? ""
    }

    /// The request, with every field that cannot be read as one; its rules are the command's to check.
    func request() throws -> WaitlistRequest {
        var fields: [Fault.Field] = []
        func minute(_ text: String, _ name: String, _ otherwise: Int) -> Int {
            if text.isEmpty { return otherwise }
            guard let time = CivilTime(hhmm: text) else {
                fields.append(.init(name, "A time such as 09:30."))
                return otherwise
            }
            return time.minutesOfDay
        }
        func date(_ text: String, _ name: String) -> CivilDate? {
            if text.isEmpty { return nil }
            guard let date = CivilDate(iso: text), (1970...2200).contains(date.year) else {
                fields.append(.init(name, "A date such as 2026-11-30."))
                return nil
            }
            return date
        }
        let notice = noticeHours.isEmpty ? 0 : Int(noticeHours)
        if notice == nil { fields.append(.init("notice", "A number of hours.")) }
        if visitType.isEmpty { fields.append(.init("visitType", "This is needed.")) }
        let wish = WaitlistWish(
            visitType: visitType, practitioners: practitioners, locations: locations, weekdays: weekdays,
            fromMinute: minute(from, "from", 0), toMinute: minute(to, "to", 1_440),
            earliest: date(earliest, "earliest"),
            latest: date(latest, "latest"), noticeMinutes: min(max(notice ?? 0, -1), 10_000) * 60)
        if !fields.isEmpty { throw Fault.invalid(fields) }
        return WaitlistRequest(
            wish, priority: priority.isEmpty ? nil : priority, authorized: authorized,
            group: group.isEmpty ? nil : group, need: need)
    }

    /// The form with what is wrong beside its fields, in the reader's words.
    func refused(_ fault: Fault, _ words: WaitlistWords) -> EntryForm {
        var form = self
        for field in fault.fields {
            let key = "waitlist.wrong.\(field.path)"
            form.problems[field.path] =
                words.words.pages.catalogue.has(key) ? words.words.text(key) : field.message
        }
        return form
    }

    func view(_ words: WaitlistWords, entry: EntryRow?) -> View {
        let plan = words.words.plan
        let configuration = words.words.configuration
        func choice(_ value: String, _ label: String, _ chosen: Bool) -> View {
            View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
        }
        let types = configuration.sortedVisitTypes(words.language).map(\.value)
        let type = types.first { $0.key == visitType }
        let able = type.map(plan.practitioners(for:)) ?? plan.practitioners
        let places = configuration.sortedLocations.map(\.value).filter { type?.mayBe(at: $0.key) ?? true }
        let chosen = priority.isEmpty ? words.policy.priorities.last?.key ?? "" : priority
        var wrong = View([:])
        for name in ["visitType", "practitioners", "locations", "to", "from", "earliest", "latest", "notice"] {
            wrong[name] = .optional(
                problems[name].map { View(["id": .text("waitlist-\(name)-wrong"), "text": .text($0)]) })
        }
        return View([
            "action": .text(entry.map { "/waitlist/entries/\($0.id.text)" } ?? "/waitlist"),
            "patient": .optional(patient?.text), "need": .optional(need?.text),
            "version": .optional(entry.map { String($0.version) }),
            "fixedType": .optional(entry.map { words.visitType($0.wish.visitType) }),
            "types": .views(
                [choice("", words.text("choose"), type == nil)]
                    + types.map { choice($0.key, $0.names[words.language], $0.key == visitType) }),
            "practitioners": .views(
                able.sorted { $0.name.family < $1.name.family }.map {
                    choice($0.key, $0.name.display, practitioners.contains($0.key))
                }),
            "locations": .views(places.map { choice($0.key, $0.name, locations.contains($0.key)) }),
            "weekdays": .views(
                (1...7).map {
                    choice(String($0), words.words.text("schedule.weekday.\($0)"), weekdays.contains($0))
                }),
            "from": .text(from), "to": .text(to), "earliest": .text(earliest), "latest": .text(latest),
            "notice": .text(noticeHours), "authorized": .flag(authorized),
            "priorities": .views(
                words.policy.priorities.map { choice($0.key, $0.names[words.language], $0.key == chosen) }),
            "wrong": .view(wrong),
        ])
    }
}
