import Kernel
import StudioAPI
package import TimeZones

/// A question asked of a large made-up practice, to measure how long the answer takes.
package struct WhatIfMeasure: Sendable {
    package let inputs: WhatIfInputs
    private let timeZones: TimeZoneDatabase

    /// Everybody sees patients eight hours a day; a third of the coming weeks is booked already, and as much is asked for
    /// as fits nine tenths of the time.
    package init(practitioners: Int, sites: Int, seed: UInt64, timeZones: TimeZoneDatabase) throws {
        let practice = try SlotMeasure(
            practitioners: practitioners, sites: sites, days: WhatIfInputs.weeks * 7, full: 0.33, seed: seed,
            timeZones: timeZones)
        let plan = practice.finder.plan
        // Hours of a week are 40; of those two thirds are left, of which each type has a share.
        let perWeek = Double(practitioners) * 40 * 60 * 0.57
        let shares = [("visit", 0.7, 20.0), ("long", 0.25, 40.0), ("rare", 0.05, 60.0)]
        var demand: [WhatIfDemand] = []
        for place in plan.locations {
            for (type, share, minutes) in shares {
                for (isEstablished, standing) in [(true, 0.8), (false, 0.2)] {
                    for (language, spoken) in [("en", 0.7), ("es", 0.3)] {
                        demand.append(
                            WhatIfDemand(
                                visitType: type, location: place.key, isEstablished: isEstablished,
                                language: language,
                                perWeek: perWeek * share / minutes * standing * spoken / Double(plan.locations.count),
                                wishDays: isEstablished ? 7 : 1))
                    }
                }
            }
        }
        inputs = WhatIfInputs(
            plan: plan, bookings: practice.bookings, demand: demand, calledOff: 0.1, today: practice.first, seed: seed)
        self.timeZones = timeZones
    }

    /// As the page answers: both runs, one after the other.
    package func ask(_ number: Int) throws -> (before: WhatIfResult, after: WhatIfResult) {
        let changes: [[WhatIfChange]] = [
            [.session(practitioner: "person-0", location: "site-0", weekday: 6, from: 480, to: 720)],
            [.duration(visitType: "visit", minutes: 25)], [.away(practitioner: "person-1", firstWeek: 2, weeks: 3)],
            [.overbook(1)], [.demand(15)],
        ]
        let changed = try inputs.changed(changes[number % changes.count], timeZones: timeZones)
        return (WhatIfRun.result(inputs), WhatIfRun.result(changed))
    }
}
