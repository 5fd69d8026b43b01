import StudioAPI
import TimeZones

/// A visit at a place of the calendar that keeps every rule but those of what is taken.
struct SlotCandidate {
    let person: Int
    let place: Int
    let frame: DayFrame
    let minute: Int
    let span: TimeSpan
    /// With buffers.
    let padded: TimeSpan
}

/// Holds candidates of one visit type against what is taken. The search and "why not" both ask it.
struct SlotJudge {
    /// Something that the visit needs beside its practitioner.
    private struct Need {
        let type: ResourceType
        let before: Int64
        let after: Int64
        /// Indices of the things that could serve, best first.
        let things: [Int]
    }

    let plan: SchedulePlan
    let type: VisitTypeDefinition
    let visitor: SlotVisitor
    let bookings: Bookings
    private let visitType: Int64
    private var needs: [Int: [Need]] = [:]
    private var interpreters: [Int: [Int]] = [:]
    private var limits: DayLimits

    init(plan: SchedulePlan, type: VisitTypeDefinition, visitor: SlotVisitor, bookings: Bookings) {
        self.plan = plan
        self.type = type
        self.visitor = visitor
        self.bookings = bookings
        visitType = StableKey.visitType(type.key)
        limits = DayLimits(plan: plan, type: type, bookings: bookings)
    }

