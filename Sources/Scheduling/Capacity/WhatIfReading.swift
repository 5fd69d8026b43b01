package import Kernel
import PeopleAPI
import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// What a what-if begins with: the rules, what is booked, and what was asked for in the weeks before.
package struct ReadWhatIf: Query {
    package static let permission = Permission.capacityRead
    /// How many weeks back demand is looked at, and how many visits at most.
    package static let weeks = 8
    package static let most = 20_000

    package struct Answer: Sendable {
        package let inputs: WhatIfInputs
        /// How many visits the demand was taken from.
        package let visits: Int
    }

    private let now: Instant
    private let desk: SchedulingDesk

    package init(now: Instant, desk: SchedulingDesk) {
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let today = try desk.today(of: access.caller.tenant, now: now)
        let from = (now - .days(Self.weeks * 7)).microseconds
        let asked = try CapacityStore.asked(
            at: plan.locations.map(\.key), from: from, to: now.microseconds, plan.visitTypes, limit: Self.most,
            for: access.caller, in: transaction)
        var languages: [ID<Patient>: String] = [:]
        let patients = Set(asked.map(\.patient)).sorted()
        for begin in stride(from: 0, to: patients.count, by: 500) {
            let some = Array(patients[begin..<min(begin + 500, patients.count)])
            for (id, plain) in try desk.directory.plain(of: some, in: transaction) { languages[id] = plain.language }
        }
        let bookings = try desk.everything(plan, days: WhatIfInputs.weeks * 7 + 60, now: now, in: transaction)
        // What was cut off lies further back.
        let oldest = asked.count < Self.most ? from : asked.last?.askedAt ?? from
        let weeks = max(1, Double(now.microseconds - oldest) / 604_800_000_000)
        let goneInTime = asked.count { $0.status == .cancelled && !$0.isCalledOffLate }
        return Answer(
            inputs: WhatIfInputs(
                plan: plan, bookings: bookings, demand: Self.demand(asked, languages, weeks: weeks),
                calledOff: asked.isEmpty ? 0 : Double(goneInTime) / Double(asked.count), today: today),
            visits: asked.count)
    }

    private struct Kind: Hashable {
        let visitType: String
        let location: String
        let isEstablished: Bool
        let language: String
    }

    private struct Standing: Hashable {
        let visitType: String
        let isEstablished: Bool
    }

    private static func demand(
        _ asked: [CapacityStore.Asked], _ languages: [ID<Patient>: String], weeks: Double
    ) -> [WhatIfDemand] {
        var counts: [Kind: Int] = [:]
        var leads: [Standing: [Int]] = [:]
        for visit in asked {
            let language = languages[visit.patient]?.prefix { $0 != "-" && $0 != "_" }.lowercased() ?? "en"
            counts[
                Kind(
                    visitType: visit.visitType, location: visit.location, isEstablished: visit.isEstablished,
                    language: language), default: 0] += 1
            leads[Standing(visitType: visit.visitType, isEstablished: visit.isEstablished), default: []].append(
                visit.leadDays)
        }
        let wishes = leads.mapValues { all in all.sorted()[(all.count - 1) / 4] }
        return counts.map { kind, count in
            WhatIfDemand(
                visitType: kind.visitType, location: kind.location, isEstablished: kind.isEstablished,
                language: kind.language, perWeek: Double(count) / weeks,
                wishDays: wishes[Standing(visitType: kind.visitType, isEstablished: kind.isEstablished)] ?? 0)
        }.sorted {
            ($0.visitType, $0.location, $0.isEstablished ? 1 : 0, $0.language)
                < ($1.visitType, $1.location, $1.isEstablished ? 1 : 0, $1.language)
        }
    }
}
