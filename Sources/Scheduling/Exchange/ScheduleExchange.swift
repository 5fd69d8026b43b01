import FHIR
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var exchange: Capability {
        typealias Description = ExchangeDescription
        return Capability(
            "schedule-exchange",
            routes: [
                .get("/fhir/Schedule", .api(.appointmentRead, Description.schedules, searchSchedules)),
                .get("/fhir/Schedule/{id}", .api(.appointmentRead, Description.schedule, readSchedule)),
                .get("/fhir/Slot", heavy: true, .api(.appointmentRead, Description.slots, searchSlots)),
                .get("/fhir/Appointment", .api(.appointmentRead, Description.appointments, searchAppointments)),
                .get("/fhir/Appointment/{id}", .api(.appointmentRead, Description.appointment, readFHIRAppointment)),
                .post(
                    "/fhir/AppointmentResponse",
                    .api(.appointmentWrite, Description.response, receiveAppointmentResponse)),
            ])
    }

    private func resources(_ request: WebRequest) throws -> ScheduleResources {
        ScheduleResources(
            plan: try desk.plans.plan(of: request.tenant),
            configuration: try desk.plans.configuration(of: request.tenant), language: request.language)
    }

    /// As FHIR's own media type to who asks for it.
    private static func answer(
        _ resource: JSONValue, _ request: WebRequest, status: HTTPResponse.Status = .ok
    ) -> WebResponse {
        var writer = JSONWriter(reserving: 2_048)
        writer.value(resource)
        var response = WebResponse.json(writer.bytes, status: status)
        if request.headers[.accept]?.contains("application/fhir+json") == true {
            response.headers[.contentType] = "application/fhir+json; charset=utf-8"
        }
        return response
    }

    /// A page of what was found; `next`: the cursor of the one after it. How many there are is told where it has all.
    private static func bundle(_ found: [JSONValue], next: String? = nil, _ request: WebRequest) -> WebResponse {
        let isWhole = next == nil && request.query["cursor"] == nil
        return answer(
            FHIRBundle.searchSet(
                found, total: isWhole ? found.count : nil, base: request.base + "/fhir", address: address(request),
                next: next.map { address(request, after: $0) }), request)
    }

    /// The address of a search, or of a page of it.
    private static func address(_ request: WebRequest, after cursor: String? = nil) -> String {
        var fields = request.query.fields
        if let cursor { fields = fields.filter { $0.name != "cursor" } + [(name: "cursor", value: cursor)] }
        let pairs = fields.map { "\(FormFields.encode($0.name))=\(FormFields.encode($0.value))" }
        return request.base + request.path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// How many there are on a page: `_count`, if that is fewer.
    private static func pageSize(_ request: WebRequest, atMost most: Int) throws -> Int {
        var fields = QueryFields(request.query)
        let count = fields.number("_count", 1...1_000_000)
        try fields.check()
        return min(count ?? most, most)
    }

    /// `Practitioner/elena-alvarez`, or the id alone.
    private static func id(_ text: String?, of type: String) -> String? {
        text.map { $0.hasPrefix("\(type)/") ? String($0.dropFirst(type.utf8.count + 1)) : $0 }
    }

    // MARK: Schedules and slots

    /// `?actor=Practitioner/…`, `?actor=Location/…`.
    func searchSchedules(_ request: WebRequest, _: Caller) async throws -> WebResponse {
        let resources = try resources(request)
        let now = request.spine.clock.now()
        var keys = resources.keys
        for actor in request.query.all("actor") where !actor.isEmpty {
            keys.removeAll { "Practitioner/\($0.practitioner)" != actor && "Location/\($0.location)" != actor }
        }
        return Self.bundle(keys.compactMap { resources.schedule($0, now: now)?.resource }, request)
    }

    func readSchedule(_ request: WebRequest, _: Caller) async throws -> WebResponse {
        let resources = try resources(request)
        guard let id = request.parameters["id"], let key = resources.key(id: id),
            let schedule = resources.schedule(key, now: request.spine.clock.now())
        else { throw Fault.notFound("schedule") }
        return Self.answer(schedule.resource, request)
    }

    private static let mostDays = 31
    private static let mostSlots = 1_000
    /// The names of the lists in cursors.
    private static let slotList = "fhir-slots"
    private static let visitList = "fhir-appointments"

    /// `?schedule=…&start=ge…&start=lt…&status=free&service-type=…`; without a start, a week from now.
    func searchSlots(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let resources = try resources(request)
        guard let id = Self.id(request.query.trimmed("schedule"), of: "Schedule"), let key = resources.key(id: id),
            let zone = resources.plan.zone(ofLocation: key.location)
        else { throw Fault.invalid("schedule", "Schedule/ and the id of one.") }
        let time = try SearchedTime("start", request.query, zone: zone)
        let limit = try Self.pageSize(request, atMost: Self.mostSlots)
        let vault = try await request.spine.vault(request.tenant)
        let cursor = try request.query["cursor"].map { try Cursor($0, for: Self.slotList, vault: vault).values }
        // Every page is of the stretch that the first one was of.
        let last = cursor.flatMap { $0.count == 4 ? (start: $0[0], number: $0[1], from: $0[2], to: $0[3]) : nil }
        let now = request.spine.clock.now()
        let from = max(0, last?.from ?? time.from ?? now.microseconds)
        let to = last?.to ?? time.to ?? from + 7 * 86_400_000_000
        guard from < to, zone.civil(at: from).date.days(until: zone.civil(at: to - 1).date) <= Self.mostDays else {
            throw Fault.invalid("start", "From one moment to a later one, at most \(Self.mostDays) days.")
        }
        let named = request.query.trimmed("status")
        let status = named.flatMap(FHIRSlot.Status.init(rawValue:))
        guard named == nil || status != nil else {
            throw Fault.invalid("status", "One of free, busy, busy-unavailable.")
        }
        let wanted = request.query.trimmed("service-type").map { $0.split(separator: "|").last.map(String.init) ?? $0 }
        func includes(_ kind: FHIRSlot.Status) -> Bool {
            (status == nil || status == kind) && (kind == .free || wanted == nil)
        }
        let types = resources.types(key).map(\.key).filter { wanted == nil || $0 == wanted }
        let query = ReadSlots(
            key: key, types: includes(.free) ? types : [], from: zone.civil(at: max(from, last?.start ?? from)).date,
            to: zone.civil(at: to - 1).date, now: now, desk: desk)
        let read = try await request.spine.ask(query, as: caller)
        var found = read.free.filter { $0.span.start >= from && $0.span.start < to }.compactMap(resources.free)
        if includes(.busy) { found += resources.busy(key, read.booked, from: from, to: to) }
        if includes(.busyUnavailable) { found += resources.away(key, read.booked, from: from, to: to) }
        if let last { found.removeAll { $0.order <= (last.start, last.number) } }
        found.sort { $0.order < $1.order }
        let page = found.prefix(limit)
        var next: String?
        if found.count > limit, let end = page.last {
            next = try Cursor(end.start, end.number, from, to).text(for: Self.slotList, vault: vault)
        }
        return Self.bundle(page.map(\.slot.resource), next: next, request)
    }

    // MARK: Appointments

    func readFHIRAppointment(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let found = try await request.spine.ask(
            ReadExchangedVisit(id: try request.id("id")), as: caller)
        return Self.answer(try resource(found.row, found.referral, request), request)
    }

    private func resource(
        _ row: AppointmentRow, _ referral: ID<Referral>?, _ request: WebRequest
    ) throws -> JSONValue {
        let zone = try desk.plans.zone(ofLocation: row.place.location, tenant: request.tenant)
        return try resources(request).appointment(row, zone: zone, referral: referral).resource
    }

    /// `?patient=…&date=ge…&date=lt…`, the newest first.
    func searchAppointments(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        guard let text = Self.id(request.query.trimmed("patient"), of: "Patient"), let patient = ID<Patient>(text)
        else {
            throw Fault.invalid("patient", "Patient/ and an id of 13 characters.")
        }
        let name = try desk.plans.configuration(of: request.tenant).organization?.value.zone ?? "Etc/UTC"
        let time = try SearchedTime("date", request.query, zone: desk.plans.timeZones.zone(name))
        let limit = try Self.pageSize(request, atMost: ListExchangedVisits.most)
        let vault = try await request.spine.vault(request.tenant)
        let cursor = try request.query["cursor"].map { try Cursor($0, for: Self.visitList, vault: vault).values }
        let found = try await request.spine.ask(
            ListExchangedVisits(
                patient: patient, from: time.from, to: time.to,
                after: cursor.flatMap { $0.count == 2 ? (start: $0[0], id: $0[1]) : nil }, limit: limit, desk: desk),
            as: caller)
        var next: String?
        if found.hasMore, let last = found.rows.last {
            next = try Cursor(last.place.span.start, last.id.raw).text(for: Self.visitList, vault: vault)
        }
        return Self.bundle(
            try found.rows.map { try resource($0, found.referrals[$0.id], request) }, next: next, request)
    }

    func receiveAppointmentResponse(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let response: FHIRAppointmentResponse
        do {
            response = try FHIRAppointmentResponse(of: try Self.fhirBody(request))
        } catch let error as FHIRElementError {
            throw Fault(
                .invalid, "fhir.element", "An element of the resource is missing or not of its type.", place: error.path
            )
        }
        guard let id = ID<Appointment>(response.appointment) else { throw Fault.notFound("appointment") }
        let row = try await request.spine.ask(ReadAppointment(id), as: caller)
        let isPractitioner = try Self.checks(response.actor, row)
        let key = try Self.idempotency(request)
        switch response.answer {
        case .accepted where isPractitioner, .tentative: break
        case .accepted:
            _ = try await request.spine.perform(
                ConfirmAppointment(id, by: "api", desk: desk), as: caller, idempotency: key)
        case .declined:
            _ = try await request.spine.perform(
                CancelAppointment(id, reason: isPractitioner ? .practitioner : .patient, desk: desk), as: caller,
                idempotency: key)
        case .needsAction:
            throw Fault.invalid("participantStatus", "One of accepted, declined, tentative.")
        }
        // The answer itself is not kept: its id is the visit's with what was said.
        var answer = Self.answer(
            response.resource(id: "\(id.text)-\(response.answer.rawValue)"), request, status: .created)
        answer.headers[.location] = "/fhir/Appointment/\(id.text)"
        return answer
    }

    /// Whether the practitioner of the visit speaks; else the patient does. Nobody else may.
    private static func checks(_ actor: FHIRReference.Target?, _ row: AppointmentRow) throws -> Bool {
        switch actor {
        case nil: return false
        case .literal("Patient", row.patient.text, _)?: return false
        case .literal("Practitioner", row.place.practitioner, _)?: return true
        default: throw Fault.invalid("actor", "The patient or the practitioner of this visit.")
        }
    }

    /// `application/fhir+json`, or `application/json`.
    private static func fhirBody(_ request: WebRequest) throws -> JSONValue {
        let type = (request.headers[.contentType] ?? "").lowercased()
        guard type.hasPrefix("application/fhir+json") else { return try request.json() }
        guard let value = try? JSONValue(parsing: request.body), value.object != nil else {
            // Whatever is wrong with it, it is no JSON object.
            throw Fault(.invalid, "request.json", "The body is not a JSON object.")
        }
        return value
    }
}

