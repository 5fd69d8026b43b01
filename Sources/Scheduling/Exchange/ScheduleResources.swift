import FHIR
import JSON
import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Vault

// What other systems read of the calendar in FHIR R4, and what they say back.
//
// - A Schedule is one practitioner's time at one place. Its id is the same for ever; a Slot's id is its Schedule, its
//   start and what it is for.
// - Free Slots are what the search offers somebody of whom nothing is known, one for each visit type that may begin then;
//   so they overlap. Busy ones are when the practitioner is taken there, without who has it or why; unavailable ones what
//   a recorded absence has of the sessions there, or the closing of a place.
// - An Appointment is a visit; its note, its need and how it was confirmed stay with us.
// - An AppointmentResponse that accepts confirms the visit; one that declines calls it off; a tentative one changes nothing.

/// One practitioner at one place.
struct ScheduleKey: Hashable, Sendable {
    let practitioner: String
    let location: String

    var id: String { Crockford.encode(StableKey.hash("schedule:\(practitioner):\(location)")) }
}

/// A Slot with its place in a list.
struct ListedSlot: Sendable {
    let slot: FHIRSlot
    /// Microseconds.
    let start: Int64
    /// Of its id, the same for ever.
    let number: Int64

    var order: (Int64, Int64) { (start, number) }

    init(_ slot: FHIRSlot, start: Int64) {
        self.slot = slot
        self.start = start
        number = StableKey.hash(slot.id)
    }
}

/// Writes what is stored as resources. Pure.
struct ScheduleResources: Sendable {
    let plan: SchedulePlan
    let configuration: Configuration
    let language: Language

    // MARK: Schedules

    /// All there are, by practitioner and place.
    var keys: [ScheduleKey] {
        plan.people.flatMap { person in
            Set(person.sessions.map(\.place)).sorted().map { place in
                ScheduleKey(practitioner: person.definition.key, location: plan.places[place].definition.key)
            }
        }
    }

    func key(id: String) -> ScheduleKey? { keys.first { $0.id == id } }

    /// What can be booked there.
    func types(_ key: ScheduleKey) -> [VisitTypeDefinition] {
        guard let person = plan.practitioner(key.practitioner) else { return [] }
        return plan.visitTypes.values.filter { person.mayDo($0) && $0.mayBe(at: key.location) }
            .sorted { $0.key < $1.key }
    }

    func schedule(_ key: ScheduleKey, now: Instant) -> FHIRSchedule? {
        guard let zone = plan.zone(ofLocation: key.location) else { return nil }
        let types = types(key)
        let today = zone.civil(at: now.microseconds).date
        let last = today.adding(days: (types.map(\.horizonDays).max() ?? 0) + 1)
        return FHIRSchedule(
            id: key.id, practitioner: practitioner(key.practitioner), location: location(key.location),
            serviceTypes: types.map { word($0.key) },
            horizon: (
                start: Self.instant(zone.startOfDay(today), zone), end: Self.instant(zone.startOfDay(last), zone)
            ))
    }

    // MARK: Slots

    func free(_ slot: OpenSlot) -> ListedSlot? {
        guard let zone = plan.zone(ofLocation: slot.location) else { return nil }
        let schedule = ScheduleKey(practitioner: slot.practitioner, location: slot.location).id
        let minute = slot.span.start / DayFrame.minute
        let resource = FHIRSlot(
            id: "\(schedule)-\(minute)-\(Crockford.encode(StableKey.visitType(slot.visitType)))", schedule: schedule,
            status: .free, start: Self.instant(slot.span.start, zone), end: Self.instant(slot.span.end, zone),
            serviceType: word(slot.visitType))
        return ListedSlot(resource, start: slot.span.start)
    }

    /// The times that are taken at the place between two moments.
    func busy(_ key: ScheduleKey, _ booked: BookedTimes, from: Int64, to: Int64) -> [ListedSlot] {
        let place = StableKey.place(key.location)
        let here = booked.visits.filter { $0.place == nil || $0.place == place }.map(\.span)
        return taken(key, BusyTimes(here).spans, .busy, from: from, to: to)
    }

    /// What recorded absences have of the sessions at the place between two moments.
    func away(_ key: ScheduleKey, _ booked: BookedTimes, from: Int64, to: Int64) -> [ListedSlot] {
        guard let zone = plan.zone(ofLocation: key.location), !booked.absences.isEmpty else { return [] }
        // They are kept in pieces.
        var absences: [TimeSpan] = []
        for span in booked.absences.map(\.span).sorted() {
            if let last = absences.last, span.start <= last.end {
                absences[absences.count - 1] = TimeSpan(start: last.start, end: max(last.end, span.end))
            } else {
                absences.append(span)
            }
        }
        let first = zone.civil(at: from).date.daysSinceEpoch - 1, last = zone.civil(at: to).date.daysSinceEpoch + 1
        let sessions = plan.offered(days: first..<last, practitioner: key.practitioner, location: key.location)
        let spans = sessions.flatMap { session in
            absences.filter { $0.overlaps(session.span) }.map {
                TimeSpan(start: max($0.start, session.span.start), end: min($0.end, session.span.end))
            }
        }
        return taken(key, spans, .busyUnavailable, from: from, to: to)
    }

