package import Kernel
package import Scheduling
package import StudioAPI
package import TimeZones

/// The slot search written down as its rules say it: every minute of every day is asked every question. Slow on purpose,
/// and without a line of the fast one.
package struct SlowSlotFinder {
    package let locations: [LocationDefinition]
    package let practitioners: [PractitionerDefinition]
    package let resources: [ResourceDefinition]
    package var bookings: Bookings
    package var visitor: SlotVisitor
    package let now: Instant
    /// First and last local day.
    package var from: CivilDate
    package var to: CivilDate
    package let database: TimeZoneDatabase

    private static let minute: Int64 = 60_000_000

    package init(
        locations: [LocationDefinition], practitioners: [PractitionerDefinition], resources: [ResourceDefinition],
        bookings: Bookings, visitor: SlotVisitor, now: Instant, from: CivilDate, to: CivilDate,
        database: TimeZoneDatabase
    ) {
        self.locations = locations
        self.practitioners = practitioners
        self.resources = resources
        self.bookings = bookings
        self.visitor = visitor
        self.now = now
        self.from = from
        self.to = to
        self.database = database
    }

    package func slots(_ type: VisitTypeDefinition) throws -> [OpenSlot] {
        var found: [OpenSlot] = []
        var day = from
        while day <= to {
            var today: [OpenSlot] = []
            for practitioner in practitioners {
                for location in locations {
                    for minute in stride(from: 0, to: 1_440, by: type.startEvery) {
                        guard let time = CivilTime(hour: minute / 60, minute: minute % 60) else { continue }
                        let local = CivilDateTime(date: day, time: time)
                        if case .success(let slot) = try answer(type, practitioner, location, local) {
                            today.append(slot)
                        }
                    }
                }
            }
            found += today.sorted {
                ($0.span.start, $0.practitioner, $0.location) < ($1.span.start, $1.practitioner, $1.location)
            }
            day = day.adding(days: 1)
        }
        return found
    }

    /// The slot, or the first rule that it breaks.
    package func answer(
        _ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, _ location: LocationDefinition,
        _ local: CivilDateTime
    ) throws -> Result<OpenSlot, SlotRefusal> {
        let zone = try database.zone(location.zone)
        if let refusal = person(type, practitioner, location, local.date) { return .failure(refusal) }
        let start: Int64
        switch zone.resolve(local) {
        case .unique(let instant): start = instant
        case .overlap(let earlier, _): start = earlier
        case .gap: return .failure(.skippedByClocks)
        }
        let span = TimeSpan(start: start, end: start + length(type, practitioner))
        let moment = Moment(day: local.date, practitioner: practitioner, location: location, zone: zone)
        if !isOpen(start, moment, type) {
            if isOpen(start, moment, nil) { return .failure(.keptForOthers) }
            if !isOpenHouse(start, moment) { return .failure(.locationClosed) }
            return .failure(isOpen(start, moment, nil, absences: false) ? .practitionerAway : .noSession)
        }
        for minute in stride(from: span.start, to: span.end, by: 60_000_000) where !isOpen(minute, moment, type) {
            return .failure(.endsTooLate)
        }
        let clock = local.time.minutesOfDay
        if clock % type.startEvery != 0 { return .failure(.offStep) }
        if let starts = type.rules.startsWithin, clock < starts.from.minutes || clock >= starts.to.minutes {
            return .failure(.outsideStarts)
        }
        if start < now.microseconds + Int64(type.leadMinutes) * Self.minute { return .failure(.tooSoon) }
        let today = zone.civil(at: now.microseconds).date
        if today.days(until: local.date) > type.horizonDays { return .failure(.tooFar) }
        return try taken(type, moment, local, span)
    }

    // MARK: The person

    private func person(
        _ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition, _ location: LocationDefinition,
        _ day: CivilDate
    ) -> SlotRefusal? {
        if !practitioner.serviceLines.contains(type.serviceLine) { return .practitionerNotAllowed }
        if !type.practitioners.isEmpty, !type.practitioners.contains(practitioner.key) {
            return .practitionerNotAllowed
        }
        if !type.locations.isEmpty, !type.locations.contains(location.key) { return .locationNotAllowed }
        let rules = type.rules.eligibility
        if visitor.hasDied { return .deceased }
        if type.patients == .new, visitor.isEstablished == true { return .newOnly }
        if type.patients == .established, visitor.isEstablished == false { return .establishedOnly }
        if let sex = visitor.sex, sex != .unknown, !rules.sexes.isEmpty, !rules.sexes.contains(sex) {
            return .sexNotAllowed
        }
        if let payers = visitor.payers, !rules.payers.isEmpty, !rules.payers.contains(where: payers.contains) {
            return .payerNotAccepted
        }
        if rules.referral, visitor.hasReferral == false { return .referralNeeded }
        if let asking = rules.authorization?.payers, visitor.hasAuthorization == false,
            asking.isEmpty || asking.contains(where: { visitor.payers?.contains($0) ?? false })
        {
            return .authorizationNeeded
        }
        if let facts = visitor.facts, rules.facts.contains(where: { !facts.contains($0) }) { return .factsMissing }
        if visitor.isEstablished == false, !practitioner.acceptsNew { return .noNewPatients }
        if rules.referral, let last = visitor.referralUntil, last < day { return .referralNeeded }
        if let asking = rules.authorization?.payers, let days = visitor.authorizedDays,
            asking.isEmpty || asking.contains(where: { visitor.payers?.contains($0) ?? false }),
            day < days.lowerBound || day > days.upperBound
        {
            return .authorizationNeeded
        }
        guard let born = visitor.birthDate else { return nil }
        var years = day.year - born.year
        if day.month < born.month || (day.month == born.month && day.day < born.day) { years -= 1 }
        func isOutside(_ ages: AgeRange?) -> Bool {
            guard let ages else { return false }
            return years < ages.from ?? 0 || years >= ages.under ?? 1_000
        }
        if isOutside(rules.ages) { return .ageNotAllowed }
        return isOutside(practitioner.ages) ? .practitionerAge : nil
    }

    private func length(_ type: VisitTypeDefinition, _ practitioner: PractitionerDefinition) -> Int64 {
        let isHere = type.rules.groupSize == 1 && visitor.isEstablished == true
        for rule in type.rules.durations {
            if !rule.practitioners.isEmpty, !rule.practitioners.contains(practitioner.key) { continue }
            if rule.patients == .any || (rule.patients == .established) == isHere {
                return Int64(rule.minutes) * Self.minute
            }
        }
        return Int64(type.minutes) * Self.minute
    }

    // MARK: What is open

    private struct Moment {
        let day: CivilDate
        let practitioner: PractitionerDefinition
        let location: LocationDefinition
        let zone: Zone
    }

    private func covers(_ range: ClockRange, _ instant: Int64, _ moment: Moment) -> Bool {
        border(range.from, moment) <= instant && instant < border(range.to, moment)
    }

    private func isOpenHouse(_ instant: Int64, _ moment: Moment) -> Bool {
        moment.location.hours(on: DefinitionDate(moment.day)).contains { covers($0, instant, moment) }
    }

    /// Whether the practitioner sees such patients (nil: any) there in the minute that begins at an instant, by the hours
    /// of the day.
    private func isOpen(
        _ instant: Int64, _ moment: Moment, _ type: VisitTypeDefinition?, absences: Bool = true
    ) -> Bool {
        let date = DefinitionDate(moment.day)
        let practitioner = moment.practitioner
        guard isOpenHouse(instant, moment) else { return false }
        var open = practitioner.templates.contains { template in
            guard template.location == moment.location.key, template.applies(on: date),
                let range = template.range, covers(range, instant, moment)
            else { return false }
            guard let type, !template.visitTypes.isEmpty, !template.visitTypes.contains(type.key) else { return true }
            guard let release = template.releaseMinutes else { return false }
            return now.microseconds >= border(template.from, moment) - Int64(release) * Self.minute
        }
        for exception in practitioner.exceptions where exception.effect == .extra && exception.covers(date) {
            if exception.location == moment.location.key, let hours = exception.hours, covers(hours, instant, moment) {
                let types = exception.visitTypes
                if types.isEmpty || type.map({ types.contains($0.key) }) ?? true { open = true }
            }
        }
        guard open, absences else { return open }
        return !practitioner.exceptions.contains { exception in
            exception.effect == .away && exception.covers(date)
                && (exception.location ?? moment.location.key) == moment.location.key
                && (exception.hours.map { covers($0, instant, moment) } ?? true)
        }
    }

    private func border(_ time: ClockTime, _ moment: Moment) -> Int64 {
        let date = time.minutes == 1_440 ? moment.day.adding(days: 1) : moment.day
        let clock = CivilTime(hour: time.minutes / 60 % 24, minute: time.minutes % 60) ?? .midnight
        return moment.zone.firstInstant(atOrAfter: CivilDateTime(date: date, time: clock))
    }

    // MARK: What is taken

    private func taken(
        _ type: VisitTypeDefinition, _ moment: Moment, _ local: CivilDateTime, _ span: TimeSpan
    ) throws -> Result<OpenSlot, SlotRefusal> {
        let padded = TimeSpan(
            start: span.start - Int64(type.bufferBefore) * Self.minute,
            end: span.end + Int64(type.bufferAfter) * Self.minute)
        let away = (bookings.people[moment.practitioner.key]?.absences ?? []).filter { absence in
            absence.span.start < padded.end && padded.start < absence.span.end
        }
        if !away.isEmpty { return .failure(away.contains(where: \.isOfPlace) ? .closedThen : .absent) }
        let visits = bookings.people[moment.practitioner.key]?.visits ?? []
        let group = visits.first { visit in
            visit.seats != nil && visit.span == padded && visit.start == span.start
                && visit.place == StableKey.place(moment.location.key)
                && visit.visitType == StableKey.visitType(type.key)
        }
        var joins = false
        if type.rules.groupSize > 1, let seats = group?.seats {
            if seats >= type.rules.groupSize { return .failure(.groupFull) }
            let met = BookableResource.group(
                practitioner: moment.practitioner.key, visitType: type.key, location: moment.location.key,
                start: span.start)
            if bookings.groupsAway.contains(met.key) { return .failure(.thingClosed) }
            joins = true
        }
        if !joins {
            if let refusal = crowded(padded, visits, moment) { return .failure(refusal) }
            if let refusal = try limits(type, visits, moment) { return .failure(refusal) }
        }
        let uses: [ResourceUse]
        switch things(type, moment, span, joins: joins) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let chosen): uses = chosen
        }
        if bookings.patient.spans.contains(where: { $0.overlaps(span) }) { return .failure(.patientBusy) }
        return .success(
            OpenSlot(
                visitType: type.key, practitioner: moment.practitioner.key, location: moment.location.key,
                localStart: local, span: span, resources: uses, joinsGroup: joins))
    }

    private func crowded(_ padded: TimeSpan, _ visits: [BookedVisit], _ moment: Moment) -> SlotRefusal? {
        let here = StableKey.place(moment.location.key)
        for instant in stride(from: padded.start, to: padded.end, by: 60_000_000) {
            let there = visits.filter { $0.span.start <= instant && instant < $0.span.end }
            var more = 0
            for template in moment.practitioner.templates
            where template.location == moment.location.key && template.applies(on: DefinitionDate(moment.day)) {
                if let range = template.range, covers(range, instant, moment) { more = max(more, template.overbook) }
            }
            if there.count > more { return .practitionerBusy }
            if there.contains(where: { ($0.place ?? here) != here }) { return .practitionerBusy }
        }
        for visit in visits {
            guard let place = visit.place, place != here,
                let other = locations.first(where: { StableKey.place($0.key) == place })
            else { continue }
            let isBefore = visit.span.end <= padded.start
            let (from, to) = isBefore ? (other, moment.location) : (moment.location, other)
            let said = from.travel.first { $0.location == to.key } ?? to.travel.first { $0.location == from.key }
            let gap = isBefore ? padded.start - visit.span.end : visit.span.start - padded.end
            if gap < Int64(said?.minutes ?? 0) * Self.minute { return .noTimeToTravel }
        }
        return nil
    }

    private func limits(
        _ type: VisitTypeDefinition, _ visits: [BookedVisit], _ moment: Moment
    ) throws -> SlotRefusal? {
        func isToday(_ visit: BookedVisit) throws -> Bool {
            let place = locations.first { StableKey.place($0.key) == visit.place } ?? moment.location
            return try database.zone(place.zone).civil(at: visit.start).date == moment.day
        }
        // What is completed counts as well.
        let done = bookings.people[moment.practitioner.key]?.done ?? []
        let today = try (visits + done).filter(isToday)
        if let most = moment.practitioner.dailyLimit, today.count >= most { return .practitionerLimit }
        let key = StableKey.visitType(type.key)
        if let most = type.rules.limits.perPractitioner, today.filter({ $0.visitType == key }).count >= most {
            return .typeLimit
        }
        guard let most = type.rules.limits.perLocation else { return nil }
        let all = try bookings.people.values.flatMap { $0.visits + $0.done }.filter { visit in
            try visit.visitType == key && visit.place == StableKey.place(moment.location.key) && isToday(visit)
        }
        return all.count >= most ? .locationLimit : nil
    }

    // MARK: Rooms, devices, interpreters

    private func things(
        _ type: VisitTypeDefinition, _ moment: Moment, _ span: TimeSpan, joins: Bool
    ) -> Result<[ResourceUse], SlotRefusal> {
        typealias Wanted = (type: ResourceType, span: TimeSpan, things: [ResourceDefinition])
        let things = resources.filter { $0.locations.isEmpty || $0.locations.contains(moment.location.key) }
            .sorted {
                ($0.features.count, $0.languages.count, $0.key) < ($1.features.count, $1.languages.count, $1.key)
            }
        var wanted: [Wanted] = []
        for need in joins ? [] : type.rules.resources {
            let whole = TimeSpan(
                start: span.start - Int64(need.before) * Self.minute, end: span.end + Int64(need.after) * Self.minute)
            wanted.append(
                (
                    need.type, whole,
                    things.filter { thing in
                        thing.type == need.type && !need.features.contains { !thing.features.contains($0) }
                    }
                ))
        }
        if visitor.needsInterpreter, let language = visitor.language,
            !moment.practitioner.languages.contains(language)
        {
            wanted.append(
                (.interpreter, span, things.filter { $0.type == .interpreter && $0.languages.contains(language) }))
        }
        func refusal(_ type: ResourceType) -> SlotRefusal {
            type == .room ? .noRoom : type == .equipment ? .noEquipment : .noInterpreter
        }
        for want in wanted where !want.things.contains(where: { isFree($0, want.span, used: 0, moment) }) {
            let isClosed = want.things.contains { thing in
                (bookings.closed[thing.key] ?? []).contains {
                    $0.start < want.span.end && want.span.start < $0.end
                }
            }
            return .failure(isClosed ? .thingClosed : refusal(want.type))
        }
        // All choices, the first need's varying slowest.
        var choices: [[ResourceDefinition]] = [[]]
        for want in wanted { choices = choices.flatMap { choice in want.things.map { choice + [$0] } } }
        for choice in choices {
            let fits = zip(choice, wanted).enumerated().allSatisfy { index, pair in
                let used = choice.prefix(index).filter { $0.key == pair.0.key }.count
                return isFree(pair.0, pair.1.span, used: used, moment)
            }
            if fits { return .success(zip(choice, wanted).map { ResourceUse($0.key, $1.span) }) }
        }
        return .failure(refusal(wanted[wanted.count - 1].type))
    }

    private func isFree(_ thing: ResourceDefinition, _ span: TimeSpan, used: Int, _ moment: Moment) -> Bool {
        let taken = bookings.resources[thing.key]?.spans ?? []
        for instant in stride(from: span.start, to: span.end, by: 60_000_000) {
            if let hours = thing.hours,
                !hours[Weekday(of: moment.day)].contains(where: { covers($0, instant, moment) })
            {
                return false
            }
            for exception in thing.exceptions where exception.covers(DefinitionDate(moment.day)) {
                guard (exception.location ?? moment.location.key) == moment.location.key else { continue }
                if exception.hours.map({ covers($0, instant, moment) }) ?? true { return false }
            }
            let there = taken.filter { $0.start <= instant && instant < $0.end }.count
            if there + used >= thing.capacity { return false }
        }
        return true
    }
}
