import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// Those who wait, with the names of whom the caller may see.
struct ListWaitlist: Query {
    static let permission = Permission.waitlistRead
    struct Page: Sendable {
        let entries: [EntryRow]
        let names: [ID<Patient>: String]
    }

    var visitType: String?
    var priority: String?
    var location: String?
    var after: (Int64, Int64)?
    let limit: Int
    /// Whether names are wanted; without them nothing sealed is opened.
    var named = true
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        let entries = try WaitlistStore.list(
            visitType: visitType, priority: priority, location: location, after: after, limit: limit,
            for: access.caller, in: transaction)
        return Page(
            entries: entries,
            names: try WaitlistNames.of(entries.map(\.patient), named, desk, access, transaction))
    }
}

enum WaitlistNames {
    /// The names for a list, with one record of the set; without `named` the record alone.
    static func of(
        _ patients: [ID<Patient>], _ named: Bool, _ desk: SchedulingDesk, _ access: Access,
        _ transaction: any Transaction
    ) throws -> [ID<Patient>: String] {
        let patients = Set(patients).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(.waitlistRead, forList: patients.map { ($0, scopes[$0] ?? []) })
        return named ? try desk.directory.names(of: patients, grant: grant, in: transaction) : [:]
    }
}

/// One entry, for who may change it.
struct ReadEntry: Query {
    static let permission = Permission.waitlistWrite
    let id: ID<WaitlistEntry>
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> (row: EntryRow, card: PatientCard) {
        guard let row = try WaitlistStore.find(id, in: transaction) else {
            // As much work as for a hidden one.
            _ = try desk.directory.set(of: ID(raw: 0), in: transaction)
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: access.caller, in: transaction)
            throw access.absent(Self.permission, "waitlist-entry")
        }
        do {
            let (_, grant) = try desk.directory.grant(
                Self.permission, for: row.patient, labels: row.labels, access: access, in: transaction)
            guard let card = try desk.directory.cards(of: [row.patient], grant: grant, in: transaction)[row.patient]
            else { throw Fault.notFound("patient") }
            return (row, card)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("waitlist-entry")
        }
    }
}

/// Who is put on the list.
struct ReadJoining: Query {
    static let permission = Permission.waitlistWrite
    let patient: ID<Patient>
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> PatientCard {
        let (_, grant) = try desk.directory.grant(Self.permission, for: patient, access: access, in: transaction)
        guard let card = try desk.directory.cards(of: [patient], grant: grant, in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        return card
    }
}

/// Times that came free and are still to come, with what was offered to whom, as far as the caller may see it.
struct ListOpenings: Query {
    static let permission = Permission.waitlistRead
    static let most = 100
    struct Page: Sendable {
        let openings: [OpeningRow]
        let offers: [ID<WaitlistOpening>: [OfferRow]]
    }

    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Page {
        let openings = try OfferStore.openings(
            after: now, limit: Self.most, for: access.caller, in: transaction)
        let offers = try OfferStore.offers(of: openings.map(\.id), for: access.caller, in: transaction)
        _ = try WaitlistNames.of(
            openings.map(\.patient) + offers.map(\.patient), false, desk, access, transaction)
        return Page(openings: openings, offers: Dictionary(grouping: offers, by: \.opening))
    }
}

/// One opening: what was offered to whom, and why others of the list were not asked.
struct ReadOpening: Query {
    static let permission = Permission.waitlistRead
    /// The longest waiting of whom it is said why.
    static let mostExplained = 200
    struct Opened: Sendable {
        let opening: OpeningRow
        let offers: [OfferRow]
        let unasked: [Unasked]
        let names: [ID<Patient>: String]
    }

    struct Unasked: Sendable {
        let patient: ID<Patient>
        /// Nil: nothing keeps them away, they are asked in their turn.
        let why: WaitlistExclusion?
        /// Which rule, when it is one of the visit type's own.
        let rule: SlotRefusal?
        /// What has to be asked first.
        var missing: [String] = []
    }

    let id: ID<WaitlistOpening>
    let waitlist: WaitlistDesk
    let now: Instant

    func run(_ transaction: any Transaction, _ access: Access) throws -> Opened {
        let desk = waitlist.desk
        guard let opening = try OfferStore.opening(id, in: transaction) else {
            _ = try desk.directory.set(of: ID(raw: 0), in: transaction)
            _ = try Policy.scopeRows(of: [ID(raw: 0)], for: access.caller, in: transaction)
            throw access.absent(Self.permission, "waitlist-opening")
        }
        do {
            _ = try desk.directory.grant(
                Self.permission, for: opening.patient, labels: opening.labels, access: access, in: transaction)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("waitlist-opening")
        }
        let offers = try OfferStore.offers(of: [id], for: access.caller, in: transaction)
        let unasked = opening.state == "open" ? try unasked(opening, offers, access, transaction) : []
        return Opened(
            opening: opening, offers: offers, unasked: unasked,
            names: try WaitlistNames.of(
                offers.map(\.patient) + unasked.map(\.patient), true, desk, access, transaction))
    }

    private func unasked(
        _ opening: OpeningRow, _ offers: [OfferRow], _ access: Access, _ transaction: any Transaction
    ) throws -> [Unasked] {
        let asked = Set(offers.map(\.entry))
        // Whom the caller sees and nobody else: what is said of one does not depend on the others.
        let visible = try WaitlistStore.list(
            limit: Self.mostExplained, for: access.caller, in: transaction
        ).filter { !asked.contains($0.id) }
        let reading = try WaitlistReading(
            opening, waitlist, tenant: access.caller.tenant, only: visible, now: now, Self.permission, access,
            in: transaction)
        return try reading.candidates.compactMap { candidate in
            guard let row = reading.entries[candidate.entry], let plain = reading.plain[row.patient] else { return nil }
            if let why = reading.matching.exclusion(of: candidate, reading.opened, now: now) {
                return Unasked(patient: row.patient, why: why, rule: nil)
            }
            let rule = try waitlist.ruling(on: row, opening, plain, transaction, access)
            return Unasked(
                patient: row.patient, why: rule.map { _ in .rules }, rule: rule?.refusal, missing: rule?.missing ?? [])
        }
    }
}