/// The free times of a practitioner at a place, and what is taken.
struct ReadSlots: Query {
    static let permission = Permission.appointmentRead

    struct Answer: Sendable {
        let free: [OpenSlot]
        let booked: BookedTimes
    }

    let key: ScheduleKey
    let types: [String]
    let from: CivilDate
    let to: CivilDate
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let day: Int64 = 86_400_000_000
        let people = plan.practitioners, things = plan.resources
        let start = Int64(from.daysSinceEpoch - 2) * day, end = Int64(to.daysSinceEpoch + 3) * day
        let times = try TakenTimes.read(
            people.map { .practitioner($0.key) } + things.map { .thing($0.key) }, from: start, to: end, in: transaction)
        var bookings = times.bookings(plan, people: people, things: things, patient: nil, ignoring: [], at: now)
        try bookings.addDone(
            plan, types.compactMap { plan.visitTypes[$0] }, of: people, from: start, to: end, at: now, in: transaction)
        let finder = SlotFinder(plan)
        let free = types.flatMap { type in
            finder.slots(
                for: SlotRequest(
                    visitType: type, from: from, to: to, practitioners: [key.practitioner], locations: [key.location]),
                bookings, now: now)
        }
        return Answer(free: free, booked: bookings.people[key.practitioner] ?? .none)
    }
}

