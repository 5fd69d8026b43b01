import Kernel
import SchedulingAPI
import Store
import TimeZones
import Vault

/// Somebody's place on the list as it stands in its row.
struct EntryRow: Sendable {
    let id: ID<WaitlistEntry>
    let patient: ID<Patient>
    let need: ID<Need>?
    /// waiting, booked, left.
    let state: String
    let wish: WaitlistWish
    let priority: String
    let group: String
    let authorized: Bool
    let labels: Labels
    let version: Int
    let joinedAt: Instant
    let endedAt: Instant?
    let appointment: ID<Appointment>?

    static let columns: SQL = """
        e.id, e.patient, e.need, e.state, e.visit_type, e.practitioners, e.locations, e.weekdays, e.from_minute,
        e.to_minute, e.earliest, e.latest, e.notice_minutes, e.priority, e.group_code, e.authorized, e.labels, e.version,
        e.joined_at, e.ended_at, e.appointment
        """

    init(_ row: Row) throws {
        id = try row["id"]
        patient = try row["patient"]
        need = try row["need"]
        state = try row["state"]
        let practitioners: String = try row["practitioners"], locations: String = try row["locations"]
        let weekdays: String = try row["weekdays"]
        let earliest: String? = try row["earliest"], latest: String? = try row["latest"]
        wish = WaitlistWish(
            visitType: try row["visit_type"], practitioners: Self.keys(practitioners), locations: Self.keys(locations),
            weekdays: Set(weekdays.split(separator: " ").compactMap { Int($0) }), fromMinute: try row["from_minute"],
            toMinute: try row["to_minute"], earliest: earliest.flatMap { CivilDate(iso: $0) },
            latest: latest.flatMap { CivilDate(iso: $0) }, noticeMinutes: try row["notice_minutes"])
        priority = try row["priority"]
        group = try row["group_code"]
        authorized = try row["authorized"]
        labels = Labels(rawValue: try row["labels"])
        version = try row["version"]
        joinedAt = try row["joined_at"]
        endedAt = try row["ended_at"]
        appointment = try row["appointment"]
    }

    private static func keys(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}

/// Time that came free as it stands in its row.
struct OpeningRow: Sendable {
    let id: ID<WaitlistOpening>
    let appointment: ID<Appointment>
    /// Whose visit left.
    let patient: ID<Patient>
    let cause: String
    let visitType: String
    let practitioner: String
    let location: String
    let localStart: String
    let zone: String
    let span: TimeSpan
    /// open, filled, taken, lapsed, withdrawn.
    let state: String
    let labels: Labels
    let waves: Int
    let openedAt: Instant
    let closedAt: Instant?

    static let columns: SQL = """
        o.id, o.appointment, o.patient, o.cause, o.visit_type, o.practitioner, o.location, o.local_start, o.zone,
        o.start_at, o.end_at, o.state, o.labels, o.waves, o.opened_at, o.closed_at
        """

    init(_ row: Row) throws {
        id = try row["id"]
        appointment = try row["appointment"]
        patient = try row["patient"]
        cause = try row["cause"]
        visitType = try row["visit_type"]
        practitioner = try row["practitioner"]
        location = try row["location"]
        localStart = try row["local_start"]
        zone = try row["zone"]
        span = TimeSpan(start: try row["start_at"], end: try row["end_at"])
        state = try row["state"]
        labels = Labels(rawValue: try row["labels"])
        waves = try row["waves"]
        openedAt = try row["opened_at"]
        closedAt = try row["closed_at"]
    }

    var start: Instant { Instant(microseconds: span.start) }
    var minutes: Int { Int((span.end - span.start) / 60_000_000) }

    /// The time as a question for a visit type.
    func question(_ visitType: String) throws -> SlotFinder.Question {
        guard let local = CivilDateTime(iso: localStart) else {
            throw Fault(.internalError, "waitlist.opening", "An opening has no readable start.")
        }
        return SlotFinder.Question(
            visitType: visitType, practitioner: practitioner, location: location, localStart: local)
    }
}

/// An offer as it stands in its row.
struct OfferRow: Sendable {
    let id: ID<WaitlistOffer>
    let opening: ID<WaitlistOpening>
    let entry: ID<WaitlistEntry>
    let patient: ID<Patient>
    /// offered, accepted, declined, expired, gone, withheld (also when the message did not arrive), withdrawn.
    let state: String
    let labels: Labels
    let offeredAt: Instant
    let expiresAt: Instant
    let answeredAt: Instant?
    /// link, sms, console, api.
    let answeredBy: String?
    /// What carried it; nil: nothing went out.
    let message: ID<Message>?
    /// Why it was withheld, did not arrive, or was taken back from who said yes.
    let reason: String?
    let appointment: ID<Appointment>?

    static let columns: SQL = """
        f.id, f.opening, f.entry, f.patient, f.state, f.labels, f.offered_at, f.expires_at, f.answered_at,
        f.answered_by, f.message, f.reason, f.appointment
        """

    init(_ row: Row) throws {
        id = try row["id"]
        opening = try row["opening"]
        entry = try row["entry"]
        patient = try row["patient"]
        state = try row["state"]
        labels = Labels(rawValue: try row["labels"])
        offeredAt = try row["offered_at"]
        expiresAt = try row["expires_at"]
        answeredAt = try row["answered_at"]
        answeredBy = try row["answered_by"]
        message = try row["message"]
        reason = try row["reason"]
        appointment = try row["appointment"]
    }
}
