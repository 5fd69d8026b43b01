import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var slotRoutes: [Route] {
        [
            .get("/api/v1/slots", heavy: true, .api(.appointmentRead, SchedulingDescription.slots, findSlots)),
            .get("/api/v1/slots/best", heavy: true, .api(.appointmentRead, SchedulingDescription.best, findBest)),
            .get("/api/v1/trips", heavy: true, .api(.appointmentRead, SchedulingDescription.trips, findTrips)),
            .get(
                "/api/v1/slots/reason", heavy: true, .api(.appointmentRead, SchedulingDescription.reason, explainSlot)),
        ]
    }

    private static let mostSlots = 1_000

    func findSlots(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let visitType = fields.required("visit_type")
        let from = fields.date("from")
        let to = fields.date("to")
        let practitioner = fields.text("practitioner")
        let location = fields.text("location")
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        let limit = fields.number("limit", 1...Self.mostSlots) ?? 200
        try fields.check()
        let now = request.spine.clock.now()
        let today = CivilDate(daysSinceEpoch: Int(now.seconds / 86_400))
        let first = from ?? today
        let search = SlotRequest(
            visitType: visitType, from: first, to: to ?? first.adding(days: 14),
            practitioners: practitioner.map { [$0] },
            locations: location.map { [$0] }, limit: limit)
        let slots = try await request.spine.ask(
            FindSlots(search, patient: patient, need: need, now: now, desk: desk), as: caller)
        let plan = try desk.plans.plan(of: caller.tenant)
        return .json(SchedulingJSON.slots(slots, plan))
    }

    /// The best times for a wish.
    func findBest(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let now = request.spine.clock.now()
        let first = fields.date("from") ?? CivilDate(daysSinceEpoch: Int(now.seconds / 86_400))
        var wish = SlotWish(
            visitType: fields.required("visit_type"), from: first, to: fields.date("to") ?? first.adding(days: 28))
        let hours = Self.hours(&fields)
        wish.weekdays = hours.weekdays
        wish.hours = hours.ranges
        let practitioners = fields.list("practitioners", "") { $0 }
        if !practitioners.isEmpty { wish.practitioners = Set(practitioners) }
        let locations = fields.list("locations", "") { $0 }
        if !locations.isEmpty { wish.locations = Set(locations) }
        wish.sex = fields.list("sex", "female, male or other.") { AdministrativeGender(rawValue: $0) }.first
        wish.accessibility = Set(
            fields.list("accessibility", "Words such as step-free.") { Accessibility(rawValue: $0) })
        wish.language = fields.text("language")
        wish.radius = fields.number("radius_km", 1...5_000).map(Double.init)
        wish.limit = fields.number("limit", 1...200) ?? 20
        if let postcode = fields.text("postcode") {
            wish.near = desk.plans.postcodes.centre(of: postcode)
            if wish.near == nil { fields.note("postcode", "No centre of this postcode is known.") }
        }
        let patient = fields.id("patient", of: Patient.self)
        let need = fields.id("need", of: Need.self)
        try fields.check()
        let slots = try await request.spine.ask(
            FindBestSlots(wish, patient: patient, need: need, now: now, desk: desk), as: caller)
        return .json(SchedulingJSON.ranked(slots, try desk.plans.plan(of: caller.tenant)))
    }

    /// Times for linked visits, or for people who come together.
    func findTrips(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let now = request.spine.clock.now()
        let first = fields.date("from") ?? CivilDate(daysSinceEpoch: Int(now.seconds / 86_400))
        let last = fields.date("to") ?? first.adding(days: 28)
        let types = fields.list("visit_types", "") { $0 }
        let patients = fields.list("patients", "Ids of 13 characters.") { ID<Patient>($0) }
        let within = fields.number("within_minutes", 5...1_440)
        let mode = fields.text("mode") ?? "parallel"
        let hours = Self.hours(&fields)
        let limit = fields.number("limit", 1...20) ?? 5
        if types.isEmpty { fields.note("visit_types", "This is needed.") }
        if types.count > FindTrips.mostPeople {
            fields.note("visit_types", "At most \(FindTrips.mostPeople) at a time.")
        }
        if !patients.isEmpty, patients.count != types.count {
            fields.note("patients", "As many as there are visit types, or none.")
        }
        if mode != "parallel", mode != "one-after-another" {
            fields.note("mode", "parallel or one-after-another.")
        }
        try fields.check()
        let people = types.enumerated().map { index, type in
            FindTrips.Person(patient: patients.isEmpty ? nil : patients[index], visitType: type)
        }
        let together = TripTogether(withinMinutes: within ?? 180, oneAfterAnother: mode == "one-after-another")
        let search = SlotRequest(visitType: types[0], from: first, to: last, limit: limit)
        let found = try await request.spine.ask(
            FindTrips(
                people, search, within: SearchHours(weekdays: hours.weekdays, ranges: hours.ranges),
                together: people.count > 1 ? together : nil, now: now, desk: desk), as: caller)
        let plan = try desk.plans.plan(of: caller.tenant)
        let whose = types.enumerated().flatMap { number, type in
            SlotFinder(plan).steps(of: type).map { _ in number }
        }
        return .json(SchedulingJSON.trips(found, people: whose, plan))
    }

    /// Days and hours in which a visit is to begin.
    private static func hours(_ fields: inout QueryFields) -> (weekdays: Set<Weekday>, ranges: [ClockRange]) {
        let weekdays = fields.list("weekdays", "Days such as mon,thu.") { Weekday(rawValue: $0) }
        let ranges = fields.list("hours", "Stretches such as 08:00-12:00.") { ClockRange($0) }
        return (Set(weekdays), ranges)
    }
}
