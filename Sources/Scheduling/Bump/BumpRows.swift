import Kernel
import SchedulingAPI
import Store
import TimeZones
import Vault

struct AbsenceRow: Sendable {
    let id: ID<ScheduleAbsence>
    let kind: AbsenceRequest.Kind
    let key: String
    let span: TimeSpan
    let zone: String
    let reason: String
    /// Whether patients are asked which time they want.
    let offers: Bool
    /// open, closed, withdrawn.
    let state: String
    let createdAt: Instant

    static let columns: SQL =
        "b.id, b.kind, b.key, b.start_at, b.end_at, b.zone, b.reason, b.offers, b.state, b.created_at"

    init(
        id: ID<ScheduleAbsence>, kind: AbsenceRequest.Kind, key: String, span: TimeSpan, zone: String, reason: String,
        offers: Bool, state: String, createdAt: Instant
    ) {
        self.id = id
        self.kind = kind
        self.key = key
        self.span = span
        self.zone = zone
        self.reason = reason
        self.offers = offers
        self.state = state
        self.createdAt = createdAt
    }

    init(_ row: Row) throws {
        let kind: String = try row["kind"]
        guard let kind = AbsenceRequest.Kind(rawValue: kind) else {
            throw Fault(.internalError, "absence.kind", "An absence has an unknown kind.")
        }
        let offers: Int = try row["offers"]
        self.init(
            id: try row["id"], kind: kind, key: try row["key"],
            span: TimeSpan(start: try row["start_at"], end: try row["end_at"]), zone: try row["zone"],
            reason: try row["reason"], offers: offers == 1, state: try row["state"], createdAt: try row["created_at"])
    }
}

struct BumpedRow: Sendable {
    let id: ID<BumpedVisit>
    let absence: ID<ScheduleAbsence>
    let appointment: ID<Appointment>
    let patient: ID<Patient>
    let labels: Labels
    let rank: Int
    let start: Instant
    /// When it is called off if it still waits.
    let lapseAt: Instant
    /// waiting, moved, cancelled, kept, over.
    let state: String
    let lookedAt: Instant?
    /// Whether more times than one were looked for.
    let more: Bool
    /// How often they were written to.
    let asked: Int
    let answerBy: Instant?
    /// The patient wants none of the times.
    let wantsNone: Bool
    /// What they were asked by last.
    let message: ID<Message>?
    /// Why nothing goes out, or that what went out did not arrive.
    let withheld: String?
    let calls: Int
    let calledAt: Instant?
    let settledBy: String?

    static let columns: SQL = """
        v.id, v.absence, v.appointment, v.patient, v.labels, v.rank, v.start_at, v.lapse_at, v.state, v.looked_at,
        v.more, v.asked, v.answer_by, v.answer, v.message, v.withheld, v.calls, v.called_at, v.settled_by
        """

    init(_ row: Row) throws {
        id = try row["id"]
        absence = try row["absence"]
        appointment = try row["appointment"]
        patient = try row["patient"]
        labels = Labels(rawValue: try row["labels"])
        rank = try row["rank"]
        start = try row["start_at"]
        lapseAt = try row["lapse_at"]
        state = try row["state"]
        lookedAt = try row["looked_at"]
        let more: Int = try row["more"]
        self.more = more == 1
        asked = try row["asked"]
        answerBy = try row["answer_by"]
        let answer: String? = try row["answer"]
        wantsNone = answer != nil
        message = try row["message"]
        withheld = try row["withheld"]
        calls = try row["calls"]
        calledAt = try row["called_at"]
        settledBy = try row["settled_by"]
    }

    var isWaiting: Bool { state == "waiting" }

    /// How a visit that waits stands with its patient. The raw value ends the text's key.
    enum Standing: String {
        case looking, held, offered, declined, unanswered, unreachable, nothing

        /// Whether the patient has to be called.
        var needsCall: Bool { self == .declined || self == .unanswered || self == .unreachable || self == .nothing }
    }

    func standing(_ choices: [BumpChoice], at now: Instant, asking: Bool) -> Standing {
        if wantsNone { return .declined }
        if withheld != nil { return .unreachable }
        if let answerBy {
            // After the first text the second one is on its way.
            let isAsking = answerBy > now || asked < BumpRules.texts && asking
            return isAsking && choices.contains { $0.isLive(at: now) } ? .offered : .unanswered
        }
        if choices.contains(where: { $0.isLive(at: now) }) { return .held }
        return lookedAt == nil ? .looking : .nothing
    }
}

/// A time that is held for a visit of a list.
struct BumpChoice: Sendable {
    let hold: ID<SlotHold>
    let visit: ID<BumpedVisit>
    let madeAt: Instant
    let place: Placement
    let state: String
    let expiresAt: Instant

    static let columns: SQL = """
        c.hold, c.visit, c.made_at, h.visit_type, h.practitioner, h.location, h.local_start, h.zone, h.start_at,
        h.end_at, h.state, h.expires_at
        """

    init(_ row: Row) throws {
        hold = try row["hold"]
        visit = try row["visit"]
        madeAt = try row["made_at"]
        place = Placement(
            visitType: try row["visit_type"], practitioner: try row["practitioner"], location: try row["location"],
            localStart: try row["local_start"], zone: try row["zone"], timeZoneVersion: "",
            span: TimeSpan(start: try row["start_at"], end: try row["end_at"]))
        state = try row["state"]
        expiresAt = try row["expires_at"]
    }

    func isLive(at now: Instant) -> Bool {
        state == "held" && expiresAt > now && place.span.start > now.microseconds
    }
}
