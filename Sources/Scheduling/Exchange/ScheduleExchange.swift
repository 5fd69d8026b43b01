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

    private static func bundle(_ found: [JSONValue], _ request: WebRequest) -> WebResponse {
        let base = request.base + "/fhir"
        return answer(FHIRBundle.searchSet(found, base: base, address: request.base + request.path), request)
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

    /// `?schedule=…&start=ge…&start=lt…&status=free&service-type=…`; without a start, a week from now.
    func searchSlots(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let resources = try resources(request)
        guard let id = Self.id(request.query.trimmed("schedule"), of: "Schedule"), let key = resources.key(id: id),
            let zone = resources.plan.zone(ofLocation: key.location)
        else { throw Fault.invalid("schedule", "Schedule/ and the id of one.") }
        let time = try SearchedTime("start", request.query, zone: zone)
        let now = request.spine.clock.now()
        let from = max(0, time.from ?? now.microseconds)
        let to = time.to ?? from + 7 * 86_400_000_000
        let first = zone.civil(at: from).date, last = zone.civil(at: max(from, to - 1)).date
        guard from < to, first.days(until: last) <= Self.mostDays else {
            throw Fault.invalid("start", "From one moment to a later one, at most \(Self.mostDays) days.")
        }
        let status = request.query.trimmed("status")
        guard status == nil || status == "free" || status == "busy" else {
            throw Fault.invalid("status", "One of free, busy.")
        }
        let wanted = request.query.trimmed("service-type").map { $0.split(separator: "|").last.map(String.init) ?? $0 }
        let types = resources.types(key).map(\.key).filter { wanted == nil || $0 == wanted }
        let query = ReadSlots(
            key: key, types: status == "busy" ? [] : types, from: first, to: last,
            withBusy: status != "free" && wanted == nil, now: now, desk: desk)
        let read = try await request.spine.ask(query, as: caller)
        let free = read.free.filter { $0.span.start >= from && $0.span.start < to }.compactMap(resources.free)
        let busy = resources.busy(key, read.booked, from: from, to: to).filter { _ in query.withBusy }
        let sorted = (free + busy).sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        return Self.bundle(sorted.prefix(Self.mostSlots).map(\.resource), request)
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
        let found = try await request.spine.ask(ListExchangedVisits(patient: patient, desk: desk), as: caller)
        let visits = found.rows.filter {
            $0.place.span.start >= time.from ?? .min && $0.place.span.start < time.to ?? .max
        }
        return Self.bundle(try visits.map { try resource($0, found.referrals[$0.id], request) }, request)
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
    let withBusy: Bool
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let plan = try desk.plans.plan(of: access.caller.tenant)
        let day: Int64 = 86_400_000_000
        let people = plan.practitioners, things = plan.resources
        let times = try TakenTimes.read(
            people.map { .practitioner($0.key) } + things.map { .thing($0.key) },
            from: Int64(from.daysSinceEpoch - 2) * day, to: Int64(to.daysSinceEpoch + 3) * day, in: transaction)
        let bookings = times.bookings(plan, people: people, things: things, patient: nil, ignoring: [], at: now)
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

/// A patient's visits, the newest first.
struct ListExchangedVisits: Query {
    static let permission = Permission.appointmentRead
    static let most = 500
    let patient: ID<Patient>
    let desk: SchedulingDesk

    struct Answer: Sendable {
        let rows: [AppointmentRow]
        let referrals: [ID<Appointment>: ID<Referral>]
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let scopes = try Policy.scopeRows(of: [patient], for: access.caller, in: transaction)
        do {
            _ = try access.grant(Self.permission, for: PatientSet(patient), scope: scopes[patient] ?? [])
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("patient")
        }
        let set = try desk.directory.set(of: patient, in: transaction)
        let rows = try AppointmentStore.visits(
            of: set.members, limit: Self.most, for: access.caller, in: transaction)
        return Answer(
            rows: rows,
            referrals: try ReferralStore.booked(for: rows.map(\.id), caller: access.caller, in: transaction))
    }
}
