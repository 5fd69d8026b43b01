import Kernel
import SchedulingAPI
import Store
import StudioAPI
import TimeZones
import Vault

struct TextBookingRow: Sendable {
    let id: ID<TextBooking>
    let patient: ID<Patient>
    let need: ID<Need>
    let number: Int64
    var state: TextBookingState
    /// The visit's placement when it was chosen.
    let placement: Int?
    let wish: TextTimes
    let named: [String]
    /// Whether other times are wished for than those that were offered.
    let isRenewed: Bool
    let question: Int
    /// The need's version since the last question.
    let needVersion: Int?
    let answer: ID<TextChoice>?
    let hasDeclined: Bool
    let answerBy: Instant?

    static let columns: SQL = """
        b.id, b.patient, b.need, b.number, b.kind, b.phase, b.visit, b.placement, b.visit_type, b.round, b.wish_from,
        b.wish_to, b.wish_days, b.wish_hours, b.named, b.renewed, b.question, b.need_version, b.answer, b.declined,
        b.answer_by
        """

    init(_ row: Row) throws {
        let kind: String = try row["kind"], phase: String = try row["phase"]
        guard let kind = TextAsk.Kind(rawValue: kind), let phase = TextBookingPhase(rawValue: phase) else {
            throw Fault(.internalError, "text-booking.code", "A row has a code this program does not know.")
        }
        id = try row["id"]
        patient = try row["patient"]
        need = try row["need"]
        number = try row["number"]
        state = TextBookingState(
            kind, phase: phase, visit: try row["visit"], visitType: try row["visit_type"], round: try row["round"])
        placement = try row["placement"]
        wish = TextTimes(
            from: try row["wish_from"], to: try row["wish_to"], days: try row["wish_days"],
            hours: try row["wish_hours"])
        let named: String = try row["named"]
        self.named = named.split(separator: " ").map(String.init)
        let renewed: Int = try row["renewed"], declined: Int = try row["declined"]
        isRenewed = renewed == 1
        question = try row["question"]
        needVersion = try row["need_version"]
        answer = try row["answer"]
        hasDeclined = declined == 1
        answerBy = try row["answer_by"]
    }

    var isOpen: Bool { state.phase.isOpen }
    var isAnswered: Bool { answer != nil || hasDeclined }
}

/// An answer of a numbered question.
struct TextChoiceRow: Sendable {
    let id: ID<TextChoice>
    let booking: ID<TextBooking>
    let question: Int
    let number: Int
    let what: TextAnswer
    /// The time, when it is one.
    let slot: SlotFinder.Question?

    static let columns: SQL = """
        c.id, c.booking, c.question, c.number, c.what, c.visit, c.visit_type, c.practitioner, c.location, c.local_start
        """

    init(_ row: Row) throws {
        id = try row["id"]
        booking = try row["booking"]
        question = try row["question"]
        number = try row["number"]
        let what: String = try row["what"]
        let visit: ID<Appointment>? = try row["visit"]
        let type: String? = try row["visit_type"]
        switch (what, visit, type) {
        case ("visit", let visit?, _): self.what = .visit(visit)
        case ("type", _, let type?): self.what = .type(type)
        case ("cancel", _, _): self.what = .cancel
        case ("another", _, _): self.what = .another
        case ("time", _, .some): self.what = .time
        default: throw Fault(.internalError, "text-booking.choice", "A choice stands for nothing.")
        }
        let start: String? = try row["local_start"]
        let practitioner: String? = try row["practitioner"], location: String? = try row["location"]
        if let type, let practitioner, let location, let local = start.flatMap({ CivilDateTime(iso: $0) }) {
            slot = SlotFinder.Question(
                visitType: type, practitioner: practitioner, location: location, localStart: local)
        } else {
            slot = nil
        }
    }
}
