package import JSON

// What we say of schedules, times and visits in FHIR R4 (4.0.1), and what others say back. Pure: values in, resources out.

/// A concept of ours with its words: a visit type, a reason.
package struct FHIRWord: Sendable, Hashable {
    package let system: String
    package let code: String
    package let text: String

    package init(system: String, code: String, text: String) {
        self.system = system
        self.code = code
        self.text = text
    }

    /// CodeableConcept.
    var concept: JSONValue {
        [
            "coding": [["system": .string(system), "code": .string(code), "display": .string(text)]],
            "text": .string(text),
        ]
    }
}

/// `Practitioner/elena-alvarez` with its name.
package struct FHIRActor: Sendable, Hashable {
    package let type: String
    package let id: String
    /// Nil: not said, for it is a patient's.
    package let display: String?

    package init(type: String, id: String, display: String? = nil) {
        self.type = type
        self.id = id
        self.display = display
    }

    var reference: JSONValue {
        var object = JSONObject()
        object["reference"] = .string("\(type)/\(id)")
        if let display { object["display"] = .string(display) }
        return .object(object)
    }
}

/// Systems of the codes that we say.
package enum FHIRSystem {
    /// HL7 v2 table 0276.
    package static let appointmentType = "http://terminology.hl7.org/CodeSystem/v2-0276"
    package static let cancellation = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
    /// Keys of our visit types.
    package static let visitType = "urn:throughline:visit-type"
}

/// Schedule: one practitioner's time at one place.
package struct FHIRSchedule: Sendable {
    package let id: String
    package let practitioner: FHIRActor
    package let location: FHIRActor
    package let serviceTypes: [FHIRWord]
    /// First and last moment for which times are known: instants with their offset.
    package let horizon: (start: String, end: String)

    package init(
        id: String, practitioner: FHIRActor, location: FHIRActor, serviceTypes: [FHIRWord],
        horizon: (start: String, end: String)
    ) {
        self.id = id
        self.practitioner = practitioner
        self.location = location
        self.serviceTypes = serviceTypes
        self.horizon = horizon
    }

    package var resource: JSONValue {
        var object = JSONObject()
        object["resourceType"] = "Schedule"
        object["id"] = .string(id)
        object["active"] = true
        if !serviceTypes.isEmpty { object["serviceType"] = .array(serviceTypes.map(\.concept)) }
        object["actor"] = [practitioner.reference, location.reference]
        object["planningHorizon"] = ["start": .string(horizon.start), "end": .string(horizon.end)]
        return .object(object)
    }
}

/// Slot: a time that can be booked, or is taken.
package struct FHIRSlot: Sendable, Hashable {
    package enum Status: String, Sendable {
        case free, busy
        /// Nobody is there.
        case busyUnavailable = "busy-unavailable"
    }

    package let id: String
    package let schedule: String
    package let status: Status
    /// Instants with their offset.
    package let start: String
    package let end: String
    /// Of a free one: what it can be booked for.
    package let serviceType: FHIRWord?

    package init(id: String, schedule: String, status: Status, start: String, end: String, serviceType: FHIRWord?) {
        self.id = id
        self.schedule = schedule
        self.status = status
        self.start = start
        self.end = end
        self.serviceType = serviceType
    }

    package var resource: JSONValue {
        var object = JSONObject()
        object["resourceType"] = "Slot"
        object["id"] = .string(id)
        if let serviceType { object["serviceType"] = [serviceType.concept] }
        object["schedule"] = ["reference": .string("Schedule/\(schedule)")]
        object["status"] = .string(status.rawValue)
        object["start"] = .string(start)
        object["end"] = .string(end)
        return .object(object)
    }
}

