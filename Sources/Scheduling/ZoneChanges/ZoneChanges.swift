package import Kernel
import SchedulingAPI
package import Spine
import Store
import TimeZones
import Vault

// Zone changes: what becomes of visits when a law changes the clocks.
//
// The rules:
// - What was agreed with a patient is a reading of the clock where the visit is. Its moment follows from the tz database,
//   whose release stands with each visit.
// - Visits ahead that an older release placed are placed anew by the release of this program: the reading stays, the
//   moment moves, and with it all the time that the visit takes. A program with older data changes nothing.
// - The time is moved in one transaction, group by group; visits that move to an earlier moment go in order of their start,
//   those that move to a later one the other way round, so that neighbours make room for one another.
// - Where somebody else has the new time, nothing of that visit is changed: it is listed, and tried again every hour, until
//   a person has moved one of the two.
// - Reminders that are planned keep to the hour of their plan, by the clocks as they are now.
// - Who was invited to a visit by e-mail is invited again when its moment moved.
// - Every visit whose moment moved is listed until somebody says that who has to know it was told.

/// One visit, and what became of it.
package struct ReplannedVisit: Sendable, Codable, Equatable {
    package enum Outcome: String, Sendable, Codable {
        /// Its moment is another one now.
        case moved
        /// Its moment is the same by both releases.
        case unchanged
        /// Somebody else has the new time.
        case conflict
        /// This release does not know its zone.
        case unknownZone = "unknown-zone"
        /// It was changed meanwhile, by a person or by another node.
        case gone
    }

    package let id: Int64
    package var outcome: Outcome
    package let localStart: String
    package let zone: String
    /// Microseconds UTC.
    package let from: Int64
    package let to: Int64
}

/// A visit ahead that was placed by an older release.
struct ReplanCandidate: Sendable {
    let id: ID<Appointment>
    let localStart: String
    let zone: String
    let start: Int64

    /// The moment of its reading by a release; nil: the release does not know its zone.
    func moment(_ database: TimeZoneDatabase) throws -> Int64? {
        guard let zone = try database.zone(ifKnown: zone), let local = CivilDateTime(iso: localStart) else {
            return nil
        }
        return zone.instant(of: local)
    }

    func replanned(_ outcome: ReplannedVisit.Outcome, to: Int64) -> ReplannedVisit {
        ReplannedVisit(id: id.raw, outcome: outcome, localStart: localStart, zone: zone, from: start, to: to)
    }
}

/// What a round came to.
package struct ZoneReplan: Sendable {
    package let version: String
    package let visits: [ReplannedVisit]
    /// Visits ahead that a newer release placed than this program has.
    package let newer: Int

    package func count(_ outcome: ReplannedVisit.Outcome) -> Int { visits.count { $0.outcome == outcome } }
}

