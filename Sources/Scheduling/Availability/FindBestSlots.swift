package import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
package import Store
import StudioAPI
import TimeZones
package import Vault

/// The best times for what somebody would like, each with what speaks for it.
package struct FindBestSlots: Query {
    package static let permission = Permission.appointmentRead

    private let wish: SlotWish
    private let patient: ID<Patient>?
    private let need: ID<Need>?
    private let moving: ID<Appointment>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// `patient`: whose visits are avoided, and whose practitioners and language speak for a time. `moving`: a visit whose
    /// present time counts as free.
    package init(
        _ wish: SlotWish, patient: ID<Patient>? = nil, need: ID<Need>? = nil, moving: ID<Appointment>? = nil,
        now: Instant, desk: SchedulingDesk
    ) {
        self.wish = wish
        self.patient = patient
        self.need = need
        self.moving = moving
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> [RankedSlot] {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let request = SlotRequest(
            visitType: wish.visitType, from: wish.from, to: wish.to, practitioners: wish.practitioners,
            locations: wish.locations)
        try FindSlots.check(request, plan)
        guard let type = plan.visitTypes[wish.visitType] else { return [] }
        let reading = SlotReading(
            type: type, practitioners: wish.practitioners, from: wish.from, to: wish.to, patient: patient, need: need,
            moving: moving)
        let (bookings, visitor) = try reading.read(desk, now, transaction, access)
        var wish = wish
        if let patient {
            let set = try desk.directory.set(of: patient, in: transaction)
            let visits = try AppointmentStore.visits(of: set.members, limit: 20, for: access.caller, in: transaction)
            wish.known = Set(visits.filter { $0.status == .fulfilled }.map(\.place.practitioner))
            wish.language = wish.language ?? visitor.language
        }
        return SlotFinder(plan).ranked(
            wish, bookings, visitor: visitor, postcodes: desk.plans.postcodes, now: now)
    }
}

/// Times for several visits at once: of one patient and all that is linked to the visit, or of people who come together.
package struct FindTrips: Query {
    package static let permission = Permission.appointmentRead
    /// The most people who come together.
    package static let mostPeople = 6

    /// Who comes for what.
    package struct Person: Sendable {
        package let patient: ID<Patient>?
        package let visitType: String

        package init(patient: ID<Patient>?, visitType: String) {
            self.patient = patient
            self.visitType = visitType
        }
    }

    private let people: [Person]
    private let request: SlotRequest
    private let hours: SearchHours
    private let together: TripTogether?
    private let holding: ID<SlotHold>?
    private let now: Instant
    private let desk: SchedulingDesk

    /// One person: the visit with its links. Several: their visits together, each followed by its links. `request` is
    /// about the first, `hours` about everybody's own visit. `holding`: a hold whose time counts as free.
    package init(
        _ people: [Person], _ request: SlotRequest, within hours: SearchHours = .all, together: TripTogether?,
        holding: ID<SlotHold>? = nil, now: Instant, desk: SchedulingDesk
    ) {
        self.holding = holding
        self.people = people
        self.request = request
        self.hours = hours
        self.together = together
        self.now = now
        self.desk = desk
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> FoundTrips {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        try FindSlots.check(request, plan)
        let finder = SlotFinder(plan)
        var steps: [TripStep] = []
        var busy = [BusyTimes](repeating: .none, count: people.count)
        var taken = Bookings.none
        let chains = people.map { finder.steps(of: $0.visitType) }
        guard chains.joined().count <= BookLinkedVisits.most else {
            throw Fault.invalid(
                "visit_types", "With what they link these are more than \(BookLinkedVisits.most) visits.")
        }
        let places = Self.places(chains)
        // Links reach beyond the range: as far as the longest gaps of any chain.
        let reach = chains.map { $0.compactMap(\.link).reduce(0) { $0 + $1.rule.maxGapMinutes / 1_440 + 2 } }.max() ?? 0
        func add(_ local: Int, of number: Int) throws {
            let step = chains[number][local]
            guard let type = plan.visitTypes[step.visitType] else {
                throw Fault.invalid("visit_type", "Not a known visit type.")
            }
            var reading = SlotReading(
                type: type, practitioners: nil, from: request.from.adding(days: -reach),
                to: request.to.adding(days: reach), patient: people[number].patient)
            if let holding { reading.ignoring = [holding.raw] }
            let (bookings, visitor) = try reading.read(desk, now, transaction, access)
            taken.people.merge(bookings.people) { $1.keepingDone(of: $0) }
            taken.resources.merge(bookings.resources) { _, new in new }
            taken.closed.merge(bookings.closed) { _, new in new }
            taken.groupsAway.formUnion(bookings.groupsAway)
            busy[number] = bookings.patient
            steps.append(
                TripStep(
                    visitType: step.visitType, visitor: visitor, person: number,
                    link: step.link.map { (places[number][$0.step], $0.rule) }))
        }
        // What is linked comes last: where the people do not fit together none of it needs to be looked for.
        for number in chains.indices { try add(0, of: number) }
        for number in chains.indices { for local in chains[number].indices.dropFirst() { try add(local, of: number) } }
        let order = places.flatMap(\.self)
        var found = finder.trips(steps, request, within: hours, taken, busy: busy, together: together, now: now)
        found.trips = found.trips.map { trip in order.map { trip[$0] } }
        return found
    }

    /// Where the steps of each chain stand when the first ones of all come first.
    private static func places(_ chains: [[TripStep]]) -> [[Int]] {
        var next = chains.count
        return chains.enumerated().map { number, chain in
            defer { next += chain.count - 1 }
            return [number] + Array(next..<(next + chain.count - 1))
        }
    }
}
