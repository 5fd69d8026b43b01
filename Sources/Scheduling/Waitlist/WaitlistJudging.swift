import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
package import StudioAPI
package import TimeZones
import Vault

// What booking would say: asked before somebody is put on the list, before they are written to, and before they are
// given the time.

extension WaitlistDesk {
    // MARK: The time

    /// The visit types that somebody waits for and that could begin there by all rules but what is taken, for which the
    /// time is long enough.
    func fitting(
        _ opening: OpeningRow, tenant: ID<Tenant>, at now: Instant, in transaction: any Transaction
    ) throws -> [String] {
        let plan = try desk.plans.plan(of: tenant)
        return try WaitlistStore.waitingTypes(in: transaction).filter { key in
            guard let type = plan.visitTypes[key], key == opening.visitType || type.minutes <= opening.minutes else {
                return false
            }
            return try isPlace(opening, for: key, tenant: tenant, at: now)
        }
    }

    /// Whether others have what every one of the visits that an opening is offered for needs: the practitioner, the
    /// places of a group, rooms, what a day may have. Holds do not count: they may run out. What the calendar's own
    /// rules say of the time is another matter.
    func isTaken(
        _ opening: OpeningRow, tenant: ID<Tenant>, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        let others =
            try policy(tenant).guards.sameTemplate
            ? [] : fitting(opening, tenant: tenant, at: now, in: transaction)
        var isTaken = false
        for key in Set([opening.visitType] + others).sorted() {
            guard try isPlace(opening, for: key, tenant: tenant, at: now) else { continue }
            let wish = TimeWish(question: try opening.question(key), visitor: .unknown, patient: nil)
            let refusal = try TimeTaking.refusal(
                of: wish, countingHolds: false, desk: desk, tenant: tenant, at: now, in: transaction)
            if refusal == nil { return false }
            isTaken = true
        }
        return isTaken
    }

    /// Whether a visit could begin there by all rules but what is taken, whoever comes.
    func isPlace(
        _ opening: OpeningRow, for visitType: String, tenant: ID<Tenant>, at now: Instant
    ) throws -> Bool {
        let plan = try desk.plans.plan(of: tenant)
        guard plan.visitTypes[visitType] != nil, plan.practitioner(opening.practitioner) != nil,
            plan.location(opening.location) != nil,
            case .success = try SlotFinder(plan).place(try opening.question(visitType), now: now)
        else { return false }
        return true
    }

    // MARK: The person

    /// The visit that somebody would have at an opening's time, and the later one that it would take the place of.
    func wish(
        of entry: EntryRow, _ opening: OpeningRow, _ client: SchedulingDesk.Client, _ action: Permission,
        _ transaction: any Transaction, _ access: Access
    ) throws -> (wish: TimeWish, later: AppointmentRow?) {
        let question = try opening.question(entry.wish.visitType)
        let later = try later(of: client.set, entry.wish.visitType, after: opening.start, in: transaction)
        var wish = try desk.wish(
            question, client, need: later == nil ? entry.need : later?.need, moved: later?.place.visitType, action,
            transaction, access)
        wish.ignoring = later.map { [$0.id.raw] } ?? []
        return (wish, later)
    }

    private func later(
        of set: PatientSet, _ visitType: String, after start: Instant, in transaction: any Transaction
    ) throws -> AppointmentRow? {
        try WaitlistStore.later(of: set.members, visitType, after: start, in: transaction).flatMap {
            try AppointmentStore.find($0, in: transaction)
        }
    }

    /// Whether who waits could have an opening's time, by all that booking asks. Time that is only held counts as free.
    func couldTake(
        _ entry: EntryRow, _ opening: OpeningRow, _ plain: PatientPlain, _ context: CommandContext
    ) throws
        -> Bool
    {
        let transaction = context.transaction
        let client = SchedulingDesk.Client(
            id: entry.patient, set: try desk.directory.set(of: entry.patient, in: transaction), plain: plain)
        do {
            let wish = try wish(of: entry, opening, client, .appointmentWrite, transaction, context.access).wish
            return try TimeTaking.refusal(
                of: wish, countingHolds: false, desk: desk, tenant: context.caller.tenant, at: context.now,
                in: transaction) == nil
        } catch let fault as Fault where fault.category == .notFound {
            // Whom the machine may not look at it cannot book for either; the others are asked all the same.
            return false
        }
    }

    /// Why an opening's visit is not for who waits, whatever else is booked, and what has to be asked first: for a
    /// reader who may see them.
    func ruling(
        on entry: EntryRow, _ opening: OpeningRow, _ plain: PatientPlain, _ transaction: any Transaction,
        _ access: Access
    ) throws -> (refusal: SlotRefusal, missing: [String])? {
        let client = SchedulingDesk.Client(
            id: entry.patient, set: try desk.directory.set(of: entry.patient, in: transaction), plain: plain)
        let wish = try wish(of: entry, opening, client, .waitlistRead, transaction, access).wish
        let plan = try desk.plans.plan(of: access.caller.tenant)
        return try SlotFinder(plan).refusal(of: wish.visitor, wish.question).map { ($0, wish.missingFacts(plan)) }
    }

    /// Throws when the visit type is for nobody like this, on any day that they want and with anybody whom they want.
    /// An authorization may come while they wait; that it is there already is not said in vain.
    func check(_ client: SchedulingDesk.Client, _ request: WaitlistRequest, in context: CommandContext) throws {
        let plan = try desk.plans.plan(of: context.caller.tenant)
        let wanted = request.wish
        guard let type = plan.visitTypes[wanted.visitType] else { return }
        let later = try later(of: client.set, type.key, after: context.now, in: context.transaction)
        let people = plan.practitioners(for: type).filter {
            wanted.practitioners.isEmpty || wanted.practitioners.contains($0.key)
        }
        var visitor = try desk.visitor(
            client.id, client.set, for: type, with: Set(people.map(\.key)), plain: client.plain,
            need: later == nil ? request.need : later?.need, .waitlistWrite, context.transaction, context.access)
        if let later { visitor.keepsWhatWasAgreed(type, as: later.place.visitType) }
        if !request.authorized {
            visitor.hasAuthorization = nil
            visitor.authorizedDays = nil
        }
        // A day more on both sides: no clock is further from UTC.
        let today = CivilDate(daysSinceEpoch: Int(context.now.seconds / 86_400))
        let first = max(today.adding(days: -1), wanted.earliest ?? today.adding(days: -1))
        let end = today.adding(days: type.horizonDays + 1)
        let last = max(first, min(end, wanted.latest ?? end))
        if let refusal = visitor.refusal(type, with: people, from: first, to: last) {
            throw WaitlistFaults.refused(refusal, missing: visitor.missingFacts(type))
        }
    }
}

extension SlotVisitor {
    /// Why the type is not for this person on any day of a stretch of at most some months, whoever of these does it;
    /// nil: on some day somebody could.
    package func refusal(
        _ type: VisitTypeDefinition, with people: [PractitionerDefinition], from first: CivilDate, to last: CivilDate
    ) -> SlotRefusal? {
        if let refusal = refusal(type) { return refusal }
        // Ages change once a year, so the ends tell; papers may be for days in the middle.
        let borders = [authorizedDays?.lowerBound, authorizedDays?.upperBound, referralUntil].compactMap { $0 }
        let days = [first, last] + borders.filter { first < $0 && $0 < last }
        var found: SlotRefusal?
        for person in people {
            for day in days {
                guard let refusal = refusal(person) ?? refusal(type, person, on: day) else { return nil }
                if found == nil { found = refusal }
            }
        }
        return found
    }
}
