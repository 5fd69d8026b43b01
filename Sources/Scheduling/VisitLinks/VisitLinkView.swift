import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

/// The view of `visit-link/show`.
struct VisitLinkView {
    let area: Scheduling
    let request: WebRequest
    let linked: Scheduling.LinkedVisit
    let words: SchedulingWords
    let rules: LinkRules
    let wording: VisitWording
    /// What was written of the earlier time that is waited for, when it has to be looked at again.
    var earlier = EarlierWish()

    init(_ area: Scheduling, _ request: WebRequest, _ linked: Scheduling.LinkedVisit) throws {
        self.area = area
        self.request = request
        self.linked = linked
        words = try area.words(request)
        rules = try LinkRules(linked.row, area.desk, at: words.now, tenant: request.tenant)
        wording = words.visit(linked.row, try area.desk.plans.timeZones.zone(linked.row.place.zone))
    }

    private var row: AppointmentRow { linked.row }

    var view: View {
        let state = SchedulingWords.state(row)
        var view = area.selfFrame(
            words, request, title: "visit-link.\(state)", text: words.text("visit-link.\(state).text"))
        let isAhead = row.status.holdsTime
        view["said"] = .optional(said)
        view["visit"] = .view(Self.visit(wording, isShared: linked.isShared))
        view["belonging"] = .optional(
            linked.isShared
                ? nil : OwnBelongingView(words, of: row.place, wording.zone, linked.belonging).view)
        view["path"] = .text(linked.path)
        view["queue"] = .optional(
            row.status.holdsTime ? words.queue(linked.standing, wording.zone) : nil)
        view["late"] = .optional(
            linked.lateness.flatMap { row.status == .booked ? words.count("visit-link.late-is", $0.minutes) : nil })
        view["checkIn"] = .optional(CheckInRules.isOpen(row, type, at: words.now) ? checkIn : nil)
        view["mayConfirm"] = .flag(allows(.confirm))
        view["lateness"] = .optional(LatenessRules.mayBeSaid(of: row, at: words.now) ? lateness : nil)
        view["mayMove"] = .flag(rules.mayMove)
        let mayWait = Self.mayWait(linked, at: words.now)
        view["mayWait"] = .flag(mayWait)
        view["earlier"] = .optional(mayWait ? earlier.view(words, of: row.place) : nil)
        view["waiting"] = .flag(linked.isWaiting && isAhead)
        view["cancelling"] = .optional(rules.mayCancel ? cancelling : nil)
        view["call"] = .flag((row.status == .booked || row.status == .pending) && !rules.mayCancel)
        return view
    }

    private var type: VisitTypeDefinition? { words.plan.visitTypes[row.place.visitType] }

    private func allows(_ input: AppointmentInput) -> Bool {
        if case .changed = AppointmentMachine.apply(input, to: row.state(at: words.now)) { return true }
        return false
    }

    /// Who has a day or more to wait may want an earlier time; the one who waits already is told so.
    static func mayWait(_ linked: Scheduling.LinkedVisit, at now: Instant) -> Bool {
        linked.row.status == .booked && !linked.isWaiting
            && Instant(microseconds: linked.row.place.span.start) - now > .days(2)
    }

    /// What was just done, when it is so.
    private var said: String? {
        let isSo: Bool
        let key = request.query["said"] ?? ""
        switch key {
        case "moved": isSo = row.placement > 0 && row.status.holdsTime
        case "late": isSo = linked.lateness != nil
        case "waiting": isSo = linked.isWaiting
        case "refused":
            guard let refusal = SlotRefusal.allCases.first(where: { $0.told == request.query["why"] }) else {
                return nil
            }
            return words.text("visit-link.said.refused", ["reason": words.text("booking.told.\(refusal.told)")])
        case "call", "changed": isSo = true
        default: isSo = false
        }
        return isSo ? words.text("visit-link.said.\(key)") : nil
    }

    private var checkIn: View {
        View([
            "href": .text(linked.path + "/checkin"),
            "label": .text(words.text(linked.hasCheckedIn ? "visit-link.check-in.again" : "visit-link.check-in")),
        ])
    }

    private var lateness: View {
        View([
            "minutes": .views(
                LatenessRules.choices.map { minutes in
                    View([
                        "value": .number(minutes), "label": .text(words.count("appointment.minutes", minutes)),
                        "chosen": .flag(linked.lateness?.minutes == minutes),
                    ])
                })
        ])
    }

    private var cancelling: View {
        View([
            "lateWarning": .optional(rules.isLate ? words.text("visit-link.cancel.late") : nil),
            "reasons": .views(
                PatientReason.allCases.map { reason in
                    View([
                        "value": .text(reason.rawValue),
                        "label": .text(words.text("visit-link.reason.\(reason.rawValue)")),
                        "chosen": .flag(reason == .other),
                    ])
                }),
        ])
    }

    /// What the holder of a link is told of a visit; at a number that several share the time alone.
    static func visit(_ visit: VisitWording, isShared: Bool) -> View {
        let when = SchedulingWords.capitalized(isShared ? visit.when : visit.whenAndWhere)
        let place = visit.location.map { "\(visit.locationName), \($0.address.oneLine)" } ?? visit.locationName
        let prep = visit.configuration.visitTypes[visit.place.visitType]?.prep?[visit.language]
        let way = visit.location.map { "\($0.directions[visit.language]) \($0.parking[visit.language])" }
        return View([
            "when": .text(when), "what": .optional(isShared ? nil : visit.visitType),
            "who": .optional(isShared ? nil : visit.practitioner), "where": .optional(isShared ? nil : place),
            "way": .optional(isShared ? nil : way), "prep": .optional(isShared ? nil : prep),
        ])
    }
}

/// Times to choose from, by day: the view of `visit-link/slots`, for who moves a visit and for who books one.
struct TimesView {
    /// What one page shows.
    static let most = 40

    let words: SchedulingWords
    let slots: [OpenSlot]
    let today: CivilDate
    /// Names of people and places are left out.
    var isShared = false
    /// What speaks for each time, where it is told.
    var merits: [OpenSlot: [SlotMerit]] = [:]

    /// The last day that is shown, when there may be more.
    var last: CivilDate? { slots.count >= Self.most ? slots.last?.localStart.date : nil }

    var view: View {
        var days: [(date: CivilDate, slots: [OpenSlot])] = []
        for slot in slots.sorted(by: { ($0.span.start, $0.practitioner) < ($1.span.start, $1.practitioner) }) {
            if days.last?.date == slot.localStart.date {
                days[days.count - 1].slots.append(slot)
            } else {
                days.append((slot.localStart.date, [slot]))
            }
        }
        return View([
            "days": .views(
                days.map { day in
                    View([
                        "day": .text(SchedulingWords.capitalized(words.longDate(day.date, today: today))),
                        "slots": .views(day.slots.map(slot)),
                    ])
                }),
            "none": .optional(slots.isEmpty ? words.empty("self-times.none", icon: "calendar") : nil),
        ])
    }

    private func slot(_ slot: OpenSlot) -> View {
        View([
            "token": .text(BookingWish.token(slot)), "time": .text(words.dates.time(slot.localStart.time)),
            "who": .text(
                isShared ? "" : words.plan.practitioner(slot.practitioner)?.name.display ?? slot.practitioner),
            "why": .optional(merits[slot].flatMap(words.publicMerits)),
            "where": .text(isShared ? "" : words.plan.location(slot.location)?.name ?? slot.location),
        ])
    }
}
