import Kernel
import SchedulingAPI
import Spine
import Store
import TimeZones
import Vault

/// Every SQL statement over visits that are booked, moved or called off by text.
enum TextBookingStore {
    /// What a question numbers, before it is asked.
    struct NewChoice {
        let id: ID<TextChoice>
        let what: TextAnswer
        /// The time, when it is one.
        var slot: OpenSlot?
    }

    /// A question as it went out.
    struct Asked {
        let state: TextBookingState
        /// The visit's, when there is one.
        let placement: Int?
        let question: Int
        let message: ID<Message>
        let needVersion: Int
        let answerBy: Instant
    }

    static func insert(
        _ id: ID<TextBooking>, _ ask: TextAsk, number: Int64, _ wish: TextTimes, named: [String], at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO text_booking (tenant, id, patient, need, number, kind, phase, round, wish_from, wish_to,
                wish_days, wish_hours, named, renewed, question, declined, created_at)
            VALUES (\(.tenant), \(id), \(ask.patient), \(ask.need), \(number), \(ask.kind.rawValue), 'asked', 0,
                \(wish.from?.iso), \(wish.to?.iso), \(wish.storedDays), \(wish.storedHours),
                \(named.joined(separator: " ")), 0, 0, 0, \(now))
            """)
    }

    static func find(
        _ id: ID<TextBooking>, locking: Bool = false, in transaction: any Transaction
    ) throws -> TextBookingRow? {
        try transaction.row(
            """
            SELECT \(TextBookingRow.columns) FROM text_booking b
            WHERE b.tenant = \(.tenant) AND b.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(TextBookingRow.init)
    }

    /// What serves one of these needs, locked.
    static func open(_ needs: [ID<Need>], in transaction: any Transaction) throws -> TextBookingRow? {
        if needs.isEmpty { return nil }
        return try transaction.row(
            """
            SELECT \(TextBookingRow.columns) FROM text_booking b
            WHERE b.tenant = \(.tenant) AND b.need IN \(list: needs) AND b.ended_at IS NULL
            ORDER BY b.id DESC LIMIT 1\(SQL.forUpdate)
            """
        ).map(TextBookingRow.init)
    }

    /// Those whose last question was one of these messages.
    static func waiting(
        askedBy messages: [ID<Message>], in transaction: any Transaction
    ) throws -> [ID<TextBooking>] {
        if messages.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT b.id FROM text_booking b
            WHERE b.tenant = \(.tenant) AND b.message IN \(list: messages) AND b.ended_at IS NULL ORDER BY b.id
            """
        ).map { try $0["id"] }
    }

    // MARK: Questions and answers

    static func choice(_ id: ID<TextChoice>, in transaction: any Transaction) throws -> TextChoiceRow? {
        try transaction.row(
            "SELECT \(TextChoiceRow.columns) FROM text_booking_choice c WHERE c.tenant = \(.tenant) AND c.id = \(id)"
        ).map(TextChoiceRow.init)
    }

    static func asked(
        _ row: TextBookingRow, _ asked: Asked, _ choices: [NewChoice], in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE text_booking SET kind = \(asked.state.kind.rawValue), phase = \(asked.state.phase.rawValue),
                visit = \(asked.state.visit), placement = \(asked.placement), visit_type = \(asked.state.visitType),
                round = \(asked.state.round), renewed = 0, question = \(asked.question), answer = NULL, declined = 0,
                need_version = \(asked.needVersion), message = \(asked.message), answer_by = \(asked.answerBy)
            WHERE tenant = \(.tenant) AND id = \(row.id) AND ended_at IS NULL
            """)
        for (index, choice) in choices.enumerated() {
            try insert(choice, of: row, question: asked.question, number: index + 1, in: transaction)
        }
    }

    private static func insert(
        _ choice: NewChoice, of row: TextBookingRow, question: Int, number: Int, in transaction: any Transaction
    ) throws {
        var visit: ID<Appointment>?
        var type: String?
        let what: String
        switch choice.what {
        case .visit(let id):
            what = "visit"
            visit = id
        case .type(let key):
            what = "type"
            type = key
        case .cancel: what = "cancel"
        case .another: what = "another"
        case .time:
            what = "time"
            type = choice.slot?.visitType
        }
        try transaction.send(
            """
            INSERT INTO text_booking_choice (tenant, id, booking, patient, question, number, what, visit, visit_type,
                practitioner, location, local_start)
            VALUES (\(.tenant), \(choice.id), \(row.id), \(row.patient), \(question), \(number), \(what), \(visit),
                \(type), \(choice.slot?.practitioner), \(choice.slot?.location), \(choice.slot?.localStart.iso))
            """)
    }

    /// Keeps the answer to the question that is asked now, once. False: there is one already, or nothing is asked.
    static func answer(_ choice: TextChoiceRow, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE text_booking SET answer = \(choice.id)
            WHERE tenant = \(.tenant) AND id = \(choice.booking) AND question = \(choice.question)
                AND answer IS NULL AND declined = 0 AND ended_at IS NULL
            """) == 1
    }

    /// The same of a no to all of its choices.
    static func decline(_ choice: TextChoiceRow, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE text_booking SET declined = 1
            WHERE tenant = \(.tenant) AND id = \(choice.booking) AND question = \(choice.question)
                AND answer IS NULL AND declined = 0 AND ended_at IS NULL
            """) == 1
    }

    /// Other times are wished for.
    static func wish(_ id: ID<TextBooking>, _ wish: TextTimes, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE text_booking SET wish_from = \(wish.from?.iso), wish_to = \(wish.to?.iso),
                wish_days = \(wish.storedDays), wish_hours = \(wish.storedHours), renewed = 1
            WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL
            """)
    }

    static func end(
        _ id: ID<TextBooking>, as phase: TextBookingPhase, outcome: String, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE text_booking SET phase = \(phase.rawValue), outcome = \(outcome), ended_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND ended_at IS NULL
            """)
    }
}
