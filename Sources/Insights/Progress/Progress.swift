import JSON
import Kernel
import Spine
import Store
import Vault
package import Web

/// How each need went, derived from the log alone: when it was opened, first answered by a person, booked, confirmed,
/// seen and closed. Nobody can mark any of it by hand; `rebuild need-progress` makes it anew.
///
/// The first response is the first message a person sent for the need, not an automatic one. A need that is answered
/// twice, booked twice or closed twice keeps the first time; a reopened need counts from its first opening.
package enum Progress {
    package static let capability = Capability(
        "need-progress",
        schema: [
            Migration(
                "2026-11-22.insights.progress",
                [
                    """
                    CREATE TABLE need_progress (
                        tenant BIGINT NOT NULL, need BIGINT NOT NULL, patient BIGINT, reason TEXT NOT NULL,
                        channel TEXT NOT NULL, conversation TEXT, opened_at BIGINT NOT NULL, first_response_at BIGINT, booked_at BIGINT,
                        confirmed_at BIGINT, arrived_at BIGINT, completed_at BIGINT, closed_at BIGINT, outcome TEXT,
                        PRIMARY KEY (tenant, need))
                    """,
                    "CREATE INDEX need_progress_opened ON need_progress (tenant, opened_at)",
                    "CREATE INDEX need_progress_open ON need_progress (tenant, opened_at, need) WHERE closed_at IS NULL",
                    "CREATE INDEX need_progress_responded ON need_progress (tenant, first_response_at)",
                    "CREATE INDEX need_progress_closed ON need_progress (tenant, closed_at)",
                    "CREATE INDEX need_progress_conversation ON need_progress (tenant, conversation)",
                ]),
            Migration(
                "2026-11-22.insights.progress-patient",
                [
                    """
                    CREATE INDEX need_progress_patient ON need_progress (tenant, patient) WHERE patient IS NOT NULL
                    """
                ]),
            Migration(
                "2026-11-25.insights.labels", ["ALTER TABLE need_progress ADD COLUMN labels BIGINT NOT NULL DEFAULT 0"]),
        ],
        tables: [
            // The figures stay: they say how the practice did, not who asked.
            TableRule(
                "need_progress", .patient(column: "patient"),
                export: .notExported(reason: "figures counted from events and needs, which go out themselves"),
                merge: .follows,
                disposal: .scrub { target, transaction in
                    let disposed = Labels.disposed.rawValue
                    let strangers = try transaction.execute(
                        """
                        UPDATE need_progress SET labels = labels | \(disposed)
                        WHERE tenant = \(.tenant) AND conversation IN \(list: target.conversations.map(\.text))
                            AND patient IS NULL AND (labels & \(disposed)) = 0
                        """)
                    return try strangers
                        + transaction.execute(
                            """
                            UPDATE need_progress SET patient = NULL, labels = labels | \(disposed)
                            WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)
                            """)
                })
        ],
        subscribers: [subscriber],
        permissions: [.dashboardRead])

    /// The moments on a need's way, by the event that tells them. Each keeps its first time.
    private static let moments: [String: SQL] = [
        "need.responded": "first_response_at", "appointment.booked": "booked_at",
        "appointment.confirmed": "confirmed_at", "appointment.arrived": "arrived_at",
        "appointment.completed": "completed_at",
    ]

    static let subscriber = Subscriber(
        "need-progress",
        kinds: Set(
            (["need.opened", "conversation.assigned", "conversation.labelled", "need.closed"] + moments.keys).map {
                EventKind($0)
            }),
        reset: { try $0.execute("DELETE FROM need_progress WHERE tenant = \(.tenant)") },
        handle: { events, context in
            for event in events {
                if event.kind.rawValue == "conversation.assigned" {
                    try assign(event, in: context.transaction)
                } else if event.kind.rawValue == "conversation.labelled" {
                    try label(event, in: context.transaction)
                } else if let need = event.need {
                    try apply(event, need: need, in: context.transaction)
                }
            }
        })

    /// Somebody said whose conversation it is: its needs belong to that patient from now on.
    private static func assign(_ event: StoredEvent, in transaction: any Transaction) throws {
        let conversations = ["conversation", "from"].compactMap { event.body[$0]?.string }
        try transaction.send(
            """
            UPDATE need_progress SET patient = \(event.patient)
            WHERE tenant = \(.tenant) AND conversation IN \(list: conversations)
            """)
    }

    /// A conversation became more or less sensitive, and with it the figures of its needs.
    private static func label(_ event: StoredEvent, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE need_progress SET labels = \(event.labels.rawValue)
            WHERE tenant = \(.tenant) AND conversation = \(event.body["conversation"]?.string ?? "")
            """)
    }

    private static func apply(_ event: StoredEvent, need: ID<Need>, in transaction: any Transaction) throws {
        let at = event.occurredAt
        switch event.kind.rawValue {
        case "need.opened":
            try transaction.send(
                """
                INSERT INTO need_progress (tenant, need, patient, reason, channel, conversation, opened_at, labels)
                VALUES (\(.tenant), \(need), \(event.patient), \(event.body["reason"]?.string ?? "other"),
                    \(event.body["channel"]?.string ?? "sms"), \(event.body["conversation"]?.string), \(at),
                    \(event.labels.rawValue))
                ON CONFLICT (tenant, need) DO NOTHING
                """)
        case "need.closed":
            try transaction.send(
                """
                UPDATE need_progress SET closed_at = \(at), outcome = \(event.body["outcome"]?.string ?? "unknown")
                WHERE tenant = \(.tenant) AND need = \(need) AND closed_at IS NULL
                """)
        case let kind:
            guard let moment = moments[kind] else { return }
            try transaction.send(
                """
                UPDATE need_progress SET \(moment) = \(at)
                WHERE tenant = \(.tenant) AND need = \(need) AND \(moment) IS NULL
                """)
        }
    }
}
