import JSON
import Web

/// What the API's description says of schedules, slots and visits in FHIR.
enum ExchangeDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let tag = "FHIR"

    private static func resource(_ type: String, required: [String]) -> JSONValue {
        [
            "type": "object", "required": .array((["resourceType", "id"] + required).map(JSONValue.string)),
            "properties": ["resourceType": ["type": "string", "enum": [.string(type)]], "id": ["type": "string"]],
        ]
    }

    private static let bundle: JSONValue = [
        "type": "object", "required": ["resourceType", "type", "link"],
        "properties": [
            "resourceType": ["type": "string", "enum": ["Bundle"]],
            "type": ["type": "string", "enum": ["searchset"]],
            "total": ["type": "integer", "description": "How many were found; left out where there are several pages"],
            "link": [
                "type": "array", "items": ["type": "object"],
                "description": "The address of this page as self, and that of the page after it as next",
            ],
            "entry": ["type": "array", "items": ["type": "object"]],
        ],
    ]

    private static func id(_ what: String) -> APIOperation.Parameter {
        .init("id", in: "path", "The id of the \(what)", required: true, schema: text)
    }

    private static func ask(_ name: String, _ summary: String, required: Bool = false) -> APIOperation.Parameter {
        .init(name, in: "query", summary, required: required, schema: text)
    }

    private static let pages = [
        ask("_count", "How many are on a page at most"), ask("cursor", "Of the page's `next` link"),
    ]

    static let schedules = APIOperation(
        "searchSchedules", tag: tag, "FHIR R4 Schedules: a practitioner's time at a place",
        parameters: [ask("actor", "Practitioner/ or Location/ and its key")], answer: bundle)

    static let schedule = APIOperation(
        "readSchedule", tag: tag, "A FHIR R4 Schedule", parameters: [id("schedule")],
        answer: resource("Schedule", required: ["actor"]))

    static let slots = APIOperation(
        "searchSlots", tag: tag, "FHIR R4 Slots of a Schedule: what can be booked, and what is taken",
        parameters: [
            ask("schedule", "Schedule/ and its id", required: true),
            ask("start", "A date or a moment, with ge, gt, le or lt before it; a week from now when left out"),
            ask("status", "free, busy or busy-unavailable"), ask("service-type", "Key of a visit type"),
        ] + pages, answer: bundle)

    static let appointments = APIOperation(
        "searchAppointments", tag: tag, "FHIR R4 Appointments of a patient, the newest first",
        parameters: [
            ask("patient", "Patient/ and its id", required: true),
            ask("date", "A date or a moment, with ge, gt, le or lt before it"),
        ] + pages, answer: bundle)

    static let appointment = APIOperation(
        "readFHIRAppointment", tag: tag, "A visit as a FHIR R4 Appointment", parameters: [id("visit")],
        answer: resource("Appointment", required: ["status", "participant"]))

    static let response = APIOperation(
        "createAppointmentResponse", tag: tag,
        "What a participant says of a visit: accepted confirms it, declined calls it off, tentative changes nothing",
        body: [
            "type": "object", "required": ["resourceType", "appointment", "participantStatus"],
            "properties": [
                "resourceType": ["type": "string", "enum": ["AppointmentResponse"]],
                "appointment": ["type": "object"], "actor": ["type": "object"],
                "participantStatus": ["type": "string", "enum": ["accepted", "declined", "tentative"]],
            ],
        ], status: 201, answer: resource("AppointmentResponse", required: ["appointment", "participantStatus"]))
}
