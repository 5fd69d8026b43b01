import Kernel
import PeopleAPI
import StudioAPI
import TimeZones
import Vault
import Web

extension SchedulingWords {
    /// What can be done with a visit: the view of `appointments/actions`. Nil when nothing can, or not by this person.
    /// `askers`: who acts for the patient, where it can be said who asks.
    func actions(_ row: AppointmentRow, may: Bool, askers: [ActingProxy] = []) -> View? {
        guard may else { return nil }
        func allows(_ input: AppointmentInput) -> Bool {
            if case .changed = AppointmentMachine.apply(input, to: row.state(at: now)) { return true }
            return false
        }
        let inputs: [AppointmentInput] = [.confirm, .arrive, .complete, .move(external: false), .miss, .cancel]
        guard inputs.contains(where: allows) else { return nil }
        let cancelling = View([
            "action": .text("/appointments/\(row.id.text)/cancellation"),
            "askers": .optional(self.askers(askers)),
            "reasons": .views(
                CancellationReason.allCases.map {
                    View([
                        "value": .text($0.rawValue), "label": .text(text("appointment.cancel.reason.\($0.rawValue)")),
                    ])
                }),
        ])
        let isMissed = row.status == .noshow
        let explaining = View([
            "action": .text("/appointments/\(row.id.text)/no-show"),
            "reasons": .views(
                MissedReason.allCases.map {
                    View([
                        "value": .text($0.rawValue), "label": .text(missedReason($0.rawValue)),
                        "chosen": .flag($0.rawValue == row.missedReason),
                    ])
                }),
        ])
        // Before its day a visit is confirmed, on its day the patient is checked in: the next step is the primary one. Of
        // a missed visit that is another time.
        let isAhead = row.place.span.start > now.microseconds + 12 * 3_600_000_000
        return View([
            "id": .text(row.id.text), "mayConfirm": .flag(allows(.confirm)),
            "confirmFirst": .flag(isAhead && allows(.confirm)),
            "arriveFirst": .flag(!isMissed && (!isAhead || !allows(.confirm))), "mayArrive": .flag(allows(.arrive)),
            "mayComplete": .flag(allows(.complete)),
            "mayMove": .flag(allows(.move(external: false))), "mayMiss": .flag(allows(.miss)),
            "cancelling": .optional(allows(.cancel) ? cancelling : nil),
            "rebook": .optional(isMissed ? Self.rebooking(row) : nil),
            "explaining": .optional(isMissed ? explaining : nil),
        ])
    }

    /// Where another time is booked for the patient of a missed visit: of its kind, with whom and where it was.
    static func rebooking(_ row: AppointmentRow) -> String {
        var wish = BookingWish(FormFields())
        wish.patient = row.patient
        wish.visitType = row.place.visitType
        wish.practitioner = row.place.practitioner
        wish.location = row.place.location
        return wish.address
    }

    /// "Today, 8:40 AM to 9:20 AM"
    func span(_ visit: VisitWording) -> String {
        text(
            "appointment.span",
            [
                "day": Self.capitalized(visit.dates.relativeDate(visit.local.date, today: visit.today)),
                "from": visit.dates.time(visit.local.time), "to": visit.dates.time(visit.localEnd.time),
            ])
    }

    /// The chosen visit beside the schedule: the view of `appointments/card`.
    func card(_ row: AppointmentRow, _ zone: Zone, may: Bool) -> View {
        let visit = visit(row, zone)
        let state = Self.state(row)
        return View([
            "state": .text(state), "icon": .text(Self.icon(state)), "label": .text(label(state)),
            "href": .text("/appointments/\(row.id.text)"), "what": .text("\(visit.visitType), \(visit.practitioner)"),
            "when": .text(span(visit)), "where": .text(visit.locationName),
            "actions": .optional(actions(row, may: may)),
        ])
    }
}