/// One visit with the referral it was booked for.
struct ReadExchangedVisit: Query {
    static let permission = Permission.appointmentRead
    let id: ID<Appointment>

    struct Answer: Sendable {
        let row: AppointmentRow
        let referral: ID<Referral>?
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let row = try ReadAppointment.open(id, transaction, access).row
        let referrals = try ReferralStore.booked(for: [row.id], caller: access.caller, in: transaction)
        return Answer(row: row, referral: referrals[row.id])
    }
}

/// A page of a patient's visits, the newest first.
struct ListExchangedVisits: Query {
    static let permission = Permission.appointmentRead
    static let most = 500

    let patient: ID<Patient>
    /// Between which moments they begin.
    let from: Int64?
    let to: Int64?
    /// The last one of the page before.
    let after: (start: Int64, id: Int64)?
    let limit: Int
    let desk: SchedulingDesk

    struct Answer: Sendable {
        let rows: [AppointmentRow]
        let referrals: [ID<Appointment>: ID<Referral>]
        let hasMore: Bool
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let scopes = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)
        do {
            _ = try access.grant(Self.permission, for: PatientSet(patient), scope: scopes[patient] ?? [])
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("patient")
        }
        let set = try desk.directory.set(of: patient, in: transaction)
        let found = try AppointmentStore.visits(
            of: set.members, from: from, to: to, after: after, limit: limit + 1, for: access.caller, in: transaction)
        let rows = Array(found.prefix(limit))
        return Answer(
            rows: rows,
            referrals: try ReferralStore.booked(for: rows.map(\.id), caller: access.caller, in: transaction),
            hasMore: found.count > limit)
    }
}
