import Kernel
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// A visit that somebody wants a time for.
struct TimeWish {
    let question: SlotFinder.Question
    let visitor: SlotVisitor
    /// The primary record of who comes; nil: nobody is named yet.
    let patient: ID<Patient>?
    /// Owners whose time is given up before the new one is taken.
    var ignoring: Set<Int64> = []
    /// A visit that is to be moved there, and what it has and keeps until it has moved.
    var moving: Int64?
    var had: [TimeClaim] = []

    /// What has to be asked first.
    func missingFacts(_ plan: SchedulePlan) -> [String] {
        plan.visitTypes[question.visitType].map(visitor.missingFacts) ?? []
    }
}

/// A time that was found free, with all that it takes.
struct ChosenTime {
    let slot: OpenSlot
    let claims: [TimeClaim]
    /// Those who have to give it up: holds that ran out, groups without anybody.
    let over: Set<Int64>
    fileprivate let taken: [TakenInterval]
}

/// Taking time: what is read first, and what is then written.
enum TimeTaking {
    // MARK: By the rules

    /// The time with its rooms, devices and interpreters, by all rules. A refused booking has changed nothing.
    static func choose(_ wish: TimeWish, desk: SchedulingDesk, in context: CommandContext) throws -> ChosenTime {
        let plan = try desk.plans.plan(of: context.caller.tenant)
        let finder = SlotFinder(plan)
        let open: OpenSlot
        switch try finder.place(wish.question, visitor: wish.visitor, now: context.now) {
        case .failure(let refusal): throw BookingRules.refused(refusal, missing: wish.missingFacts(plan))
        case .success(let slot): open = slot
        }
        guard let type = plan.visitTypes[open.visitType], let person = plan.practitioner(open.practitioner) else {
            throw Fault.notFound("visit-type")
        }
        let reach = plan.reach(of: type, person, open)
        if !reach.turns.isEmpty { try IntervalStore.takeTurn(reach.turns, in: context.transaction) }
        let around = try Around(wish, type, person, reach, plan, in: context.transaction)
        let times = around.times
        let over = times.over(at: context.now).union(times.left(by: wish.ignoring, at: context.now))
        let slot: OpenSlot
        switch try around.judge(wish, finder, at: context.now, in: context.transaction) {
        case .failure(let refusal): throw BookingRules.refused(refusal, missing: wish.missingFacts(plan))
        case .success(let chosen): slot = chosen
        }
        let claims = plan.claims(slot, type, patient: wish.patient).flatMap { $0.without(wish.had) }
        let inTheWay = times.rows.filter { row in
            over.contains(row.owner) && claims.contains { $0.resource == row.resource && $0.span.overlaps(row.span) }
        }
        var gone = Set(inTheWay.map(\.owner))
        // Places that holds ran out on: of groups that nobody is in any more, and of the one that is joined.
        let emptied = gone.union(claims.filter(\.isSeat).map(\.resource))
        gone.formUnion(
            times.seats.filter { emptied.contains($0.resource) && $0.isOver(at: context.now) }.map(\.owner))
        let standing = (times.rows + times.seats).filter {
            !gone.contains($0.owner) && !wish.ignoring.contains($0.owner)
        }
        return ChosenTime(slot: slot, claims: claims, over: gone, taken: standing)
    }

    /// Why the time could not be chosen now; nil: it could. Nothing is written and nobody is waited for, so it may be
    /// over a moment later. `countingHolds`: false where a time that is only held is as good as free.
    static func refusal(
        of wish: TimeWish, countingHolds: Bool = true, desk: SchedulingDesk, tenant: ID<Tenant>, at now: Instant,
        in transaction: any Transaction
    ) throws -> SlotRefusal? {
        let plan = try desk.plans.plan(of: tenant)
        let finder = SlotFinder(plan)
        let open: OpenSlot
        switch try finder.place(wish.question, visitor: wish.visitor, now: now) {
        case .failure(let refusal): return refusal
        case .success(let slot): open = slot
        }
        guard let type = plan.visitTypes[open.visitType], let person = plan.practitioner(open.practitioner) else {
            throw Fault.notFound("visit-type")
        }
        let around = try Around(wish, type, person, plan.reach(of: type, person, open), plan, in: transaction)
        let held = countingHolds ? [] : around.times.held
        switch try around.judge(wish, finder, ignoring: held, at: now, in: transaction) {
        case .failure(let refusal): return refusal
        case .success: return nil
        }
    }

    /// What a visit's rules look at around it.
    private struct Around {
        let plan: SchedulePlan
        let type: VisitTypeDefinition
        let span: TimeSpan
        let people: [PractitionerDefinition]
        let things: [ResourceDefinition]
        let times: TakenTimes

