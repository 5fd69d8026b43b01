package import Kernel
import PeopleAPI
package import Spine
import Store
package import StudioAPI
import Vault

/// Carries out the schedule, a bounded piece at a time.
package struct RetentionRounds: Sendable {
    private let spine: Spine
    private let definitions: any DefinitionReading
    private let disposal: SubjectDisposal
    private let sources: RetentionSources
    private let looked: Int
    private let disposed: Int

    /// Everybody is gone over again when this has passed since the last time began.
    static let interval = Duration.hours(24)
    static let reason = "retention"

    /// - Parameters:
    ///   - looked: patients looked at in a round.
    ///   - disposed: disposals in a round.
    package init(
        spine: Spine, definitions: any DefinitionReading, disposal: SubjectDisposal, sources: RetentionSources,
        looked: Int = 500, disposed: Int = 20
    ) {
        self.spine = spine
        self.definitions = definitions
        self.disposal = disposal
        self.sources = sources
        self.looked = looked
        self.disposed = disposed
    }

    /// One round for a tenant; the number of things done. More than zero: there may be more.
    package func round(_ tenant: ID<Tenant>) async throws -> Int {
        guard let schedule = try definitions.configuration(of: tenant).retention?.value else { return 0 }
        let look = RetentionLook(sources: sources, schedule: schedule, now: spine.clock.now())
        let scanned = try await scanPatients(look, tenant) + scanStrangers(look, tenant)
        let held = try await spine.database.read(tenant) { try RetentionStore.rows([.held], limit: 200, in: $0) }
        if !held.isEmpty { try await reconsider(held, tenant) }
        let limit = disposed
        let approved = try await spine.database.read(tenant) {
            try RetentionStore.rows([.approved], limit: limit, in: $0)
        }
        if approved.isEmpty { return scanned }
        let done = try await spine.run(
            "retention", tenant: tenant, purpose: .operations, permissions: [.subjectDispose]
        ) { caller in
            var count = 0
            for row in approved where try await carryOut(row, look, as: caller) { count += 1 }
            return (count, count)
        }
        return scanned + done
    }

    // MARK: Looking

    private func scanPatients(_ look: RetentionLook, _ tenant: ID<Tenant>) async throws -> Int {
        guard let rule = look.schedule.rule(for: .patientRecords) else { return 0 }
        let data = RetentionDefinition.DataKind.patientRecords.rawValue
        let (limit, ids, sources) = (looked, spine.ids, sources)
        return try await spine.database.write(tenant) { transaction in
            guard let scan = try Self.next(data, look.now, in: transaction) else { return 0 }
            let patients = try sources.roll.registered(
                before: look.cutoff(rule), after: ID(raw: scan.place), limit: limit, in: transaction)
            for due in try look.due(patients, in: transaction) {
                let state: RetentionRow.State = rule.action == .dispose && due.isCertain ? .approved : .waiting
                try RetentionStore.put(due, as: state, id: ids.next(), at: look.now, in: transaction)
            }
            let isLast = patients.count < limit
            try RetentionStore.save(
                RetentionStore.Scan(
                    place: patients.last?.raw ?? scan.place, begunAt: scan.begunAt, finishedAt: isLast ? look.now : nil),
                of: data, in: transaction)
            return isLast ? 0 : patients.count
        }
    }

    private func scanStrangers(_ look: RetentionLook, _ tenant: ID<Tenant>) async throws -> Int {
        guard let rule = look.schedule.rule(for: .unknownConversations) else { return 0 }
        let data = RetentionDefinition.DataKind.unknownConversations.rawValue
        let (limit, ids) = (looked, spine.ids)
        return try await spine.database.write(tenant) { transaction in
            guard let scan = try Self.next(data, look.now, in: transaction) else { return 0 }
            let found = try look.strangers(after: ID(raw: scan.place), limit: limit, in: transaction)
            for due in found {
                let state: RetentionRow.State = rule.action == .dispose ? .approved : .waiting
                try RetentionStore.put(due, as: state, id: ids.next(), at: look.now, in: transaction)
            }
            let isLast = found.count < limit
            try RetentionStore.save(
                RetentionStore.Scan(
                    place: found.last?.subject.raw ?? scan.place, begunAt: scan.begunAt,
                    finishedAt: isLast ? look.now : nil),
                of: data, in: transaction)
            return isLast ? 0 : found.count
        }
    }

    /// Where to go on; nil: the last look is not a day old. A clock that was set back does not put it off.
    private static func next(
        _ data: String, _ now: Instant, in transaction: any Transaction
    ) throws -> RetentionStore.Scan? {
        let fresh = RetentionStore.Scan(place: 0, begunAt: now, finishedAt: nil)
        guard let last = try RetentionStore.scan(data, in: transaction) else { return fresh }
        if last.finishedAt == nil { return last }
        return last.begunAt > now || now - last.begunAt >= interval ? fresh : nil
    }

    // MARK: Disposing

    /// Whose hold has ended is tried again.
    private func reconsider(_ held: [RetentionRow], _ tenant: ID<Tenant>) async throws {
        let (now, directory) = (spine.clock.now(), sources.directory)
        try await spine.database.write(tenant) { transaction in
            for row in held {
                guard case .patient(let patient) = row.subject else { continue }
                let members = try directory.set(of: patient, in: transaction).members
                if try LegalHoldStore.held(members, in: transaction).isEmpty {
                    _ = try RetentionStore.move(row, to: .approved, at: now, in: transaction)
                }
            }
        }
    }

    /// Whether it was disposed of.
    private func carryOut(_ row: RetentionRow, _ look: RetentionLook, as caller: Caller) async throws -> Bool {
        let tenant = caller.tenant
        let isDue = try await spine.database.read(tenant) { try look.isDue(row.subject, in: $0) }
        guard isDue else {
            // A visit or a word came since.
            try await spine.database.write(tenant) { try RetentionStore.remove(row.id, in: $0) }
            return false
        }
        let now = spine.clock.now()
        do {
            _ = try await disposal.dispose(row.subject, reason: Self.reason, as: caller)
            // The row has gone with the subject; should it not have, it is of no use any more.
            try await spine.database.write(tenant) { try RetentionStore.remove(row.id, in: $0) }
            return true
        } catch let fault as Fault where fault.code == "disposal.held" {
            _ = try await spine.database.write(tenant) {
                try RetentionStore.move(row, to: .held, at: now, in: $0)
            }
            return false
        } catch let fault as Fault where fault.category == .notFound || fault.category == .invalid {
            _ = try await spine.database.write(tenant) {
                try RetentionStore.move(row, to: .failed, error: fault.code, at: now, in: $0)
            }
            return false
        }
    }
}
