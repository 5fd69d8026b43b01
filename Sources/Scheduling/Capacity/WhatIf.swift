import Kernel
import StudioAPI
package import TimeZones

// What if: twelve weeks played through, once as things are and once with something changed.
//
// The rules:
// - The calendar is the practice's own: its templates with the change, without recorded absences, and what is booked
//   already.
// - Demand is what was asked for in the weeks before, by visit type, place, whether the patient had been here, and
//   language; so many a week, drawn anew for each working day from a seed. The same seed and inputs give the same answer,
//   and both runs are asked for the same things.
// - Somebody wants a visit from a certain day on: so many days after they ask as the quickest quarter of their kind got
//   it. They take the first time from then on, with whoever has it at that place. The *wait* is counted from that day.
// - Who finds nothing within the type's horizon and the longest wait goes elsewhere: *unmet*.
// - A share of visits is called off on some day before; that time can be had again. One that is called off late, or
//   missed, is lost.
// - Time is laid out in steps of five minutes. Buffers are kept; rooms, devices, limits of a day and ways between places
//   are not looked at.

/// Something to change.
package enum WhatIfChange: Hashable, Sendable {
    /// One more session a week. Minutes of the day; 1 is Monday.
    case session(practitioner: String, location: String, weekday: Int, from: Int, to: Int)
    /// Minutes that a visit type takes, whoever does it.
    case duration(visitType: String, minutes: Int)
    /// Blocks that are kept for types are opened to all so many minutes before they begin.
    case release(minutes: Int)
    /// A practitioner is away for whole weeks, counted from 0.
    case away(practitioner: String, firstWeek: Int, weeks: Int)
    /// So many more visits may overlap, everywhere.
    case overbook(Int)
    /// Percent more, or less.
    case demand(Int)
}

/// What was asked for, of one kind.
package struct WhatIfDemand: Hashable, Sendable {
    package let visitType: String
    package let location: String
    package let isEstablished: Bool
    /// BCP 47.
    package let language: String
    package let perWeek: Double
    /// From how many days on after asking the visit is wanted.
    package let wishDays: Int

    package init(
        visitType: String, location: String, isEstablished: Bool, language: String, perWeek: Double, wishDays: Int
    ) {
        self.visitType = visitType
        self.location = location
        self.isEstablished = isEstablished
        self.language = language
        self.perWeek = perWeek
        self.wishDays = wishDays
    }
}

/// What a run is made of.
package struct WhatIfInputs: Sendable {
    package var plan: SchedulePlan
    package var bookings: Bookings
    package var demand: [WhatIfDemand]
    /// Of the visits that are agreed, called off in time.
    package var calledOff: Double
    /// Percent.
    package var demandPercent = 100
    package var today: CivilDate
    package var seed: UInt64
    /// Days that somebody waits at most.
    package var longestWait = 42

    package static let weeks = 12

    package init(
        plan: SchedulePlan, bookings: Bookings, demand: [WhatIfDemand], calledOff: Double, today: CivilDate,
        seed: UInt64 = 1
    ) {
        self.plan = plan
        self.bookings = bookings
        self.demand = demand
        self.calledOff = calledOff
        self.today = today
        self.seed = seed
    }

    /// The same with changes.
    package func changed(_ changes: [WhatIfChange], timeZones: TimeZoneDatabase) throws -> WhatIfInputs {
        var inputs = self
        var people = plan.practitioners
        var types = Array(plan.visitTypes.values)
        for change in changes {
            switch change {
            case .demand(let percent): inputs.demandPercent = max(0, 100 + percent)
            case .duration(let key, let minutes):
                for index in types.indices where types[index].key == key {
                    types[index].minutes = minutes
                    types[index].rules.durations = []
                }
            case .session, .release, .away, .overbook:
                for index in people.indices { people[index].change(change, today: today) }
            }
        }
        inputs.plan = try SchedulePlan(
            locations: plan.locations, practitioners: people, visitTypes: types, resources: plan.resources,
            timeZones: timeZones)
        return inputs
    }
}

extension PractitionerDefinition {
    fileprivate mutating func change(_ change: WhatIfChange, today: CivilDate) {
        switch change {
        case .session(let practitioner, let location, let weekday, let from, let to) where practitioner == key:
            guard let from = ClockTime(minutes: from), let to = ClockTime(minutes: to),
                let day = Weekday.allCases.first(where: { $0.number == weekday })
            else { return }
            templates.append(AvailabilityTemplate(location: location, weekdays: [day], from: from, to: to))
        case .away(let practitioner, let first, let weeks) where practitioner == key:
            let begin = today.adding(days: first * 7)
            exceptions.append(
                AvailabilityException(
                    effect: .away, firstDay: DefinitionDate(begin),
                    lastDay: DefinitionDate(begin.adding(days: weeks * 7 - 1))))
        case .release(let minutes):
            for index in templates.indices where !templates[index].visitTypes.isEmpty {
                templates[index].releaseMinutes = minutes
            }
        case .overbook(let more):
            for index in templates.indices { templates[index].overbook += more }
        case .session, .away, .duration, .demand: break
        }
    }
}

/// What came of twelve weeks.
package struct WhatIfResult: Sendable, Equatable {
    package struct Week: Sendable, Equatable {
        /// Minutes.
        package var offered = 0
        package var booked = 0
        package var asked = 0
        package var unmet = 0
        /// Days, summed over those who got a time.
        package var waited = 0
        /// The median over visit types and places of the third next available time, on the week's first day: days.
        /// Nil: most have none.
        package var thirdNext: Int?

        package var used: Double? { offered == 0 ? nil : Double(booked) / Double(offered) }
        package var wait: Double? { asked == unmet ? nil : Double(waited) / Double(asked - unmet) }
    }

    package struct Group: Sendable, Equatable {
        package let isEstablished: Bool
        package let language: String
        package var asked = 0
        package var unmet = 0
        package var waited = 0

        package var wait: Double? { asked == unmet ? nil : Double(waited) / Double(asked - unmet) }
        package var unmetShare: Double? { asked == 0 ? nil : Double(unmet) / Double(asked) }
    }

    package var weeks: [Week]
    /// By language, new patients first.
    package var groups: [Group]

    package var total: Week {
        weeks.reduce(into: Week()) { sum, week in
            sum.offered += week.offered
            sum.booked += week.booked
            sum.asked += week.asked
            sum.unmet += week.unmet
            sum.waited += week.waited
        }
    }
}