        init(
            _ wish: TimeWish, _ type: VisitTypeDefinition, _ person: PractitionerDefinition,
            _ reach: SchedulePlan.Reach, _ plan: SchedulePlan, in transaction: any Transaction
        ) throws {
            self.plan = plan
            self.type = type
            span = reach.span
            people = reach.isWholePlace ? plan.practitioners : [person]
            things = plan.resources(for: type, interpreted: wish.visitor.interpreted(by: person) != nil)
            var resources = people.map { BookableResource.practitioner($0.key) } + things.map { .thing($0.key) }
            if let patient = wish.patient { resources.append(.patient(patient)) }
            times = try TakenTimes.read(resources, from: span.start, to: span.end, in: transaction)
        }

        /// The slot by all rules, or why there is none.
        func judge(
            _ wish: TimeWish, _ finder: SlotFinder, ignoring more: Set<Int64> = [], at now: Instant,
            in transaction: any Transaction
        ) throws -> Result<OpenSlot, SlotRefusal> {
            // Who is the only one of a group gives up all that it has.
            let left = times.left(by: wish.ignoring, at: now)
            var bookings = times.bookings(
                plan, people: people, things: things, patient: wish.patient?.raw,
                ignoring: wish.ignoring.union(wish.moving.map { [$0] } ?? []).union(more).union(left), at: now)
            try bookings.addDone(plan, [type], of: people, from: span.start, to: span.end, at: now, in: transaction)
            let chosen = try finder.choose(wish.question, bookings, visitor: wish.visitor, now: now)
            // A group keeps what it has, also what its type asks for no more, at which nobody has looked above.
            guard case .success(let slot) = chosen, slot.joinsGroup,
                try IntervalStore.isAway(group: slot.group.key, in: transaction)
            else { return chosen }
            return .failure(.thingClosed)
        }
    }

    /// Takes what was chosen. When another transaction was faster it looks again, a few times. The time that `wish` ignores
    /// has to be free by now, but for what it had.
    static func take(
        _ first: ChosenTime, for wish: TimeWish, owner: Int64, patient: ID<Patient>?, expires: Instant? = nil,
        desk: SchedulingDesk, in context: CommandContext
    ) throws -> OpenSlot {
        var chosen = first
        for attempt in 1...BookingRules.mostTries {
            if try write(chosen, owner: owner, patient: patient, expires: expires, in: context) { return chosen.slot }
            if attempt < BookingRules.mostTries { chosen = try choose(wish, desk: desk, in: context) }
        }
        throw BookingRules.taken
    }

    /// False: somebody was faster, and nothing was taken.
    private static func write(
        _ chosen: ChosenTime, owner: Int64, patient: ID<Patient>?, expires: Instant?, in context: CommandContext
    ) throws -> Bool {
        for hold in chosen.over.filter({ $0 > 0 }).sorted() {
            try IntervalStore.freeExpired(hold, at: context.now, in: context.transaction)
        }
        for group in chosen.over.filter({ $0 < 0 }).sorted() {
            try IntervalStore.dissolve(group, in: context.transaction)
        }
        if chosen.slot.joinsGroup, let seat = chosen.claims.first(where: \.isSeat) {
            guard try IntervalStore.lock(group: seat.resource, in: context.transaction),
                try !IntervalStore.isAway(group: seat.resource, in: context.transaction)
            else { return false }
        }
        var taken = chosen.taken
        var placed: [TimeClaim] = []
        for claim in chosen.claims {
            guard let parts = claim.placed(among: taken) else { return false }
            placed += parts
            taken += parts.map { TakenInterval($0, owner: owner) }
        }
        return try IntervalStore.take(
            placed, owner: owner, patient: patient, expires: expires, in: context.transaction)
    }

    // MARK: As it is said

    /// Throws when somebody has the time; otherwise the holds that are over and have to give it up. Reads only, so that a
    /// refused booking has changed nothing.
    static func inTheWay(
        _ claims: [TimeClaim], ignoring owners: Set<Int64> = [], in context: CommandContext
    ) throws -> Set<Int64> {
        var over: Set<Int64> = []
        for taken in try IntervalStore.conflicts(claims, in: context.transaction) where !owners.contains(taken.owner) {
            // Patients' resources are positive: see `BookableResource.key`.
            guard taken.isOver(at: context.now) else {
                throw taken.resource > 0 ? BookingRules.patientBusy : BookingRules.taken
            }
            over.insert(taken.owner)
        }
        return over
    }

    /// Takes the time of claims that `inTheWay` found free.
    static func take(
        _ claims: [TimeClaim], from over: Set<Int64>, owner: Int64, patient: ID<Patient>?, expires: Instant? = nil,
        in context: CommandContext
    ) throws {
        for hold in over.sorted() {
            try IntervalStore.freeExpired(hold, at: context.now, in: context.transaction)
        }
        guard
            try IntervalStore.take(claims, owner: owner, patient: patient, expires: expires, in: context.transaction)
        else { throw BookingRules.taken }
    }
}

