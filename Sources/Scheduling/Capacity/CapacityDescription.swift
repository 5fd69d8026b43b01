import JSON
import Web

/// What the API's description says of capacity.
enum CapacityDescription {
    private static let text: JSONValue = ["type": "string"]
    private static let number: JSONValue = ["type": "integer"]
    private static let share: JSONValue = ["type": "number"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let date: JSONValue = ["type": "string", "format": "date"]
    private static let texts: JSONValue = ["type": "array", "items": ["type": "string"]]
    private static let tag = "Capacity"

    private static func object(_ properties: [(String, JSONValue)], optional: Set<String> = []) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        let required = properties.map(\.0).filter { !optional.contains($0) }
        return [
            "type": "object", "required": .array(required.map(JSONValue.string)), "properties": .object(members),
        ]
    }

    private static func list(_ properties: [(String, JSONValue)], optional: Set<String> = []) -> JSONValue {
        ["type": "array", "items": object(properties, optional: optional)]
    }

    private static func ask(_ name: String, _ summary: String, _ schema: JSONValue) -> APIOperation.Parameter {
        .init(name, in: "query", summary, schema: schema)
    }

    private static func range(_ low: Int, _ high: Int) -> JSONValue {
        ["type": "integer", "minimum": .int(Int64(low)), "maximum": .int(Int64(high))]
    }

    private static let choice = [
        ask(
            "period", "Whole weeks, before this one or from this one on",
            ["type": "string", "enum": ["past-4", "past-12", "next-4", "next-12"]]),
        ask("location", "Key of the location", text), ask("practitioner", "Key of the practitioner", text),
        ask("visit_type", "Key of the visit type", text),
    ]

    private static let proportion = object(
        [("count", number), ("of", number), ("low", share), ("high", share)], optional: ["low", "high"])

    private static let members: [(String, JSONValue)] = [
        ("offeredMinutes", number), ("bookedMinutes", number), ("visits", number), ("used", share),
        ("missed", proportion), ("calledOffLate", proportion),
        ("missedReasons", list([("reason", text), ("count", number)])),
    ]
    private static let keyed = list([("key", text)] + members, optional: ["used"])

    static let use = APIOperation(
        "readCapacityUse", tag: tag, "Time offered and booked, with what people did with their visits",
        parameters: choice,
        answer: object([
            ("from", date), ("to", date), ("complete", flag), ("total", object(members, optional: ["used"])),
            ("weeks", keyed), ("practitioners", keyed), ("locations", keyed), ("visitTypes", keyed),
        ]))

    static let released = APIOperation(
        "readReleasedBlocks", tag: tag, "What became of time that was kept for visit types and then opened to all",
        parameters: choice,
        answer: object([
            (
                "blocks",
                list([
                    ("practitioner", text), ("location", text), ("visitTypes", texts), ("weekday", number),
                    ("from", text), ("to", text), ("times", number), ("offeredMinutes", number),
                    ("bookedBefore", number), ("bookedAfter", number), ("bookedAfterByOthers", number),
                ])
            )
        ]))

    static let availability = APIOperation(
        "readAvailability", tag: tag, "First and third next available times by visit type and location, in days",
        parameters: [ask("days", "How far back recorded days go", range(1, 366))],
        answer: object([
            (
                "now",
                list(
                    [
                        ("visitType", text), ("location", text), ("firstDays", number), ("thirdDays", number),
                        ("times", list([("practitioner", text), ("localStart", text)])),
                    ], optional: ["firstDays", "thirdDays"])
            ),
            (
                "recorded",
                list(
                    [
                        ("day", date), ("visitType", text), ("location", text), ("firstDays", number),
                        ("thirdDays", number),
                    ], optional: ["firstDays", "thirdDays"])
            ),
        ]))

    private static let run = object([
        (
            "weeks",
            list(
                [
                    ("offeredMinutes", number), ("bookedMinutes", number), ("asked", number), ("unmet", number),
                    ("waitDays", share), ("thirdNextDays", number),
                ], optional: ["waitDays", "thirdNextDays"])
        ),
        (
            "groups",
            list(
                [
                    ("established", flag), ("language", text), ("asked", number), ("unmet", number),
                    ("waitDays", share),
                ], optional: ["waitDays"])
        ),
    ])

    static let whatIf = APIOperation(
        "readWhatIf", tag: tag, "Twelve weeks played through, as things are and with changes",
        parameters: [
            ask("demand", "Percent more, or less", range(-90, 200)),
            ask("overbook", "So many more visits may overlap", range(0, 5)),
            ask("release", "Kept blocks open to all so many hours before", range(0, 2_000)),
            ask("type", "Key of the visit type that takes `minutes`", text),
            ask("minutes", "How long visits of `type` take", range(5, 720)),
            ask("away", "Key of a practitioner who is away", text),
            ask("week", "The first week of the absence", range(1, 12)),
            ask("weeks", "How many weeks the absence lasts", range(1, 12)),
            ask("practitioner", "Key of the practitioner of one more session a week", text),
            ask("location", "Where that session is: key", text),
            ask("weekday", "Its day, 1 is Monday", range(1, 7)),
            ask("from", "When it begins, such as 09:00", text), ask("to", "When it ends", text),
        ],
        answer: object([("demandFromVisits", number), ("before", run), ("after", run)]))

    static let overbooking = APIOperation(
        "readOverbooking", tag: tag, "How many visits may overlap in a session within a budget of waiting time",
        parameters: [
            ask("starts", "Starts of the session", range(1, 60)), ask("minutes", "Of one visit", range(5, 240)),
            ask("no_show", "Percent who do not come", range(0, 95)),
            ask("budget", "Minutes that somebody may wait on average", range(0, 240)),
        ],
        answer: object(
            [
                ("most", number),
                (
                    "table",
                    list([
                        ("more", number), ("waitMinutes", share), ("overtimeMinutes", share), ("seen", share),
                        ("within", flag),
                    ])
                ),
            ], optional: ["most"]))
}
