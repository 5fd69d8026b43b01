import JSON
import Web

/// What the API's description says of patients.
enum PatientsAPI {
    private static let text: JSONValue = ["type": "string"]
    private static let texts: JSONValue = ["type": "array", "items": ["type": "string"]]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]

    static let id = APIOperation.Parameter(
        "id", in: "path", "The patient's id", required: true,
        schema: ["type": "string", "minLength": 13, "maxLength": 13])
    static let idempotencyKey = APIOperation.Parameter(
        "Idempotency-Key", in: "header", "The same key with the same body gives the first answer again, for a day",
        schema: ["type": "string", "minLength": 1, "maxLength": 200])
    static let ifMatch = APIOperation.Parameter(
        "If-Match", in: "header", "The ETag the change is based on; another version is a conflict",
        schema: ["type": "string"])

    private static let address: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": ["lines": texts, "city": text, "state": text, "postalCode": text],
    ]

    private static func nullable(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

    private static let demographics: [(String, JSONValue)] = [
        ("given", texts), ("family", text), ("preferredName", text),
        ("birthDate", ["type": "string", "format": "date"]),
        ("gender", ["type": "string", "enum": ["male", "female", "other", "unknown"]]),
        ("language", ["type": "string", "description": "BCP 47"]), ("needsInterpreter", flag), ("address", address),
        ("zone", ["type": "string", "description": "IANA time zone"]),
        ("contactPreference", ["type": "string", "enum": ["sms", "phone", "email", "portal", "none"]]),
        ("flags", texts), ("deceased", flag),
    ]

    private static let newPatient: JSONValue = {
        var properties = JSONObject()
        for (name, schema) in demographics { properties[name] = nullable(schema) }
        properties["mrn"] = nullable(text)
        properties["email"] = nullable(["type": "string", "format": "email"])
        properties["phones"] = nullable([
            "type": "array", "maxItems": 10,
            "items": [
                "anyOf": [
                    text,
                    [
                        "type": "object", "required": ["number"],
                        "properties": [
                            "number": text, "use": ["type": "string", "enum": ["mobile", "home", "work"]],
                        ],
                    ],
                ]
            ],
        ])
        properties["coverage"] = nullable([
            "type": "object", "additionalProperties": false,
            "properties": ["payer": text, "plan": text, "memberId": text],
        ])
        properties["locations"] = nullable(texts)
        properties["restricted"] = nullable(flag)
        properties["labels"] = nullable(texts)
        return ["type": "object", "additionalProperties": false, "properties": .object(properties)]
    }()

    private static let changes: JSONValue = {
        var properties = JSONObject()
        for (name, schema) in demographics { properties[name] = nullable(schema) }
        return ["type": "object", "additionalProperties": false, "minProperties": 1, "properties": .object(properties)]
    }()

    private static let version: JSONValue = [
        "type": "object", "required": ["id", "version"],
        "properties": ["id": text, "version": ["type": "integer", "minimum": 1]],
    ]

    private static func sourced(_ properties: [(String, JSONValue)]) -> JSONValue {
        var all = JSONObject()
        for (name, schema) in properties { all[name] = schema }
        all["source"] = text
        all["recordedAt"] = instant
        return ["type": "array", "items": ["type": "object", "properties": .object(all)]]
    }

    private static let summary: JSONValue = {
        var properties = JSONObject()
        properties["id"] = text
        properties["version"] = ["type": "integer"]
        properties["records"] = texts
        properties["labels"] = texts
        properties["name"] = [
            "type": "object", "properties": ["given": texts, "family": text, "text": text, "preferred": text],
        ]
        for (name, schema) in demographics where !["given", "family", "preferredName"].contains(name) {
            properties[name] = schema
        }
        properties["sources"] = [
            "type": "object",
            "additionalProperties": ["type": "object", "properties": ["source": text, "recordedAt": instant]],
        ]
        properties["identifiers"] = sourced([("system", text), ("value", text)])
        properties["contactPoints"] = sourced([("kind", text), ("use", text), ("value", text), ("shared", flag)])
        properties["preferences"] = sourced([("kind", text), ("code", text), ("note", text)])
        properties["coverage"] = sourced([("payer", text), ("plan", text), ("memberId", text)])
        properties["consents"] = sourced([("channel", text), ("purpose", text), ("given", flag)])
        properties["openNeeds"] = ["type": "array", "items": ["type": "object"]]
        properties["nextVisit"] = ["anyOf": [["type": "object"], ["type": "null"]]]
        return ["type": "object", "required": ["id", "version", "name", "sources"], "properties": .object(properties)]
    }()

    static let read = APIOperation(
        "readPatient", tag: "Patients",
        "Everything known of a person in one call: demographics, identifiers, contact points, preferences, coverage, "
            + "consents, open needs, next visit; each with its source and time",
        parameters: [id], answer: summary)

    static let create = APIOperation(
        "registerPatient", tag: "Patients", "Registers a patient; a name or one way to reach them is enough",
        parameters: [idempotencyKey], body: newPatient, status: 201, answer: version)

    static let change = APIOperation(
        "changePatient", tag: "Patients", "Changes demographics; a field that is null is emptied (RFC 7396)",
        parameters: [id, ifMatch, idempotencyKey], body: changes, answer: version)

    static let addContact = APIOperation(
        "addContactPoint", tag: "Patients", "Adds a phone number or an e-mail address",
        parameters: [id, idempotencyKey],
        body: [
            "type": "object", "required": ["kind", "value"],
            "properties": [
                "kind": ["type": "string", "enum": ["phone", "email"]], "value": text,
                "use": ["type": "string", "enum": ["mobile", "home", "work"]],
            ],
        ], status: 201, answer: version)

    static let addPreference = APIOperation(
        "recordPreference", tag: "Patients", "Records a wish or need; one of a kind counts",
        parameters: [id, ifMatch, idempotencyKey],
        body: [
            "type": "object", "required": ["kind", "code"],
            "properties": [
                "kind": ["type": "string", "enum": ["channel", "hours", "interpreter", "accessibility", "transport"]],
                "code": text, "note": text,
            ],
        ], answer: version)

    // MARK: Search, timeline, documents

    static let cursor = APIOperation.Parameter(
        "cursor", in: "query", "`next` of the page before", schema: ["type": "string"])

    static func limit(_ largest: Int64, default usual: Int64) -> APIOperation.Parameter {
        APIOperation.Parameter(
            "limit", in: "query", "How many, at most \(largest)",
            schema: ["type": "integer", "minimum": 1, "maximum": .int(largest), "default": .int(usual)])
    }

    static let search = APIOperation(
        "findPatients", tag: "Patients",
        "Finds patients by parts of names, sounds, phone digits, birth date, record number or e-mail; without a query "
            + "the newest",
        parameters: [
            APIOperation.Parameter(
                "q", in: "query", "What a person would type", schema: ["type": "string", "maxLength": 200]),
            cursor, limit(20, default: 10),
        ],
        answer: [
            "type": "object", "required": ["patients"],
            "properties": [
                "patients": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["id", "name", "match"],
                        "properties": [
                            "id": text, "name": text, "preferredName": text, "birthDate": text, "gender": text,
                            "mrn": text,
                            "language": text, "deceased": flag, "match": texts,
                        ],
                    ],
                ],
                "next": text,
            ],
        ])

    static let timeline = APIOperation(
        "readTimeline", tag: "Patients", "What happened with a person, newest first",
        parameters: [id, cursor, limit(100, default: 50)],
        answer: [
            "type": "object", "required": ["entries"],
            "properties": [
                "entries": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["id", "kind", "text", "occurredAt"],
                        "properties": [
                            "id": text, "kind": text, "text": text, "detail": text, "occurredAt": instant,
                            "recordedAt": instant,
                            "patient": text, "need": text, "actorKind": text, "actor": text, "body": ["type": "object"],
                        ],
                    ],
                ],
                "next": text,
            ],
        ])
}