extension SchedulePlan {
    /// How far round a visit its rules look.
    struct Reach {
        let span: TimeSpan
        /// Whether they count what everybody at the place has.
        let isWholePlace: Bool
        /// Whose counts nobody else may change meanwhile.
        let turns: [BookableResource]
    }

    func reach(of type: VisitTypeDefinition, _ person: PractitionerDefinition, _ slot: OpenSlot) -> Reach {
        let limits = type.rules.limits
        var turns: [BookableResource] = []
        let places = Set(person.templates.map(\.location)).union(person.exceptions.compactMap(\.location))
        // Where visits may overlap, the lane of one does not keep away another at another place.
        let overbooks = person.templates.contains { $0.overbook > 0 }
        if person.dailyLimit != nil || limits.perPractitioner != nil
            || (places.count > 1 && (longestTravel > 0 || overbooks))
        {
            turns.append(.turn("practitioner:" + person.key))
        }
        if limits.perLocation != nil { turns.append(.turn("location:\(slot.location):\(type.key)")) }
        let padded = SlotFinder.padded(slot.span, type)
        let needs = type.rules.resources
        let before = Int64(needs.map(\.before).max() ?? 0) * DayFrame.minute
        let after = Int64(needs.map(\.after).max() ?? 0) * DayFrame.minute
        // The day of the visit as other places' clocks may count it.
        let day = person.dailyLimit != nil || limits != DailyLimits() ? Int64(54 * 60) * DayFrame.minute : 0
        let margin = max(longestTravel, day)
        return Reach(
            span: TimeSpan(
                start: min(padded.start, slot.span.start - before) - margin,
                end: max(padded.end, slot.span.end + after) + margin),
            isWholePlace: limits.perLocation != nil, turns: turns)
    }

    /// What a slot takes: practitioner, group, things by key, patient, in every transaction alike.
    func claims(_ slot: OpenSlot, _ type: VisitTypeDefinition, patient: ID<Patient>?) -> [TimeClaim] {
        let padded = SlotFinder.padded(slot.span, type)
        var claims: [TimeClaim] = []
        let isGroup = type.rules.groupSize > 1
        let key = slot.group.key
        let group = isGroup ? key : nil
        let visit = TimeClaim.Visit(
            place: StableKey.place(slot.location), visitType: StableKey.visitType(slot.visitType),
            start: slot.span.start)
        if !slot.joinsGroup {
            let resource = BookableResource.practitioner(slot.practitioner).key
            claims += lanes(slot, padded).map { part, lanes in
                TimeClaim(resource: resource, span: part, lanes: lanes, group: group, visit: visit)
            }
        }
        if isGroup {
            claims.append(
                TimeClaim(resource: key, span: padded, lanes: type.rules.groupSize, visit: visit, isSeat: true))
        }
        // The interpreter of one patient is that patient's, all else the group's.
        let shared = slot.joinsGroup ? 0 : type.rules.resources.count
        claims += slot.resources.enumerated().sorted { $0.element.key < $1.element.key }.map { index, use in
            TimeClaim(
                resource: BookableResource.thing(use.key).key, span: use.span,
                lanes: resource(use.key)?.capacity ?? 1, group: index < shared ? group : nil)
        }
        if let patient { claims.append(TimeClaim(.patient(patient), slot.span)) }
        return claims
    }

    /// The practitioner's time cut where the number of visits changes that may overlap.
    private func lanes(_ slot: OpenSlot, _ padded: TimeSpan) -> [(TimeSpan, Int)] {
        guard let person = personIndex[slot.practitioner].map({ people[$0] }), person.overbooks,
            let place = placeIndex[slot.location]
        else { return [(padded, 1)] }
        let date = slot.localStart.date
        let more = overbooked(
            person, at: place, day: date.daysSinceEpoch, weekday: date.weekday - 1,
            DayFrame(zone: places[place].zone, date: date))
        let borders = Set([padded.start, padded.end] + more.flatMap { [$0.span.start, $0.span.end] })
            .filter { padded.start <= $0 && $0 <= padded.end }.sorted()
        return zip(borders, borders.dropFirst()).map { start, end in
            let part = TimeSpan(start: start, end: end)
            return (part, 1 + (more.filter { $0.span.overlaps(part) }.map(\.more).max() ?? 0))
        }
    }
}

extension OpenSlot {
    /// The group that meets there and then, where the visit type has groups.
    var group: BookableResource {
        .group(practitioner: practitioner, visitType: visitType, location: location, start: span.start)
    }
}