/// Places visits anew, by the background and by the command line.
package struct ZoneReplanning: Sendable {
    static let name = "zone-changes"
    /// Visits of one transaction.
    private static let batch = 50
    let desk: SchedulingDesk

    package init(desk: SchedulingDesk) {
        self.desk = desk
    }

    private var zones: TimeZoneDatabase { desk.plans.timeZones }

    /// What would be done: reads only. Whether two visits would meet is told from what stands now, so a visit that has
    /// to make room for another one counts as moved.
    package func preview(_ spine: Spine, _ tenant: ID<Tenant>) async throws -> ZoneReplan {
        let now = spine.clock.now()
        let version = zones.version
        let (candidates, newer) = try await read(spine, tenant, now)
        let moving = Set(try candidates.filter { try $0.moment(zones) != $0.start }.map(\.id.raw))
        let visits = try await spine.database.read(tenant) { transaction in
            try candidates.map { candidate -> ReplannedVisit in
                guard let moment = try candidate.moment(zones) else {
                    return candidate.replanned(.unknownZone, to: candidate.start)
                }
                if moment == candidate.start { return candidate.replanned(.unchanged, to: moment) }
                let unit = try ReplanUnit.read(candidate, by: moment - candidate.start, in: transaction)
                let others = try unit?.inTheWay(at: now, in: transaction).filter {
                    // Groups move with those who meet in them.
                    $0.owner > 0 && !moving.contains($0.owner)
                }
                return candidate.replanned(others?.isEmpty ?? false ? .moved : .conflict, to: moment)
            }
        }
        return ZoneReplan(version: version, visits: visits, newer: newer)
    }

    /// Places anew what can be placed; every visit is whole by itself, so what is cut off goes on with the next round.
    package func run(_ spine: Spine, _ tenant: ID<Tenant>, origin: String = "system") async throws -> ZoneReplan {
        let (candidates, newer) = try await read(spine, tenant, spine.clock.now())
        if candidates.isEmpty { return ZoneReplan(version: zones.version, visits: [], newer: newer) }
        let visits = try await spine.run(
            Self.name, tenant: tenant, permissions: [.appointmentWrite], origin: origin
        ) { caller -> (value: [ReplannedVisit], items: Int) in
            let visits = try await replan(candidates, spine, caller)
            return (visits, visits.count { $0.outcome == .moved })
        }
        return ZoneReplan(version: zones.version, visits: visits, newer: newer)
    }

    private func read(
        _ spine: Spine, _ tenant: ID<Tenant>, _ now: Instant
    ) async throws -> (candidates: [ReplanCandidate], newer: Int) {
        let version = zones.version
        return try await spine.database.read(tenant) { transaction in
            (
                try ZoneChangeStore.candidates(before: version, after: now, in: transaction),
                try ZoneChangeStore.newer(than: version, after: now, in: transaction)
            )
        }
    }

    private func replan(
        _ candidates: [ReplanCandidate], _ spine: Spine, _ caller: Caller
    ) async throws -> [ReplannedVisit] {
        var same: [ReplanCandidate] = []
        var earlier: [ReplanCandidate] = []
        var later: [ReplanCandidate] = []
        for candidate in candidates {
            let moment = try candidate.moment(zones) ?? candidate.start
            if moment == candidate.start {
                same.append(candidate)
            } else if moment < candidate.start {
                earlier.append(candidate)
            } else {
                later.append(candidate)
            }
        }
        var outcomes: [Int64: ReplannedVisit] = [:]
        var waiting = same + earlier + later.reversed()
        // Visits of different zones may have to make room for each other: again, as long as that helps.
        while !waiting.isEmpty {
            for visit in try await inBatches(waiting, spine, caller) { outcomes[visit.id] = visit }
            let left = waiting.filter { outcomes[$0.id.raw]?.outcome == .conflict }
            if left.count == waiting.count { break }
            waiting = left
        }
        return candidates.compactMap { outcomes[$0.id.raw] }
    }

    private func inBatches(
        _ candidates: [ReplanCandidate], _ spine: Spine, _ caller: Caller
    ) async throws -> [ReplannedVisit] {
        var visits: [ReplannedVisit] = []
        for start in stride(from: 0, to: candidates.count, by: Self.batch) {
            let batch = Array(candidates[start..<min(start + Self.batch, candidates.count)])
            do {
                visits += try await spine.perform(ReplanVisits(batch.map(\.id), desk: desk), as: caller)
            } catch let fault as Fault where fault.code == ReplanVisits.busy.code {
                // Somebody booked beside it: each by itself, so that one does not hold up the others.
                for candidate in batch { visits.append(try await alone(candidate, spine, caller)) }
            }
        }
        return visits
    }

    private func alone(_ candidate: ReplanCandidate, _ spine: Spine, _ caller: Caller) async throws -> ReplannedVisit {
        do {
            let visits = try await spine.perform(ReplanVisits([candidate.id], desk: desk), as: caller)
            return visits.first ?? candidate.replanned(.gone, to: candidate.start)
        } catch let fault as Fault where fault.code == ReplanVisits.busy.code {
            return candidate.replanned(.conflict, to: try candidate.moment(zones) ?? candidate.start)
        }
    }
}