    private func taken(
        _ key: ScheduleKey, _ spans: [TimeSpan], _ status: FHIRSlot.Status, from: Int64, to: Int64
    ) -> [ListedSlot] {
        guard let zone = plan.zone(ofLocation: key.location) else { return [] }
        return spans.filter { $0.end > from && $0.start < to }.map { span in
            let resource = FHIRSlot(
                id: "\(key.id)-\(span.start / DayFrame.minute)-\(status.rawValue)", schedule: key.id, status: status,
                start: Self.instant(span.start, zone), end: Self.instant(span.end, zone), serviceType: nil)
            return ListedSlot(resource, start: span.start)
        }
    }

    // MARK: Appointments

    func appointment(_ row: AppointmentRow, zone: Zone, referral: ID<Referral>?) -> FHIRVisit {
        let place = row.place
        let (patient, practitioner) = Self.answers(row)
        var resource = FHIRVisit(
            id: row.id.text, version: row.version, status: row.status.rawValue,
            start: Self.instant(place.span.start, zone), end: Self.instant(place.span.end, zone),
            minutes: place.minutes, created: Self.instant(row.createdAt.microseconds, zone),
            participants: [
                .init(FHIRActor(type: "Patient", id: row.patient.text), patient),
                .init(self.practitioner(place.practitioner), practitioner),
                .init(location(place.location), .accepted),
            ])
        resource.serviceType = word(place.visitType)
        if let type = configuration.known(visitType: place.visitType)?.appointmentType {
            resource.appointmentType = FHIRWord(
                system: FHIRSystem.appointmentType, code: type.rawValue, text: Self.words[type] ?? type.rawValue)
        }
        if row.status == .cancelled { resource.cancellation = Self.cancellation(row.cancelReason) }
        if row.status == .noshow { resource.cancellation = row.missedReason.flatMap(Self.absence) }
        if let referral { resource.basedOn = [FHIRActor(type: "ServiceRequest", id: referral.text)] }
        return resource
    }

    /// What patient and practitioner have said.
    private static func answers(
        _ row: AppointmentRow
    ) -> (patient: FHIRVisit.Answer, practitioner: FHIRVisit.Answer) {
        switch row.status {
        case .pending: (row.confirmedAt == nil ? .needsAction : .accepted, .needsAction)
        case .booked: (row.confirmedAt == nil ? .needsAction : .accepted, .accepted)
        case .arrived, .fulfilled, .noshow: (.accepted, .accepted)
        case .cancelled:
            switch row.cancelReason {
            case "practitioner", "external-declined": (.accepted, .declined)
            case .some(let code) where CancellationCode.isPatients(code): (.declined, .accepted)
            case .some, nil: (.accepted, .accepted)
            }
        }
    }

    private static func cancellation(_ reason: String?) -> FHIRWord {
        let (code, text) =
            switch reason {
            case "practitioner", "external-declined": ("prov", "Provider")
            case .some(let kept) where CancellationCode.isPatients(kept): patient(CancellationCode.said(kept))
            case .some, nil: ("other", "Other")
            }
        return FHIRWord(system: FHIRSystem.cancellation, code: code, text: text)
    }

    /// FHIR says why somebody did not come in the same place.
    private static func absence(_ reason: String) -> FHIRWord? {
        let (code, text) =
            switch MissedReason(rawValue: reason) {
            case .transport: ("pat-lt", "Patient: Lack of Transportation")
            case .weather: ("oth-weath", "Other: Weather")
            case .unwell, .calledAfter: ("pat", "Patient")
            case .other, .unknown, nil: ("other", "Other")
            }
        return FHIRWord(system: FHIRSystem.cancellation, code: code, text: text)
    }

    /// HL7 tells some of what a patient says apart.
    private static func patient(_ said: PatientReason?) -> (code: String, text: String) {
        switch said {
        case .better: ("pat-fb", "Patient: Feeling Better")
        case .ride: ("pat-lt", "Patient: Lack of Transportation")
        case .sick, .work, .other, nil: ("pat", "Patient")
        }
    }

    /// As the table of HL7 says them.
    private static let words: [AppointmentTypeCode: String] = [
        .checkup: "A routine check-up, such as an annual physical", .emergency: "Emergency appointment",
        .followUp: "A follow up visit from a previous appointment",
        .routine: "Routine appointment - default if not valued",
        .walkIn: "A previously unscheduled walk-in visit",
    ]

    // MARK: Parts

    private func practitioner(_ key: String) -> FHIRActor {
        FHIRActor(
            type: "Practitioner", id: key, display: configuration.known(practitioner: key)?.name.display)
    }

    private func location(_ key: String) -> FHIRActor {
        FHIRActor(type: "Location", id: key, display: configuration.known(location: key)?.name)
    }

    private func word(_ visitType: String) -> FHIRWord {
        FHIRWord(
            system: FHIRSystem.visitType, code: visitType,
            text: configuration.known(visitType: visitType)?.names[language] ?? visitType)
    }

    /// `2026-11-30T09:40:00-07:00`
    static func instant(_ micros: Int64, _ zone: Zone) -> String {
        let seconds = zone.offset(at: micros)
        let offset = abs(seconds) / 60
        let local = zone.civil(at: micros)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let time = "\(two(local.time.hour)):\(two(local.time.minute)):\(two(local.time.second))"
        return "\(local.date.iso)T\(time)\(seconds < 0 ? "-" : "+")\(two(offset / 60)):\(two(offset % 60))"
    }
}
