package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import StudioAPI
import TimeZones
package import Vault

/// What somebody is put on the list with.
package struct WaitlistRequest: Sendable {
    package var wish: WaitlistWish
    /// A key of the policy; nil: the last.
    package var priority: String?
    /// Whether the payer's authorization is there.
    package var authorized: Bool
    /// The group that the fairness floor counts them in, when the policy's grouping is not by language; a code.
    package var group: String?
    package var need: ID<Need>?

    package init(
        _ wish: WaitlistWish, priority: String? = nil, authorized: Bool = false, group: String? = nil,
        need: ID<Need>? = nil
    ) {
        self.wish = wish
        self.priority = priority
        self.authorized = authorized
        self.group = group
        self.need = need
    }

    /// Two weeks, in minutes.
    static let longestNotice = 20_160

    /// Everything wrong with it, together.
    func check(_ waitlist: WaitlistDesk, _ tenant: ID<Tenant>) throws {
        let plan = try waitlist.desk.plans.plan(of: tenant)
        var fields: [Fault.Field] = []
        func demand(_ condition: Bool, _ field: String, _ sentence: String) {
            if !condition { fields.append(.init(field, sentence)) }
        }
        let type = plan.visitTypes[wish.visitType]
        demand(type != nil, "visitType", "Not a known visit type.")
        for key in wish.practitioners.sorted() {
            demand(plan.practitioner(key) != nil, "practitioners", "Not a known practitioner.")
            if let type, let person = plan.practitioner(key) {
                demand(person.mayDo(type), "practitioners", "This practitioner does not do this visit type.")
            }
        }
        for key in wish.locations.sorted() {
            demand(plan.location(key) != nil, "locations", "Not a known location.")
            if let type { demand(type.mayBe(at: key), "locations", "This visit type is not done at this location.") }
        }
        demand(wish.practitioners.count <= 10, "practitioners", "At most 10.")
        demand(wish.locations.count <= 10, "locations", "At most 10.")
        demand(wish.weekdays.allSatisfy((1...7).contains), "weekdays", "From 1 (Monday) to 7.")
        demand(
            wish.fromMinute >= 0 && wish.toMinute <= 1_440 && wish.fromMinute < wish.toMinute, "to",
            "The hours end after they begin.")
        if let earliest = wish.earliest, let latest = wish.latest {
            demand(earliest <= latest, "latest", "The last day is before the first.")
        }
        demand((0...Self.longestNotice).contains(wish.noticeMinutes), "notice", "From 0 to 336 hours.")
        if let priority {
            let known = try waitlist.policy(tenant).priorities.contains { $0.key == priority }
            demand(known, "priority", "Not a known priority.")
        }
        demand(group.map { $0.count <= 40 && $0.allSatisfy(Self.isOfCode) } ?? true, "group", "A code of 40 letters.")
        if !fields.isEmpty { throw Fault.invalid(fields) }
    }

    private static func isOfCode(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }
}

/// Puts somebody on the list.
package struct JoinWaitlist: Command {
    package static let permission = Permission.waitlistWrite
    private let patient: ID<Patient>
    private let request: WaitlistRequest
    private let waitlist: WaitlistDesk

    package init(_ patient: ID<Patient>, _ request: WaitlistRequest, waitlist: WaitlistDesk) {
        self.patient = patient
        self.request = request
        self.waitlist = waitlist
    }

    /// The id of the entry.
    package func run(_ context: CommandContext) throws -> Int64 {
        let tenant = context.caller.tenant
        let client = try waitlist.desk.client(patient, .waitlistWrite, in: context)
        try waitlist.desk.check(need: request.need, in: context)
        try request.check(waitlist, tenant)
        guard !client.plain.deceased else {
            throw Fault(.conflict, "waitlist.deceased", "The patient has died; they cannot be put on the list.")
        }
        try waitlist.check(client, request, in: context)
        let wish = request.wish
        let policy = try waitlist.policy(tenant)
        let labels = try waitlist.desk.plans.labels(of: wish.visitType, tenant: tenant)
        let id: ID<WaitlistEntry> = context.newID()
        let entry = WaitlistStore.NewEntry(
            id: id, patient: client.id, need: request.need, wish: wish,
            priority: request.priority ?? policy.priorities.last?.key ?? "routine", group: group(client, policy),
            authorized: request.authorized, labels: labels, source: context.caller.origin)
        // Read first, so that a refused joining has changed nothing.
        guard try WaitlistStore.waiting(client.set.members, wish.visitType, in: context.transaction) == nil,
            try WaitlistStore.insert(entry, at: context.now, in: context.transaction)
        else {
            throw Fault(
                .conflict, "waitlist.already", "The patient is on the waitlist for this visit type already.",
                remedy: "Change what they asked for instead.")
        }
        context.emit(
            WaitlistDesk.event(.waitlistJoined, id, client.id, request.need, wish.visitType, labels))
        try waitlist.wake(
            try OfferStore.open(for: wish.visitType, after: context.now, in: context.transaction), in: context)
        return id.raw
    }

    private func group(_ client: SchedulingDesk.Client, _ policy: WaitlistPolicyDefinition) -> String {
        switch policy.fairness.by {
        case .language: String(client.plain.language.prefix { $0 != "-" }).lowercased()
        case .coverage, .channel: request.group ?? "unknown"
        }
    }
}