    /// `isFree`: when it is known already that the practitioner has nothing else then.
    mutating func judge(
        _ candidate: SlotCandidate, _ booked: BookedTimes, isFree: Bool = false
    ) -> Result<OpenSlot, SlotRefusal> {
        // Nobody joins a group either that cannot meet.
        if let refusal = absence(candidate, booked) { return .failure(refusal) }
        var joins = false
        if type.rules.groupSize > 1, let group = group(candidate, booked) {
            if group >= type.rules.groupSize { return .failure(.groupFull) }
            if isAway(candidate) { return .failure(.thingClosed) }
            joins = true
        } else if let refusal = practitioner(candidate, booked, isFree: isFree) ?? limits.refusal(candidate, booked) {
            return .failure(refusal)
        }
        let uses: [ResourceUse]
        switch things(candidate, joins: joins) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let chosen): uses = chosen
        }
        if bookings.patient.overlaps(candidate.span) { return .failure(.patientBusy) }
        return .success(
            OpenSlot(
                visitType: type.key, practitioner: plan.people[candidate.person].definition.key,
                location: plan.places[candidate.place].definition.key,
                localStart: candidate.frame.local(candidate.minute), span: candidate.span, resources: uses,
                joinsGroup: joins))
    }

    // MARK: The practitioner

    /// How many patients the group has that meets there and then; nil: there is none.
    private func group(_ candidate: SlotCandidate, _ booked: BookedTimes) -> Int? {
        booked.meeting(candidate.padded).first { visit in
            visit.seats != nil && visit.visitType == visitType && visit.place == plan.places[candidate.place].number
                && visit.start == candidate.span.start && visit.span == candidate.padded
        }?.seats
    }

    /// Whether a room or a device of the group that meets there and then is away or closed.
    private func isAway(_ candidate: SlotCandidate) -> Bool {
        if bookings.groupsAway.isEmpty { return false }
        let group = BookableResource.group(
            practitioner: plan.people[candidate.person].definition.key, visitType: type.key,
            location: plan.places[candidate.place].definition.key, start: candidate.span.start)
        return bookings.groupsAway.contains(group.key)
    }

    private func absence(_ candidate: SlotCandidate, _ booked: BookedTimes) -> SlotRefusal? {
        if booked.absences.isEmpty { return nil }
        let met = booked.absences.filter { $0.span.overlaps(candidate.padded) }
        return met.isEmpty ? nil : met.contains(where: \.isOfPlace) ? .closedThen : .absent
    }

    private func practitioner(_ candidate: SlotCandidate, _ booked: BookedTimes, isFree: Bool) -> SlotRefusal? {
        if !isFree {
            let more = plan.overbooked(
                plan.people[candidate.person], at: candidate.place, day: candidate.frame.date.daysSinceEpoch,
                weekday: candidate.frame.date.weekday - 1, candidate.frame)
            if more.isEmpty {
                if booked.busy.overlaps(candidate.padded) { return .practitionerBusy }
            } else if isFull(candidate.padded, booked.stretches, more) {
                return .practitionerBusy
            }
        }
        guard plan.longestTravel > 0 || plan.people[candidate.person].overbooks else { return nil }
        let here = plan.places[candidate.place].number
        let reach = plan.longestTravel
        let near = TimeSpan(start: candidate.padded.start - reach, end: candidate.padded.end + reach)
        var refusal: SlotRefusal?
        for visit in booked.meeting(near) {
            guard let place = visit.place, place != here else { continue }
            if visit.span.overlaps(candidate.padded) { return .practitionerBusy }
            guard reach > 0, let there = plan.placeNumbers[place] else { continue }
            let gap =
                visit.span.end <= candidate.padded.start
                ? candidate.padded.start - visit.span.end - plan.way(from: there, to: candidate.place)
                : visit.span.start - candidate.padded.end - plan.way(from: candidate.place, to: there)
            if gap < 0 { refusal = .noTimeToTravel }
        }
        return refusal
    }

    /// Whether at some moment there are as many visits as the templates let overlap.
    private func isFull(
        _ span: TimeSpan, _ stretches: Occupancy, _ more: [(span: TimeSpan, more: Int)]
    ) -> Bool {
        let met = stretches.meeting(span)
        if met.isEmpty { return false }
        let borders = Set([span.start, span.end] + more.flatMap { [$0.span.start, $0.span.end] })
            .filter { span.start <= $0 && $0 <= span.end }.sorted()
        return zip(borders, borders.dropFirst()).contains { start, end in
            let part = TimeSpan(start: start, end: end)
            let allowed = more.filter { $0.span.overlaps(part) }.map(\.more).max() ?? 0
            return Occupancy.peak(met.filter { $0.overlaps(part) }, in: part) > allowed
        }
    }

    // MARK: Rooms, devices, interpreters

    private mutating func things(
        _ candidate: SlotCandidate, joins: Bool
    ) -> Result<[ResourceUse], SlotRefusal> {
        var wanted = joins ? [] : needs(at: candidate.place)
        if let language = visitor.interpreted(by: plan.people[candidate.person].definition) {
            wanted.append(
                Need(type: .interpreter, before: 0, after: 0, things: interpreters(at: candidate.place, language)))
        }
        return choose(wanted, candidate)
    }

    /// The interpreter alone, for a time that is held already.
    mutating func interpreter(_ candidate: SlotCandidate, _ language: String) -> Result<ResourceUse, SlotRefusal> {
        let need = Need(type: .interpreter, before: 0, after: 0, things: interpreters(at: candidate.place, language))
        return choose([need], candidate).flatMap { uses in
            uses.first.map(Result.success) ?? .failure(.noInterpreter)
        }
    }

    private func choose(_ wanted: [Need], _ candidate: SlotCandidate) -> Result<[ResourceUse], SlotRefusal> {
        if wanted.isEmpty { return .success([]) }
        var options: [(span: TimeSpan, free: [(thing: Int, places: Int)])] = []
        for need in wanted {
            let span = TimeSpan(start: candidate.span.start - need.before, end: candidate.span.end + need.after)
            let free = free(need, candidate, span)
            if free.isEmpty {
                let isClosed = need.things.contains { index in
                    bookings.closed[plan.things[index].definition.key]?.contains { $0.overlaps(span) } ?? false
                }
                return .failure(isClosed ? .thingClosed : Self.refusal(need.type))
            }
            options.append((span, free))
        }
        var chosen: [Int] = []
        guard Self.choose(options.map(\.free), &chosen) else {
            return .failure(Self.refusal(wanted[wanted.count - 1].type))
        }
        return .success(
            zip(chosen, options).map { ResourceUse(plan.things[$0].definition.key, $1.span) })
    }

    private func free(
        _ need: Need, _ candidate: SlotCandidate, _ span: TimeSpan
    ) -> [(thing: Int, places: Int)] {
        need.things.compactMap { index in
            let thing = plan.things[index]
            guard isUsable(thing, candidate, span) else { return nil }
            let taken = bookings.resources[thing.definition.key]?.peak(in: span) ?? 0
            let places = thing.definition.capacity - taken
            return places > 0 ? (index, places) : nil
        }
    }

    /// What is free from a moment on of what a visit needs.
    mutating func rest(of candidate: SlotCandidate, from now: Int64, _ late: LateNeeds) -> LateThings {
        var wanted = late.joinsGroup ? [] : needs(at: candidate.place)
        let ofType = wanted.count
        if let language = late.interpreting {
            wanted.append(
                Need(type: .interpreter, before: 0, after: 0, things: interpreters(at: candidate.place, language)))
        }
        var found: [(need: Int, span: TimeSpan, free: [(thing: Int, places: Int)])] = []
        var chosen: [Int] = []
        var missing: [ResourceType] = []
        for (index, need) in wanted.enumerated() {
            let span = TimeSpan(
                start: max(candidate.span.start - need.before, now), end: candidate.span.end + need.after)
            guard span.start < span.end else { continue }
            let free = free(need, candidate, span)
            let isHad = { [plan] (option: (thing: Int, places: Int)) in
                late.had.contains(plan.things[option.thing].definition.key)
            }
            let options = free.filter(isHad) + free.filter { !isHad($0) }
            var next: [Int] = []
            if Self.choose(found.map(\.free) + [options], &next) {
                found.append((index, span, options))
                chosen = next
            } else if !missing.contains(need.type) {
                missing.append(need.type)
            }
        }
        let uses = zip(found, chosen).map { option, thing in
            (option.need, ResourceUse(plan.things[thing].definition.key, option.span))
        }
        return LateThings(
            ofType: uses.filter { $0.0 < ofType }.map(\.1), interpreter: uses.first { $0.0 == ofType }?.1,
            missing: missing)
    }

    /// The first choice, need by need, in which nothing is used by more than it has places for.
    private static func choose(_ options: [[(thing: Int, places: Int)]], _ chosen: inout [Int]) -> Bool {
        if chosen.count == options.count { return true }
        for option in options[chosen.count] {
            let used = chosen.reduce(0) { $0 + ($1 == option.thing ? 1 : 0) }
            guard used < option.places else { continue }
            chosen.append(option.thing)
            if choose(options, &chosen) { return true }
            chosen.removeLast()
        }
        return false
    }

    private static func refusal(_ type: ResourceType) -> SlotRefusal {
        switch type {
        case .room: .noRoom
        case .equipment: .noEquipment
        case .interpreter: .noInterpreter
        }
    }

    private mutating func needs(at place: Int) -> [Need] {
        if let known = needs[place] { return known }
        let key = plan.places[place].definition.key
        let made = type.rules.resources.map { need in
            Need(
                type: need.type, before: Int64(need.before) * DayFrame.minute,
                after: Int64(need.after) * DayFrame.minute,
                things: plan.things.indices.filter { plan.things[$0].definition.serves(need, at: key) })
        }
        needs[place] = made
        return made
    }

    private mutating func interpreters(at place: Int, _ language: String) -> [Int] {
        if let known = interpreters[place] { return known }
        let key = plan.places[place].definition.key
        let made = plan.things.indices.filter { index in
            let thing = plan.things[index].definition
            return thing.type == .interpreter && thing.mayBe(at: key)
                && thing.languages.contains { SlotVisitor.isSame($0, language) }
        }
        interpreters[place] = made
        return made
    }

    /// Whether its hours of the visit's day cover the span, and none of its absences of that day touch it.
    private func isUsable(_ thing: SchedulePlan.Thing, _ candidate: SlotCandidate, _ span: TimeSpan) -> Bool {
        let frame = candidate.frame
        if let week = thing.week {
            var covered = span.start
            for range in week[frame.date.weekday - 1] {
                let open = frame.border(range)
                if open.start <= covered { covered = max(covered, open.end) }
            }
            if covered < span.end { return false }
        }
        let day = frame.date.daysSinceEpoch
        return !thing.absences.contains { absence in
            absence.firstDay <= day && day <= absence.lastDay
                && (absence.place.map { $0 == candidate.place } ?? true)
                && (absence.allDay || frame.border(absence.minutes).overlaps(span))
        }
    }
}

extension SlotFinder {
    /// An interpreter for somebody who needs one, in a time that is held.
    func interpreter(
        for visitor: SlotVisitor, _ question: Question, _ span: TimeSpan, _ bookings: Bookings
    ) -> Result<ResourceUse, SlotRefusal> {
        guard let type = plan.visitTypes[question.visitType], let person = plan.personIndex[question.practitioner],
            let place = plan.placeIndex[question.location],
            let language = visitor.interpreted(by: plan.people[person].definition)
        else { return .failure(.noInterpreter) }
        let candidate = SlotCandidate(
            person: person, place: place,
            frame: DayFrame(zone: plan.places[place].zone, date: question.localStart.date),
            minute: question.localStart.time.minutesOfDay, span: span, padded: span)
        var judge = SlotJudge(plan: plan, type: type, visitor: visitor, bookings: bookings)
        return judge.interpreter(candidate, language)
    }
}
