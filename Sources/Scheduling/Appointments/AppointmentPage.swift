import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    func showAppointment(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await appointmentPage(request, signedIn, problem: nil)
    }

    /// One visit: its state and steps, what can be done, what is told to the patient, what happened.
    func appointmentPage(_ request: WebRequest, _ signedIn: SignedIn, problem: Fault?) async throws -> WebResponse {
        let id = try request.id("id", of: Appointment.self)
        let words = try words(request)
        let shown = try await request.spine.ask(
            ShowAppointment(id, now: words.now, staff: staff, desk: desk), as: signedIn.caller)
        let zone = try desk.plans.timeZones.zone(shown.row.place.zone)
        let page = AppointmentView(words: words, shown: shown, zone: zone)
        let panel = signedIn.may(.patientRead) ? try await panel(request, signedIn, shown.row.patient) : nil
        let notice = problem.map { fault in
            let key = "appointment.refused." + fault.code.split(separator: ".").dropFirst().joined(separator: ".")
            let isKnown = words.pages.catalogue.has(key)
            return words.notice(
                isKnown ? words.text(key) : fault.message, words.text("appointment.refused.text"), tone: "red")
        }
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("appointment.page"), "schedule")),
            "problem": .optional(notice), "appointment": .view(page.view(may: signedIn.may(.appointmentWrite))),
            "belonging": .optional(
                BelongingView(
                    words: words, row: shown.row, read: shown.belonging, zone: zone,
                    mayBook: signedIn.may(.appointmentWrite)
                ).view),
            "panel": .optional(panel), "given": .optional(words.given(shown, zone)),
        ])
        return .html(
            try request.pages.render("appointments/show", view, request.language),
            status: problem.map { Problem.status($0.category) } ?? .ok)
    }
}

/// A visit with everything its page shows.
struct ShowAppointment: Query {
    static let permission = Permission.appointmentRead

    struct Shown {
        let row: AppointmentRow
        let note: String?
        /// There is one, which the caller's role does not see.
        let hasUnseenNote: Bool
        let notices: [NoticeRow]
        let events: [StoredEvent]
        let names: [ID<User>: StaffName]
        /// What the patient said and gave from their phone.
        let given: GivenByPatient
        let belonging: BelongingRead
        /// Who acts for the patient, and whether they may ask for visits now.
        let askers: [ActingProxy]
    }

    private let id: ID<Appointment>
    private let now: Instant
    private let staff: any StaffDirectory
    private let desk: SchedulingDesk

    init(_ id: ID<Appointment>, now: Instant, staff: any StaffDirectory, desk: SchedulingDesk) {
        self.id = id
        self.now = now
        self.staff = staff
        self.desk = desk
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Shown {
        let (row, grant) = try ReadAppointment.open(id, transaction, access)
        var note: String?
        if access.caller.may(.noteRead), let sealed = row.note, let subject = row.keySubject {
            note = try sealed.open(grant, of: .patient(row.patient), id: row.id.raw, subject: subject).text
        }
        let events = try AppointmentStore.history(of: row, in: transaction)
        let users = Set(
            events.compactMap { event -> ID<User>? in if case .user(let user) = event.actor { user } else { nil } })
        return Shown(
            row: row, note: note, hasUnseenNote: row.note != nil && note == nil,
            notices: try NoticeStore.of(id, in: transaction), events: events,
            names: users.isEmpty ? [:] : try staff.names(of: users.sorted(), in: transaction),
            given: try GivenByPatient(row, grant, transaction, access),
            belonging: try BelongingRead(row, desk, transaction, access),
            askers: try desk.askers(of: row, at: now, transaction, access))
    }
}

/// The view of one visit.
struct AppointmentView {
    let words: SchedulingWords
    let shown: ShowAppointment.Shown
    let zone: Zone

    private var row: AppointmentRow { shown.row }
    private var visit: VisitWording { words.visit(row, zone) }

    func view(may: Bool) -> View {
        let state = SchedulingWords.state(row)
        let day = visit.local.date.iso
        return View([
            "id": .text(row.id.text), "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
            "label": .text(words.label(state)),
            "title": .text(words.text("appointment.title", ["what": visit.visitType, "who": visit.practitioner])),
            "dayHref": .text("/schedule?date=\(day)&location=\(row.place.location)&visit=\(row.id.text)"),
            "dayLabel": .text(words.dayHeading(visit.local.date, today: visit.today)), "when": .text(words.span(visit)),
            "zone": .text(words.text("appointment.zone", ["city": visit.city])), "steps": .views(steps),
            "actions": .optional(words.actions(row, may: may, askers: shown.askers)), "lost": .views(lost),
            "details": .views(details),
            "reminders": .views(shown.notices.map(reminder)), "timeline": .views(timeline),
        ])
    }

    /// While the patient is here: what others were given, after it was marked as missed.
    private var lost: [View] {
        guard row.status == .arrived,
            let arrival = shown.events.first(where: { $0.kind == .appointment(.arrived) })
        else { return [] }
        let time = arrival.body["time"]?.string.flatMap(RetakenTime.init(rawValue:))
        let missing = (arrival.body["missing_things"]?.array ?? []).compactMap(\.string)
            .compactMap(ResourceType.init(rawValue:))
        return [time].compactMap { time in
            time.flatMap { $0.isGivenAway ? lost("time.\($0.rawValue)", "time") : nil }
        } + missing.map { lost("thing.\($0.rawValue)", "thing") }
    }

    private func lost(_ title: String, _ text: String) -> View {
        View([
            "tone": "amber", "icon": "alert", "role": "note", "title": .text(words.text("appointment.\(title)")),
            "text": .text(words.text("appointment.\(text).text")),
        ])
    }

