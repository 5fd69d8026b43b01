import JSON
import Web

/// What the API's description says of several visits at once.
extension SchedulingDescription {
    private static let visits = object(
        [
            ("appointments", ["type": "array", "items": appointment]),
            (
                "missed",
                [
                    "type": "array",
                    "items": object(
                        [("localStart", local), ("code", text), ("reason", text)],
                        required: ["localStart", "code", "reason"]),
                ]
            ),
        ], required: ["appointments", "missed"])

    /// One visit of a trip, with who asks for it.
    private static let wanted = object(
        place + [("patient", idSchema), ("proxy", asker)], required: place.map(\.0) + ["patient"])

    static let bookTrip = APIOperation(
        "bookTrip", tag: tag,
        "Books visits that belong together, all or none: a visit with all that its type links, or those of several patients",
        parameters: [idempotencyKey],
        body: object(
            [
                (
                    "visits",
                    [
                        "type": "array", "minItems": 2, "maxItems": 12,
                        "items": wanted,
                    ]
                ),
                ("need", idSchema),
            ], required: ["visits"]),
        status: 201, answer: visits)

    static let bookSeries = APIOperation(
        "bookSeries", tag: tag,
        "Books a visit `count` times (2 to 52), every `everyWeeks` weeks or `everyDays` days; what could not be had is told under `missed`",
        parameters: [idempotencyKey],
        body: object(
            place + [
                ("patient", idSchema), ("need", idSchema), ("count", text), ("everyWeeks", text),
                ("everyDays", text), ("proxy", asker),
            ], required: place.map(\.0) + ["patient", "count"]),
        status: 201, answer: visits)

    static let cancelTrip = APIOperation(
        "cancelTrip", tag: tag,
        "Cancels a visit and all that was booked together with it, is still ahead and may be seen by the caller",
        parameters: [id, idempotencyKey],
        body: object(
            [
                ("reason", ["type": "string", "enum": ["patient", "practitioner", "closed", "mistake"]]),
                ("tell", ["type": "string", "enum": ["yes", "no"]]),
            ], required: ["reason"]),
        answer: visits)
}
