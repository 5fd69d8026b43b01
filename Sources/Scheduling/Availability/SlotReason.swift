package import Kernel
package import StudioAPI
package import TimeZones

extension SlotFinder {
    /// A place in the calendar that somebody asks about.
    package struct Question: Sendable {
        package let visitType: String
        package let practitioner: String
        package let location: String
        package let localStart: CivilDateTime

        package init(visitType: String, practitioner: String, location: String, localStart: CivilDateTime) {
            self.visitType = visitType
            self.practitioner = practitioner
            self.location = location
            self.localStart = localStart
        }
    }

    /// Why a time is not offered; nil when it is. Says the same as `slots`, which a property test holds it to.
    ///
    /// Throws `schedule.unknown` for a visit type, practitioner or location that does not exist.
    package func whyNot(
        _ question: Question, busy: BusyTimes, patient: BusyTimes = .none, now: Instant
    ) throws(Fault) -> SlotRefusal? {
        switch try place(question, now: now) {
        case .failure(let refusal): return refusal
        case .success(let slot):
            guard let type = plan.visitTypes[question.visitType] else { return nil }
            if busy.overlaps(Self.padded(slot.span, type)) { return .practitionerBusy }
            return patient.overlaps(slot.span) ? .patientBusy : nil
        }
    }

    /// The time of the practitioner that a visit takes, buffers included.
    package static func padded(_ span: TimeSpan, _ type: VisitTypeDefinition) -> TimeSpan {
        TimeSpan(
            start: span.start - Int64(type.bufferBefore) * DayFrame.minute,
            end: span.end + Int64(type.bufferAfter) * DayFrame.minute)
    }

    /// The slot at that place by all rules but what is taken, or why there is none.
    package func place(_ question: Question, now: Instant) throws(Fault) -> Result<OpenSlot, SlotRefusal> {
        guard let type = plan.visitTypes[question.visitType] else { throw Self.unknown("visit_type") }
        guard let person = plan.personIndex[question.practitioner].map({ plan.people[$0] }) else {
            throw Self.unknown("practitioner")
        }
        guard let placeIndex = plan.placeIndex[question.location] else { throw Self.unknown("location") }
        let place = plan.places[placeIndex]
        guard person.definition.mayDo(type) else { return .failure(.practitionerNotAllowed) }
        guard type.mayBe(at: place.definition.key) else { return .failure(.locationNotAllowed) }
        let date = question.localStart.date
        let frame = DayFrame(zone: place.zone, date: date)
        let minute = question.localStart.time.minutesOfDay
        guard question.localStart.time.second == 0 else { return .failure(.offStep) }
        guard let start = frame.instant(minute) else { return .failure(.skippedByClocks) }
        let span = TimeSpan(start: start, end: start + Int64(type.minutes) * DayFrame.minute)
        if let refusal = refusal(person, placeIndex, type.key, frame, minute, span) { return .failure(refusal) }
        guard minute.isMultiple(of: type.startEvery) else { return .failure(.offStep) }
        guard start >= now.microseconds + Int64(type.leadMinutes) * DayFrame.minute else { return .failure(.tooSoon) }
        let today = place.zone.civil(at: now.microseconds).date
        guard today.days(until: date) <= type.horizonDays else { return .failure(.tooFar) }
        return .success(
            OpenSlot(
                visitType: type.key, practitioner: person.definition.key, location: place.definition.key,
                localStart: question.localStart, span: span))
    }

    /// What the session rules have against it.
    private func refusal(
        _ person: SchedulePlan.Person, _ place: Int, _ visitType: String, _ frame: DayFrame, _ minute: Int,
        _ span: TimeSpan
    ) -> SlotRefusal? {
        let day = frame.date.daysSinceEpoch
        let weekday = frame.date.weekday - 1
        var sessions: [DaySession] = []
        func session(_ person: SchedulePlan.Person, _ type: String?) -> DaySession? {
            plan.sessions(of: person, day: day, weekday: weekday, visitType: type, into: &sessions) { $0 == place }
            return sessions.first { session in
                session.minutes.from <= minute && minute < session.minutes.to
                    && frame.border(session.minutes.from) <= span.start
            }
        }
        if let session = session(person, visitType) {
            return span.end > frame.border(session.minutes.to) ? .endsTooLate : nil
        }
        if session(person, nil) != nil { return .keptForOthers }
        let hours = plan.places[place].hours(day: day, weekday: weekday)
        guard hours.contains(where: { $0.from <= minute && minute < $0.to }) else { return .locationClosed }
        let isThere = SchedulePlan.Person(
            definition: person.definition, week: person.week, extras: person.extras, absences: [])
        return session(isThere, nil) == nil ? .noSession : .practitionerAway
    }

    private static func unknown(_ field: String) -> Fault {
        Fault(
            .invalid, "schedule.unknown", "There is no such \(field.replacing("_", with: " ")).",
            remedy: "Use a key from the published definitions.", fields: [.init(field, "Not a known key.")])
    }
}
