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

    /// The same when it is only known when the practitioner is busy.
    package func whyNot(
        _ question: Question, busy: BusyTimes, patient: BusyTimes = .none, now: Instant
    ) throws(Fault) -> SlotRefusal? {
        try whyNot(question, Bookings([question.practitioner: busy], patient: patient), now: now)
    }

    /// Why a time is not offered; nil when it is. Says the same as `slots`, which a property test holds it to.
    ///
    /// Throws `schedule.unknown` for a visit type, practitioner or location that does not exist.
    package func whyNot(
        _ question: Question, _ bookings: Bookings, visitor: SlotVisitor = .unknown, now: Instant
    ) throws(Fault) -> SlotRefusal? {
        switch try choose(question, bookings, visitor: visitor, now: now) {
        case .failure(let refusal): refusal
        case .success: nil
        }
    }

    /// The slot at that place with what it would use, by all rules, or why there is none.
    package func choose(
        _ question: Question, _ bookings: Bookings, visitor: SlotVisitor = .unknown, now: Instant
    ) throws(Fault) -> Result<OpenSlot, SlotRefusal> {
        let type = try visitType(question)
        switch try candidate(question, type, visitor, now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let candidate):
            var judge = SlotJudge(plan: plan, type: type, visitor: visitor, bookings: bookings)
            return judge.judge(candidate, bookings.people[question.practitioner] ?? .none)
        }
    }

    /// The practitioner's time that a visit takes, buffers included.
    package static func padded(_ span: TimeSpan, _ type: VisitTypeDefinition) -> TimeSpan {
        TimeSpan(
            start: span.start - Int64(type.bufferBefore) * DayFrame.minute,
            end: span.end + Int64(type.bufferAfter) * DayFrame.minute)
    }

    /// The slot at that place by all rules but what is taken, or why there is none.
    package func place(
        _ question: Question, visitor: SlotVisitor = .unknown, now: Instant
    ) throws(Fault) -> Result<OpenSlot, SlotRefusal> {
        let type = try visitType(question)
        return try candidate(question, type, visitor, now).map { candidate in
            OpenSlot(
                visitType: type.key, practitioner: question.practitioner, location: question.location,
                localStart: question.localStart, span: candidate.span)
        }
    }

    /// Why the visit is not for this person, whatever the time.
    package func refusal(of visitor: SlotVisitor, _ question: Question) throws(Fault) -> SlotRefusal? {
        let type = try visitType(question)
        guard let person = plan.practitioner(question.practitioner) else { throw Self.unknown("practitioner") }
        return visitor.refusal(type) ?? visitor.refusal(person)
            ?? visitor.refusal(type, person, on: question.localStart.date)
    }

    private func visitType(_ question: Question) throws(Fault) -> VisitTypeDefinition {
        guard let type = plan.visitTypes[question.visitType] else { throw Self.unknown("visit_type") }
        return type
    }

    private func candidate(
        _ question: Question, _ type: VisitTypeDefinition, _ visitor: SlotVisitor, _ now: Instant
    ) throws(Fault) -> Result<SlotCandidate, SlotRefusal> {
        guard let person = plan.personIndex[question.practitioner] else { throw Self.unknown("practitioner") }
        guard let place = plan.placeIndex[question.location] else { throw Self.unknown("location") }
        let definition = plan.people[person].definition
        guard definition.mayDo(type) else { return .failure(.practitionerNotAllowed) }
        guard type.mayBe(at: plan.places[place].definition.key) else { return .failure(.locationNotAllowed) }
        let date = question.localStart.date
        if let refusal = visitor.refusal(type) ?? visitor.refusal(definition)
            ?? visitor.refusal(type, definition, on: date)
        {
            return .failure(refusal)
        }
        // Only this place's frame is ever asked for.
        let frame = DayFrame(zone: plan.places[place].zone, date: date)
        let frames = Array(repeating: frame, count: plan.zones.count)
        return candidate(person, at: place, question.localStart, type, visitor, frames, now)
    }

    /// The same for who may do the visit there, and may have it. `frames`: of the day, by zone.
    func candidate(
        _ personIndex: Int, at placeIndex: Int, _ localStart: CivilDateTime, _ type: VisitTypeDefinition,
        _ visitor: SlotVisitor, _ frames: [DayFrame], _ now: Instant
    ) -> Result<SlotCandidate, SlotRefusal> {
        let person = plan.people[personIndex]
        let place = plan.places[placeIndex]
        let frame = frames[place.zoneIndex]
        let minute = localStart.time.minutesOfDay
        guard localStart.time.second == 0 else { return .failure(.offStep) }
        guard let start = frame.instant(minute) else { return .failure(.skippedByClocks) }
        let length = Self.length(type, person.definition, visitor)
        let span = TimeSpan(start: start, end: start + length)
        if let refusal = refusal(person, placeIndex, type.key, frames, minute, span, now) { return .failure(refusal) }
        guard minute.isMultiple(of: type.startEvery) else { return .failure(.offStep) }
        guard Self.starts(type).contains(minute) else { return .failure(.outsideStarts) }
        guard start >= now.microseconds + Int64(type.leadMinutes) * DayFrame.minute else { return .failure(.tooSoon) }
        let today = place.zone.civil(at: now.microseconds).date
        guard today.days(until: localStart.date) <= type.horizonDays else { return .failure(.tooFar) }
        return .success(
            SlotCandidate(
                person: personIndex, place: placeIndex, frame: frame, minute: minute, span: span,
                padded: Self.padded(span, type)))
    }

    /// What the session rules have against it.
    private func refusal(
        _ person: SchedulePlan.Person, _ place: Int, _ visitType: String, _ frames: [DayFrame], _ minute: Int,
        _ span: TimeSpan, _ now: Instant
    ) -> SlotRefusal? {
        let frame = frames[plan.places[place].zoneIndex]
        let day = frame.date.daysSinceEpoch
        let weekday = frame.date.weekday - 1
        var sessions: [DaySession] = []
        func session(_ type: String?, absent: Bool = true) -> DaySession? {
            let pieces = plan.pieces(of: person, day: day, weekday: weekday, absent: absent)
            plan.sessions(pieces, of: person, visitType: type, now: now.microseconds, frames, into: &sessions) {
                $0 == place
            }
            return sessions.first { session in
                session.minutes.contains(minute) && frame.border(session.minutes.from) <= span.start
            }
        }
        if let session = session(visitType) {
            return span.end > frame.border(session.minutes.to) ? .endsTooLate : nil
        }
        if session(nil) != nil { return .keptForOthers }
        let hours = plan.places[place].hours(day: day, weekday: weekday)
        guard hours.contains(where: { $0.contains(minute) }) else { return .locationClosed }
        return session(nil, absent: false) == nil ? .noSession : .practitionerAway
    }

    static func unknown(_ field: String) -> Fault {
        Fault(
            .invalid, "schedule.unknown", "There is no such \(field.replacing("_", with: " ")).",
            remedy: "Use a key from the published definitions.", fields: [.init(field, "Not a known key.")])
    }
}