    // MARK: Steps

    private func step(_ key: String, done at: Instant?, next: Bool, stopped: Bool = false) -> View {
        let tone = stopped ? "stopped" : at != nil ? "done" : next ? "now" : ""
        let icon = stopped ? "circle-cross" : at != nil ? "circle-check" : next ? "circle-half" : "circle"
        return View([
            "tone": .text(tone), "icon": .text(icon), "name": .text(words.text("appointment.step.\(key)")),
            "at": .text(words.moment(at, zone) ?? ""), "now": .flag(next || stopped),
        ])
    }

    private var steps: [View] {
        let booked = step(row.status == .pending ? "asked" : "booked", done: row.bookedAt, next: row.status == .pending)
        switch row.status {
        case .cancelled:
            return [booked, step("cancelled", done: row.cancelledAt, next: false, stopped: true)]
        case .noshow:
            return [
                booked, step("confirmed", done: row.confirmedAt, next: false),
                step("no-show", done: row.missedAt, next: false, stopped: true),
            ]
        case .pending, .booked, .arrived, .fulfilled:
            let isBooked = row.status == .booked
            return [
                booked, step("confirmed", done: row.confirmedAt, next: isBooked && row.confirmedAt == nil),
                step("arrived", done: row.arrivedAt, next: isBooked && row.confirmedAt != nil),
                step("completed", done: row.completedAt, next: row.status == .arrived),
            ]
        }
    }

    // MARK: Details

    private var details: [View] {
        let type = words.configuration.known(visitType: row.place.visitType)
        let modality = type.map { words.text("appointment.modality.\($0.modality.rawValue)") }
        let pairs: [(String, String?)] = [
            ("where", visit.location.map { "\($0.name), \($0.address.oneLine)" } ?? row.place.location),
            ("way", visit.location.map { "\($0.directions[words.language]) \($0.parking[words.language])" }),
            (
                "kind",
                [modality, words.count("appointment.minutes", row.place.minutes)].compactMap { $0 }.joined(
                    separator: ", ")
            ),
            ("prep", type?.prep?[words.language]),
            ("note", shown.hasUnseenNote ? words.text("patients.unseen") : shown.note),
            ("reason", row.cancelReason.map(words.cancelReason)),
            ("missed", row.missedReason.map(words.missedReason)),
        ]
        var views = pairs.compactMap { key, value in
            value.map { View(["label": .text(words.text("appointment.detail.\(key)")), "value": .text($0)]) }
        }
        if row.need != nil {
            views.append(
                View([
                    "label": .text(words.text("appointment.detail.need")),
                    "value": .text(words.text("appointment.detail.need.open")),
                ]))
        }
        return views
    }

    // MARK: Notices

    private func reminder(_ notice: NoticeRow) -> View {
        let (tone, mark, badge) =
            switch notice.state {
            case "sent": ("green", "check", "green")
            case "withheld": ("red", "cross", "red")
            case "cancelled": ("", "cross", "grey")
            default: ("", "text", "grey")
            }
        let what =
            notice.kind != .reminder
            ? words.text("appointment.notice.\(notice.isInvitationAgain ? "invitation" : notice.kind.rawValue)")
            : notice.daysBefore == 0
                ? words.text("appointment.notice.reminder.same-day")
                : words.count("appointment.notice.reminder", notice.daysBefore)
        let at = notice.state == "planned" ? notice.dueAt : notice.settledAt ?? notice.dueAt
        let key = notice.reason.map { "appointment.withheld.\($0)" }
        let why = key.flatMap { words.pages.catalogue.has($0) ? words.text($0) : notice.reason } ?? ""
        return View([
            "tone": .text(tone), "mark": .text(mark), "what": .text(what), "when": .text(words.moment(at, zone) ?? ""),
            "why": .text(why),
            "badge": .view(
                View([
                    "label": .text(words.text("appointment.notice.state.\(notice.state)")), "tone": .text(badge),
                    "icon": nil,
                ])),
        ])
    }

    // MARK: History

    private var timeline: [View] {
        var views: [View] = []
        var day: CivilDate?
        for event in shown.events {
            let local = zone.civil(at: event.occurredAt.microseconds)
            if local.date != day {
                views.append(View(["day": .text(words.dayHeading(local.date, today: visit.today)), "entry": nil]))
                day = local.date
            }
            views.append(View(["day": nil, "entry": .view(entry(event, at: local.time))]))
        }
        return views
    }

    private func entry(_ event: StoredEvent, at time: CivilTime) -> View {
        let name = String(event.kind.rawValue.split(separator: ".").last ?? "")
        let (tone, icon) =
            switch name {
            case "booked", "arrived", "completed", "confirmed": ("green", "calendar")
            case "cancelled", "no-show": ("red", "cross")
            case "moved": ("amber", "refresh")
            default: ("grey", "clock")
            }
        let by: String =
            switch event.actor {
            case .user(let user): shown.names[user]?.name ?? words.text("appointment.by.staff")
            case .patient: words.text("appointment.by.patient")
            case .apiKey: words.text("appointment.by.key")
            case .system: words.text("appointment.by.system")
            }
        let start = event.body["local_start"]?.string.flatMap(CivilDateTime.init(iso:))
        let more = [start.map { words.dates.dateTime($0, today: visit.today) }, words.askedFor(event, shown.askers)]
        return View([
            "tone": .text(tone), "icon": .text(icon), "link": nil,
            "title": .text(words.text("appointment.event.\(name)")),
            "stamp": .text(event.occurredAt.iso8601), "at": .text(words.dates.time(time)), "by": .text(by),
            "text": .text(more.compactMap { $0 }.joined(separator: " · ")),
        ])
    }
}