/// Changes what somebody on the list asked for; the visit type stays.
package struct ChangeEntry: Command {
    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistEntry>
    private let request: WaitlistRequest
    private let version: Int?
    private let waitlist: WaitlistDesk

    /// `version`: what the caller had before them; nil: whatever it is now.
    package init(_ id: ID<WaitlistEntry>, _ request: WaitlistRequest, version: Int? = nil, waitlist: WaitlistDesk) {
        self.id = id
        self.request = request
        self.version = version
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> Int64 {
        let (entry, client) = try waitlist.entry(id, in: context)
        guard entry.state == "waiting" else { throw WaitlistFaults.over }
        guard version == nil || version == entry.version else { throw WaitlistFaults.changed }
        var request = request
        request.wish.visitType = entry.wish.visitType
        request.need = entry.need
        try request.check(waitlist, context.caller.tenant)
        try waitlist.check(client, request, in: context)
        guard
            try WaitlistStore.update(
                id, request.wish, priority: request.priority ?? entry.priority, authorized: request.authorized,
                from: entry.version, in: context.transaction)
        else { throw WaitlistFaults.changed }
        context.emit(WaitlistDesk.event(.waitlistChanged, entry))
        try waitlist.wake(
            try OfferStore.open(for: entry.wish.visitType, after: context.now, in: context.transaction), in: context)
        return id.raw
    }
}

/// Takes somebody off the list, and back what they were offered. Nothing happens when they are off it already.
package struct LeaveWaitlist: Command {
    package enum Reason: String, Sendable, CaseIterable {
        case patient, staff, served
    }

    package static let permission = Permission.waitlistWrite
    private let id: ID<WaitlistEntry>
    private let reason: Reason
    private let waitlist: WaitlistDesk

    package init(_ id: ID<WaitlistEntry>, reason: Reason, waitlist: WaitlistDesk) {
        self.id = id
        self.reason = reason
        self.waitlist = waitlist
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let (entry, _) = try waitlist.entry(id, in: context)
        guard entry.state == "waiting" else { return false }
        try WaitlistStore.end(id, as: "left", reason: reason.rawValue, at: context.now, in: context.transaction)
        try waitlist.wake(try OfferStore.withdraw(of: id, in: context.transaction), in: context)
        context.emit(WaitlistDesk.event(.waitlistLeft, entry, [("reason", reason.rawValue)]))
        return true
    }
}

enum WaitlistFaults {
    /// Nobody waits for what they could not have.
    static func refused(_ refusal: SlotRefusal, missing: [String] = []) -> Fault {
        Fault(
            .conflict, "slot." + refusal.rawValue, refusal.sentence(missing: missing),
            remedy: "Choose another visit type or practitioner, or put them on the list when this has changed.",
            fields: refusal.fields(missing: missing))
    }
    static let over = Fault(.conflict, "waitlist.over", "The patient is not on the waitlist any more.")
    static let changed = Fault(
        .conflict, "waitlist.changed", "Somebody else changed this entry meanwhile.", remedy: "Look at it again.")
    static let closed = Fault(
        .conflict, "waitlist.opening-closed", "This time is not offered any more.", remedy: "Look at it again.")
}
