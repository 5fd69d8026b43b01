import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// All that a decision about one opening looks at, read in one transaction: by the machine that asks, and by the page that
/// says why somebody was not asked.
struct WaitlistReading {
    let opening: OpeningRow
    let opened: OpenedTime
    let matching: WaitlistMatching
    let entries: [Int64: EntryRow]
    let candidates: [WaitlistCandidate]
    let tallies: [String: GroupTally]
    /// How often it was offered, arrived or not, and how many of these wait for an answer.
    let asked: Int
    let waiting: Int
    let plain: [ID<Patient>: PatientPlain]

    /// `only`: these of the list and nobody else, for who wants to know why they were not asked. `action`: the right by
    /// which it is read how they are written to, where that matters.
    init(
        _ opening: OpeningRow, _ waitlist: WaitlistDesk, tenant: ID<Tenant>, only: [EntryRow]? = nil, now: Instant,
        _ action: Permission, _ access: Access, in transaction: any Transaction
    ) throws {
        let policy = try waitlist.policy(tenant)
        let plan = try waitlist.desk.plans.plan(of: tenant)
        let types = try waitlist.fitting(opening, tenant: tenant, at: now, in: transaction)
        let wanted = policy.guards.sameTemplate ? types.filter { $0 == opening.visitType } : types
        let rows =
            try only
            ?? WaitlistStore.candidates(
                wanted, for: opening, priorities: policy.priorities.map(\.key), at: now, in: transaction)
        let offers = try OfferStore.all(of: opening.id, in: transaction)
        let zone = try waitlist.desk.plans.timeZones.zone(opening.zone)
        let question = try opening.question(opening.visitType)
        self.opening = opening
        matching = WaitlistMatching(policy)
        opened = OpenedTime(
            practitioner: opening.practitioner, location: opening.location, localStart: question.localStart,
            start: opening.start, template: opening.visitType, fitting: Set(types))
        entries = Dictionary(uniqueKeysWithValues: rows.map { ($0.id.raw, $0) })
        // What did not arrive went out all the same, and counts among what may go out.
        asked = offers.count { $0.state != "withheld" || $0.message != nil }
        waiting = offers.count { $0.state == "offered" && $0.expiresAt > now }
        let people = Array(Set(rows.map(\.patient)))
        plain = try waitlist.desk.directory.plain(of: people, in: transaction)
        let facts = try Facts(people, types, opening, zone, now: now, in: transaction)
        let quiet = try QuietTimes(
            waitlist.desk, location: opening.location, zone: opening.zone, tenant: tenant,
            for: .waitlistOffer, action, access, in: transaction
        ).holding(plain.values, at: now)
        // Without words for it nobody was asked.
        let known = Set(offers.filter { $0.reason != MessageOutcome.noTemplate }.map(\.entry))
        let heads = try WaitlistStore.heads(in: transaction)
        let given = try OfferStore.offersByGroup(since: now - .days(WaitlistRules.fairnessDays), in: transaction)
        tallies = heads.reduce(into: [:]) { $0[$1.key] = GroupTally(heads: $1.value, offers: given[$1.key] ?? 0) }
        let ranks = Dictionary(
            policy.priorities.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        var candidates: [WaitlistCandidate] = []
        for row in rows {
            guard let person = plain[row.patient], !person.deceased else { continue }
            var candidate = WaitlistCandidate(
                entry: row.id.raw, wish: row.wish, rank: ranks[row.priority] ?? policy.priorities.count,
                group: row.group, joinedAt: row.joinedAt)
            let had = facts.had[row.patient] ?? OfferStore.Had()
            candidate.offers = had.recently
            candidate.offersToday = had.today
            candidate.isAsked = had.waiting > 0
            candidate.wasUnreached = had.hasNoNumber || had.unreached.contains(row.id)
            candidate.wasAsked = known.contains(row.id)
            candidate.leftIt = row.patient == opening.patient
            candidate.isBusy = facts.isBusy(row.patient)
            candidate.hasSooner = facts.sooner.contains(row.patient.text + " " + row.wish.visitType)
            let rules = plan.visitTypes[row.wish.visitType]?.rules
            candidate.needsPreparation = rules.map { $0.fasting || $0.linked.contains { $0.order == .before } } ?? false
            candidate.needsAuthorization = rules.map { $0.eligibility.authorization != nil } ?? false
            candidate.hasAuthorization = row.authorized
            candidate.isQuiet = quiet.contains(person.id)
            candidates.append(candidate)
        }
        self.candidates = candidates
    }

    /// What is so with the people.
    private struct Facts {
        let had: [ID<Patient>: OfferStore.Had]
        let sooner: Set<String>
        let busy: [Int64: BusyTimes]
        let span: TimeSpan

        init(
            _ people: [ID<Patient>], _ types: [String], _ opening: OpeningRow, _ zone: Zone, now: Instant,
            in transaction: any Transaction
        ) throws {
            let midnight = zone.startOfDay(zone.civil(at: now.microseconds).date)
            had = try OfferStore.had(
                people, since: now - .days(WaitlistRules.fairnessDays), midnight: Instant(microseconds: midnight),
                of: opening, at: now, in: transaction)
            sooner = try WaitlistStore.haveSooner(
                people, types, after: now, until: opening.start, in: transaction)
            span = opening.span
            busy = try IntervalStore.busy(
                people.map { BookableResource.patient($0).key }, from: opening.span.start, to: opening.span.end,
                without: nil, at: now, in: transaction)
        }

        func isBusy(_ patient: ID<Patient>) -> Bool {
            busy[BookableResource.patient(patient).key]?.overlaps(span) ?? false
        }
    }
}
