import JSON
package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
import TimeZones
package import Vault

extension Permission {
    /// Who waits for what, what came free, and what was offered to whom.
    package static let waitlistRead = Permission("waitlist.read")
    /// To put people on the list, take them off, and answer an offer for them.
    package static let waitlistWrite = Permission("waitlist.write")
}

extension EventKind {
    package static let waitlistJoined = EventKind("waitlist.joined")
    package static let waitlistChanged = EventKind("waitlist.changed")
    package static let waitlistLeft = EventKind("waitlist.left")
    package static let waitlistOffered = EventKind("waitlist.offered")
    package static let waitlistAccepted = EventKind("waitlist.accepted")
    package static let waitlistDeclined = EventKind("waitlist.declined")
}

/// What the waitlist works with: the schedule's desk, and the practice's public address for the links of its messages.
package struct WaitlistDesk: Sendable {
    let desk: SchedulingDesk
    /// `https://access.example.org`; nil: offers are answered by text or telephone alone.
    let publicBase: String?
    let simulated = SimulatedOutcomes()

    package init(_ desk: SchedulingDesk, publicBase: String? = nil) {
        self.desk = desk
        self.publicBase = publicBase.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    static let wave = "waitlist-wave"
    static let linkLabel = "waitlist-offer"

    func policy(_ tenant: ID<Tenant>) throws -> WaitlistPolicyDefinition {
        try desk.plans.configuration(of: tenant).waitlistPolicy?.value ?? .builtIn
    }

    /// The address of an offer for whom it was made to; empty without a public address.
    package func link(_ offer: ID<WaitlistOffer>, _ vault: TenantVault) throws -> String {
        guard let publicBase else { return "" }
        return publicBase + "/offers/" + (try SignedLink.token(offer, for: Self.linkLabel, vault: vault))
    }

    // MARK: Reach

    /// The entry, locked, when the caller may act for who waits. Absent and out of reach look alike.
    func entry(_ id: ID<WaitlistEntry>, in context: CommandContext) throws -> (EntryRow, SchedulingDesk.Client) {
        guard let row = try WaitlistStore.find(id, locking: true, in: context.transaction) else {
            throw try absent("waitlist-entry", in: context)
        }
        return (row, try client(row.patient, row.labels, as: "waitlist-entry", in: context))
    }

    func client(
        _ patient: ID<Patient>, _ labels: Labels, as what: String, in context: CommandContext
    ) throws -> SchedulingDesk.Client {
        do {
            return try desk.client(patient, .waitlistWrite, labels: labels, in: context)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound(what)
        }
    }

    /// What is told of something that is not there, after as much work as a hidden one takes.
    func absent(_ what: String, in context: CommandContext) throws -> Fault {
        _ = try desk.directory.set(of: ID(raw: 0), in: context.transaction)
        _ = try Policy.scopeRows(of: [ID(raw: 0)], for: context.caller, in: context.transaction)
        return context.access.absent(.waitlistWrite, what)
    }

    /// Looks at openings as soon as may be.
    func wake(_ openings: [ID<WaitlistOpening>], in context: CommandContext) throws {
        for opening in openings {
            try Timers.set(
                Self.wave, target: opening.raw, due: context.now, ids: context.ids, in: context.transaction)
        }
    }

    static func event(_ kind: EventKind, _ entry: EntryRow, _ more: [(String, String)] = []) -> NewEvent {
        event(kind, entry.id, entry.patient, entry.need, entry.wish.visitType, entry.labels, more)
    }

    static func event(
        _ kind: EventKind, _ id: ID<WaitlistEntry>, _ patient: ID<Patient>, _ need: ID<Need>?, _ visitType: String,
        _ labels: Labels, _ more: [(String, String)] = []
    ) -> NewEvent {
        var body: [(String, String)] = [("entry", id.text), ("visit_type", visitType)]
        body += more
        return NewEvent(
            kind, patient: patient, need: need, labels: labels,
            body: .object(WaitlistJSON.object(body)))
    }
}
