import Foundation
import Kernel
import StudioAPI
import TimeZones

/// One run over twelve weeks.
package struct WhatIfRun {
    private struct Candidate {
        let person: Int
        let shape: WhatIfCalendar.Shape
        // From `from` on, no day before `day` has room; `fit` is the first on `day`, of the person's `version`; nil: not
        // looked for yet.
        var from = Int.max
        var day = 0
        var fit: WhatIfCalendar.Fit?
        var version = -1
    }

    private struct Queue {
        let place: Int
        var candidates: [Candidate]
    }

    private struct Cancelled {
        let person: Int
        let fit: WhatIfCalendar.Fit
        let from: Int
        let to: Int
    }

    private struct QueueKey: Hashable {
        let type: Int
        let place: Int
        let isEstablished: Bool
    }

    private static let span = WhatIfInputs.weeks * 7

    private let inputs: WhatIfInputs
    private let firstDay: Int
    private let days: Int
    private var calendar: WhatIfCalendar
    private var queues: [Queue] = []
    /// Of the demands; nil: nobody does it there.
    private var queueOf: [Int?] = []
    /// The queues a person stands in.
    private var standing: [[(queue: Int, candidate: Int)]]
    private var versions: [Int]
    private var cancelled: [[Cancelled]]
    private var released: [[(person: Int, day: Int)]]
    /// One queue for each type and place.
    private var watched: [Int] = []
    private var weeks = [WhatIfResult.Week](repeating: .init(), count: WhatIfInputs.weeks)
    private var groups: [WhatIfResult.Group] = []
    private var groupOf: [Int] = []

    package static func result(_ inputs: WhatIfInputs) -> WhatIfResult {
        var run = WhatIfRun(inputs)
        return run.play()
    }

    private init(_ inputs: WhatIfInputs) {
        self.inputs = inputs
        let plan = inputs.plan
        firstDay = inputs.today.daysSinceEpoch
        days = Self.span + inputs.longestWait + 14
        let types = plan.visitTypes.keys.sorted()
        calendar = WhatIfCalendar(plan, inputs.bookings, types: types, firstDay: firstDay, days: days)
        standing = Array(repeating: [], count: plan.people.count)
        versions = Array(repeating: 0, count: plan.people.count)
        cancelled = Array(repeating: [], count: Self.span)
        released = Array(repeating: [], count: Self.span)
        lineUp(plan, types)
        layOut(plan)
    }

    // MARK: What is so at the beginning

    private mutating func lineUp(_ plan: SchedulePlan, _ types: [String]) {
        let typeIndex = Dictionary(uniqueKeysWithValues: types.enumerated().map { ($1, $0) })
        var known: [QueueKey: Int] = [:]
        var seen: Set<QueueKey> = []
        for demand in inputs.demand {
            let group = groups.firstIndex {
                $0.isEstablished == demand.isEstablished && $0.language == demand.language
            }
            groupOf.append(group ?? groups.count)
            if group == nil {
                groups.append(.init(isEstablished: demand.isEstablished, language: demand.language))
            }
            guard let type = plan.visitTypes[demand.visitType], let number = typeIndex[demand.visitType],
                let place = plan.placeIndex[demand.location]
            else {
                queueOf.append(nil)
                continue
            }
            let key = QueueKey(type: number, place: place, isEstablished: demand.isEstablished)
            if let queue = known[key] {
                queueOf.append(queue)
                continue
            }
            let candidates = candidates(for: type, number, at: place, demand.isEstablished, plan)
            if candidates.isEmpty {
                queueOf.append(nil)
                continue
            }
            for (index, candidate) in candidates.enumerated() {
                standing[candidate.person].append((queues.count, index))
            }
            known[key] = queues.count
            queueOf.append(queues.count)
            if seen.insert(QueueKey(type: number, place: place, isEstablished: false)).inserted {
                watched.append(queues.count)
            }
            queues.append(Queue(place: place, candidates: candidates))
        }
    }

    private func candidates(
        for type: VisitTypeDefinition, _ number: Int, at place: Int, _ isEstablished: Bool, _ plan: SchedulePlan
    ) -> [Candidate] {
        guard type.mayBe(at: plan.places[place].definition.key) else { return [] }
        let cell = WhatIfCalendar.cell
        func cells(_ minutes: Int) -> Int { (minutes + cell - 1) / cell }
        let starts = SlotFinder.starts(type)
        return plan.people.indices.compactMap { index in
            let person = plan.people[index]
            guard person.definition.mayDo(type), isEstablished || person.definition.acceptsNew,
                person.sessions.contains(where: { $0.place == place })
            else { return nil }
            let minutes = type.minutes(
                with: person.definition.key, established: type.rules.groupSize > 1 ? nil : isEstablished)
            return Candidate(
                person: index,
                shape: .init(
                    type: number, length: cells(minutes), before: cells(type.bufferBefore),
                    after: cells(type.bufferAfter), step: max(1, type.startEvery / cell), first: cells(starts.from),
                    last: cells(starts.to), leadMinutes: type.leadMinutes, horizon: type.horizonDays))
        }
    }

    private mutating func layOut(_ plan: SchedulePlan) {
        var chance = SimulatedChance(seed: inputs.seed &* 31 &+ 7)
        for index in plan.people.indices {
            for day in 0..<days {
                for piece in calendar.pieces(of: index, on: day) {
                    if day < Self.span { weeks[day / 7].offered += (piece.to - piece.from) * WhatIfCalendar.cell }
                    if (1..<Self.span).contains(piece.releaseDay), piece.types != .max {
                        released[piece.releaseDay].append((index, day))
                    }
                }
            }
            for visit in inputs.bookings.people[plan.people[index].definition.key]?.visits ?? [] {
                let place = visit.place.flatMap { plan.placeNumbers[$0] } ?? plan.people[index].sessions.first?.place
                guard let place else { continue }
                let local = plan.places[place].zone.civil(at: visit.span.start)
                let day = local.date.daysSinceEpoch - firstDay
                guard (0..<days).contains(day) else { continue }
                let minutes = Int((visit.span.end - visit.span.start) / DayFrame.minute)
                let from = local.time.minutesOfDay / WhatIfCalendar.cell
                let to = min(288, (local.time.minutesOfDay + minutes + 4) / WhatIfCalendar.cell)
                let lane = calendar.freeLane(index, day, from: from, to: to)
                calendar.set(index, day, lane, from: from, to: to, taken: true)
                if day < Self.span { weeks[day / 7].booked += (to - from) * WhatIfCalendar.cell }
                callOff(
                    index, .init(day: day, lane: lane, cell: from), from: from, to: to, now: 0,
                    draw: chance.share(), moment: chance.share())
            }
        }
    }

    // MARK: The weeks

    private mutating func play() -> WhatIfResult {
        for day in 0..<Self.span {
            for gone in cancelled[day] {
                calendar.set(gone.person, gone.fit.day, gone.fit.lane, from: gone.from, to: gone.to, taken: false)
                if gone.fit.day < Self.span {
                    weeks[gone.fit.day / 7].booked -= (gone.to - gone.from) * WhatIfCalendar.cell
                }
                reopen(gone.person, gone.fit.day)
            }
            for (person, opened) in released[day] { reopen(person, opened) }
            if day.isMultiple(of: 7) { weeks[day / 7].thirdNext = thirdNext(day) }
            if CivilDate(daysSinceEpoch: firstDay + day).weekday <= 5 { ask(day) }
        }
        let sorted = groups.sorted {
            ($0.isEstablished ? 1 : 0, $0.language) < ($1.isEstablished ? 1 : 0, $1.language)
        }
        return WhatIfResult(weeks: weeks, groups: sorted)
    }

    /// Time on a day can be had again: what was known of it is not known any more.
    private mutating func reopen(_ person: Int, _ day: Int) {
        for (queue, index) in standing[person] {
            let candidate = queues[queue].candidates[index]
            guard candidate.from <= day, day <= candidate.day else { continue }
            queues[queue].candidates[index].day = day
            queues[queue].candidates[index].fit = nil
        }
    }

    private mutating func ask(_ day: Int) {
        var asked: [Int] = []
        for (index, demand) in inputs.demand.enumerated() {
            let rate = demand.perWeek / 5 * Double(inputs.demandPercent) / 100
            var chance = SimulatedChance(seed: Self.mix(inputs.seed, UInt64(index) &+ 1, UInt64(day) &+ 1))
            for _ in 0..<Self.poisson(rate, &chance) { asked.append(index) }
        }
        var order = SimulatedChance(seed: Self.mix(inputs.seed, 0, UInt64(day) &+ 1))
        for index in asked.indices.dropFirst().reversed() { asked.swapAt(index, order.below(index + 1)) }
        for index in asked { serve(index, day, &order) }
    }

    private mutating func serve(_ index: Int, _ now: Int, _ chance: inout SimulatedChance) {
        let (draw, moment) = (chance.share(), chance.share())
        let week = now / 7, group = groupOf[index]
        weeks[week].asked += 1
        groups[group].asked += 1
        let wished = now + inputs.demand[index].wishDays
        guard let queue = queueOf[index], let (number, fit) = first(queue, wished, now) else {
            weeks[week].unmet += 1
            groups[group].unmet += 1
            return
        }
        let candidate = queues[queue].candidates[number]
        let shape = candidate.shape
        calendar.set(candidate.person, fit, shape, taken: true)
        versions[candidate.person] += 1
        weeks[week].waited += fit.day - wished
        groups[group].waited += fit.day - wished
        let from = max(0, fit.cell - shape.before), to = min(288, fit.cell + shape.length + shape.after)
        if fit.day < Self.span { weeks[fit.day / 7].booked += (to - from) * WhatIfCalendar.cell }
        callOff(candidate.person, fit, from: from, to: to, now: now, draw: draw, moment: moment)
    }

    private mutating func callOff(
        _ person: Int, _ fit: WhatIfCalendar.Fit, from: Int, to: Int, now: Int, draw: Double, moment: Double
    ) {
        guard draw < inputs.calledOff, fit.day - now > 1 else { return }
        let day = now + 1 + Int(moment * Double(fit.day - now - 1))
        if day < Self.span { cancelled[day].append(Cancelled(person: person, fit: fit, from: from, to: to)) }
    }

    /// The first time that somebody in a queue can have, and with which of its candidates.
    private mutating func first(_ queue: Int, _ wished: Int, _ now: Int) -> (Int, WhatIfCalendar.Fit)? {
        let place = queues[queue].place
        var best: (number: Int, fit: WhatIfCalendar.Fit)?
        for number in queues[queue].candidates.indices {
            var candidate = queues[queue].candidates[number]
            let limit = min(days - 1, now + candidate.shape.horizon, wished + inputs.longestWait)
            let last = min(limit, best?.fit.day ?? limit)
            if wished < candidate.from || wished > candidate.day {
                candidate.from = wished
                candidate.day = wished
                candidate.fit = nil
            }
            // What was found may have been too soon meanwhile.
            let isFar = (candidate.day - now) * 1_440 > candidate.shape.leadMinutes + 2_880
            if candidate.fit == nil || candidate.version != versions[candidate.person] || !isFar {
                candidate.fit = nil
                while candidate.day <= last {
                    candidate.fit = calendar.fit(
                        candidate.shape, candidate.person, at: place, day: candidate.day, now: now)
                    if candidate.fit != nil { break }
                    candidate.day += 1
                }
                candidate.version = versions[candidate.person]
            }
            queues[queue].candidates[number] = candidate
            guard let fit = candidate.fit, fit.day <= last else { continue }
            if let found = best?.fit, (found.day, found.cell) <= (fit.day, fit.cell) { continue }
            best = (number, fit)
        }
        return best.map { ($0.number, $0.fit) }
    }

    private func thirdNext(_ now: Int) -> Int? {
        let found = watched.map { thirdNext($0, now) ?? Int.max }.sorted()
        guard let middle = found.isEmpty ? nil : found[(found.count - 1) / 2] else { return nil }
        return middle == .max ? nil : middle
    }

    private func thirdNext(_ queue: Int, _ now: Int) -> Int? {
        var found = 0
        let queue = queues[queue]
        for day in now..<min(days, now + inputs.longestWait + 1) {
            for candidate in queue.candidates {
                var after = 0
                while let fit = calendar.fit(
                    candidate.shape, candidate.person, at: queue.place, day: day, now: now, after: after)
                {
                    found += 1
                    if found == 3 { return day - now }
                    after = fit.cell + candidate.shape.length
                }
            }
        }
        return nil
    }

    // MARK: Chance

    private static func mix(_ seed: UInt64, _ first: UInt64, _ second: UInt64) -> UInt64 {
        (seed &+ first &* 0x9E37_79B9_7F4A_7C15) ^ (second &* 0xC2B2_AE3D_27D4_EB4F)
    }

    /// By inversion, twenty at a time.
    private static func poisson(_ rate: Double, _ chance: inout SimulatedChance) -> Int {
        var left = rate
        var count = 0
        while left > 0 {
            let part = min(left, 20)
            left -= part
            var term = exp(-part)
            var sum = term
            var number = 0
            let share = chance.share()
            while share > sum, number < 200 {
                number += 1
                term *= part / Double(number)
                sum += term
            }
            count += number
        }
        return count
    }
}