/// A visit as it stands, written as an Appointment; `FHIRAppointment` is what others write.
package struct FHIRVisit: Sendable {
    /// Participation status.
    package enum Answer: String, Sendable {
        case accepted, declined, tentative
        case needsAction = "needs-action"
    }

    package struct Participant: Sendable {
        package let actor: FHIRActor
        package let answer: Answer

        package init(_ actor: FHIRActor, _ answer: Answer) {
            self.actor = actor
            self.answer = answer
        }
    }

    package let id: String
    package let version: Int
    /// proposed, pending, booked, arrived, fulfilled, cancelled, noshow.
    package let status: String
    /// Only of one that is cancelled.
    package var cancellation: FHIRWord?
    package var serviceType: FHIRWord?
    package var appointmentType: FHIRWord?
    package let start: String
    package let end: String
    package let minutes: Int
    package let created: String
    /// `ServiceRequest/…`.
    package var basedOn: [FHIRActor] = []
    package let participants: [Participant]

    package init(
        id: String, version: Int, status: String, start: String, end: String, minutes: Int, created: String,
        participants: [Participant]
    ) {
        self.id = id
        self.version = version
        self.status = status
        self.start = start
        self.end = end
        self.minutes = minutes
        self.created = created
        self.participants = participants
    }

    package var resource: JSONValue {
        var object = JSONObject()
        object["resourceType"] = "Appointment"
        object["id"] = .string(id)
        object["meta"] = ["versionId": .string(String(version))]
        object["status"] = .string(status)
        if let cancellation { object["cancelationReason"] = cancellation.concept }
        if let serviceType { object["serviceType"] = [serviceType.concept] }
        if let appointmentType { object["appointmentType"] = appointmentType.concept }
        object["start"] = .string(start)
        object["end"] = .string(end)
        object["minutesDuration"] = .int(Int64(minutes))
        object["created"] = .string(created)
        if !basedOn.isEmpty { object["basedOn"] = .array(basedOn.map(\.reference)) }
        object["participant"] = .array(
            participants.map { participant in
                [
                    "actor": participant.actor.reference, "required": "required",
                    "status": .string(participant.answer.rawValue),
                ]
            })
        return .object(object)
    }
}

/// AppointmentResponse: what a participant says of a visit.
package struct FHIRAppointmentResponse: Sendable {
    /// The visit's id.
    package let appointment: String
    package let answer: FHIRVisit.Answer
    /// `Patient/…`, `Practitioner/…`; nil: only the kind of participant is said.
    package let actor: FHIRReference.Target?

    /// Throws where an element is missing or not of its type, with its path.
    package init(of resource: JSONValue) throws(FHIRElementError) {
        guard let object = resource.object, object["resourceType"]?.string == "AppointmentResponse" else {
            throw FHIRElementError(path: "resourceType", problem: .missing)
        }
        let root = FHIRElement(object, path: .root("AppointmentResponse"))
        guard let visit = try root.one("appointment", FHIRReference.init) else {
            throw root.error("appointment", .missing)
        }
        guard case .literal("Appointment", let id, _)? = visit.target else {
            throw root.error("appointment", .invalid("Appointment/ and an id"))
        }
        guard let text = try root.string("participantStatus") else { throw root.error("participantStatus", .missing) }
        guard let answer = FHIRVisit.Answer(rawValue: text) else {
            throw root.error("participantStatus", .unknownCode)
        }
        let actor = try root.one("actor", FHIRReference.init)
        if actor == nil, object["participantType"]?.array?.isEmpty ?? true {
            throw root.error("actor", .missing)
        }
        appointment = id
        self.answer = answer
        self.actor = actor?.target
    }

    /// As it was understood: with an id, and without what we do not model.
    package func resource(id: String) -> JSONValue {
        var object = JSONObject()
        object["resourceType"] = "AppointmentResponse"
        object["id"] = .string(id)
        object["appointment"] = ["reference": .string("Appointment/\(appointment)")]
        if case .literal(let type, let key, _)? = actor { object["actor"] = FHIRActor(type: type, id: key).reference }
        object["participantStatus"] = .string(answer.rawValue)
        return .object(object)
    }
}

/// A page of what was searched for.
package enum FHIRBundle {
    /// `base`: the address of the server, up to and with `/fhir`. Each resource has a type and an id. `total`: how many
    /// there are on all pages; nil: that is not known. `next`: the address of the next page.
    package static func searchSet(
        _ resources: [JSONValue], total: Int?, base: String, address: String, next: String?
    ) -> JSONValue {
        var bundle = JSONObject()
        bundle["resourceType"] = "Bundle"
        bundle["type"] = "searchset"
        if let total { bundle["total"] = .int(Int64(total)) }
        var links: [JSONValue] = [["relation": "self", "url": .string(address)]]
        if let next { links.append(["relation": "next", "url": .string(next)]) }
        bundle["link"] = .array(links)
        // FHIR knows no empty lists.
        if !resources.isEmpty { bundle["entry"] = .array(resources.map { entry($0, base) }) }
        return .object(bundle)
    }

    private static func entry(_ resource: JSONValue, _ base: String) -> JSONValue {
        let name = "\(resource["resourceType"]?.string ?? "")/\(resource["id"]?.string ?? "")"
        return ["fullUrl": .string("\(base)/\(name)"), "resource": resource, "search": ["mode": "match"]]
    }
}
