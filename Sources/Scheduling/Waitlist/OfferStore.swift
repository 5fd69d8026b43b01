import ConversationsAPI
import Kernel
import SchedulingAPI
import Spine
import Store
import Vault

/// Every SQL statement over openings and offers.
enum OfferStore {
    // MARK: Openings

    /// False: this time is known already.
    static func insert(
        _ id: ID<WaitlistOpening>, _ place: Placement, appointment: ID<Appointment>, placement: Int,
        patient: ID<Patient>, cause: String, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO waitlist_opening (tenant, id, appointment, placement, patient, cause, visit_type, practitioner,
                location, local_start, zone, start_at, end_at, state, labels, waves, opened_at)
            VALUES (\(.tenant), \(id), \(appointment), \(placement), \(patient), \(cause), \(place.visitType),
                \(place.practitioner), \(place.location), \(place.localStart), \(place.zone), \(place.span.start),
                \(place.span.end), 'open', \(place.labels.rawValue), 0, \(now))
            ON CONFLICT DO NOTHING
            """) == 1
    }

    static func opening(
        _ id: ID<WaitlistOpening>, locking: Bool = false, in transaction: any Transaction
    ) throws -> OpeningRow? {
        try transaction.row(
            """
            SELECT \(OpeningRow.columns) FROM waitlist_opening o
            WHERE o.tenant = \(.tenant) AND o.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(OpeningRow.init)
    }

    static func countWave(_ id: ID<WaitlistOpening>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE waitlist_opening SET waves = waves + 1 WHERE tenant = \(.tenant) AND id = \(id)")
    }

    /// Ends an opening, and with it every offer of it that waits for an answer.
    static func close(
        _ id: ID<WaitlistOpening>, as state: String, at now: Instant, in transaction: any Transaction
    ) throws {
        let asked: String = state == "withdrawn" ? state : "gone"
        try transaction.send(
            """
            UPDATE waitlist_opening SET state = \(state), closed_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'open'
            """)
        try transaction.send(
            """
            UPDATE waitlist_offer SET state = \(asked)
            WHERE tenant = \(.tenant) AND opening = \(id) AND state = 'offered'
            """)
    }

    /// Openings to come for a visit type: for the machine, when somebody joins.
    static func open(
        for visitType: String, after now: Instant, in transaction: any Transaction
    ) throws -> [ID<WaitlistOpening>] {
        try transaction.rows(
            """
            SELECT id FROM waitlist_opening WHERE tenant = \(.tenant) AND state = 'open' AND start_at > \(now)
                AND visit_type = \(visitType) ORDER BY start_at LIMIT 100
            """
        ).map { try $0["id"] }
    }

    /// Times to come that came free by patients whom the caller may see, the soonest first.
    static func openings(
        after now: Instant, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [OpeningRow] {
        try transaction.rows(
            """
            SELECT \(OpeningRow.columns) FROM waitlist_opening o
            WHERE o.tenant = \(.tenant) AND o.start_at > \(now)
                AND \(Policy.scope(caller, .waitlistRead, patient: "o.patient", labels: "o.labels"))
            ORDER BY o.start_at, o.id LIMIT \(limit)
            """
        ).map(OpeningRow.init)
    }

    // MARK: Offers

    static func insert(
        _ id: ID<WaitlistOffer>, opening: OpeningRow, entry: EntryRow, state: String, reason: String?,
        message: ID<Message>?, until: Instant, at now: Instant, in transaction: any Transaction
    ) throws {
        let labels = opening.labels.union(entry.labels).rawValue
        try transaction.send(
            """
            INSERT INTO waitlist_offer (tenant, id, opening, entry, patient, state, group_code, wave, labels,
                offered_at, expires_at, message, reason)
            VALUES (\(.tenant), \(id), \(opening.id), \(entry.id), \(entry.patient), \(state), \(entry.group),
                \(opening.waves + 1), \(labels), \(now), \(until), \(message), \(reason))
            """)
    }

    static func find(
        _ id: ID<WaitlistOffer>, locking: Bool = false, in transaction: any Transaction
    ) throws -> OfferRow? {
        try transaction.row(
            """
            SELECT \(OfferRow.columns) FROM waitlist_offer f
            WHERE f.tenant = \(.tenant) AND f.id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map(OfferRow.init)
    }

    static func settle(
        _ id: ID<WaitlistOffer>, as state: String, by channel: String?, appointment: ID<Appointment>? = nil,
        at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE waitlist_offer SET state = \(state), answered_at = \(now), answered_by = \(channel),
                appointment = \(appointment)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Takes back an offer that was accepted by whom the rules refuse the time.
    static func refuse(
        _ id: ID<WaitlistOffer>, _ reason: String, by channel: String, at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE waitlist_offer SET state = 'withdrawn', reason = \(reason), answered_at = \(now),
                answered_by = \(channel)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Offers that wait for an answer and went out by one of these messages.
    static func waiting(
        carriedBy messages: [ID<Message>], in transaction: any Transaction
    ) throws -> [OfferRow] {
        if messages.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(OfferRow.columns) FROM waitlist_offer f
            WHERE f.tenant = \(.tenant) AND f.message IN \(list: messages) AND f.state = 'offered'
            ORDER BY f.opening, f.id
            """
        ).map(OfferRow.init)
    }

    /// An offer that reached nobody.
    static func withhold(_ id: ID<WaitlistOffer>, reason: String, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE waitlist_offer SET state = 'withheld', reason = \(reason)
            WHERE tenant = \(.tenant) AND id = \(id) AND state = 'offered'
            """)
    }

    /// Ends the offers of an opening whose time to answer is over.
    static func expire(_ opening: ID<WaitlistOpening>, at now: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE waitlist_offer SET state = 'expired'
            WHERE tenant = \(.tenant) AND opening = \(opening) AND state = 'offered' AND expires_at <= \(now)
            """)
    }

    /// Takes back what somebody was offered who does not wait any more; the openings, which may be offered to others.
    static func withdraw(
        of entry: ID<WaitlistEntry>, in transaction: any Transaction
    ) throws -> [ID<WaitlistOpening>] {
        try transaction.rows(
            """
            UPDATE waitlist_offer SET state = 'withdrawn'
            WHERE tenant = \(.tenant) AND entry = \(entry) AND state = 'offered' RETURNING opening
            """
        ).map { try $0["opening"] }
    }

    /// All that was offered of an opening: for the machine.
    static func all(of opening: ID<WaitlistOpening>, in transaction: any Transaction) throws -> [OfferRow] {
        try transaction.rows(
            """
            SELECT \(OfferRow.columns) FROM waitlist_offer f
            WHERE f.tenant = \(.tenant) AND f.opening = \(opening) ORDER BY f.offered_at, f.id
            """
        ).map(OfferRow.init)
    }

    /// What was offered of openings to patients whom the caller may see.
    static func offers(
        of openings: [ID<WaitlistOpening>], for caller: Caller, in transaction: any Transaction
    ) throws -> [OfferRow] {
        if openings.isEmpty { return [] }
        return try transaction.rows(
            """
            SELECT \(OfferRow.columns) FROM waitlist_offer f
            WHERE f.tenant = \(.tenant) AND f.opening IN \(list: openings)
                AND \(Policy.scope(caller, .waitlistRead, patient: "f.patient", labels: "f.labels"))
            ORDER BY f.offered_at, f.id LIMIT 2000
            """
        ).map(OfferRow.init)
    }

    struct Had: Sendable {
        /// Attempts among them to write to whom nothing may be sent: they took their turn.
        var recently = 0
        var today = 0
        var waiting = 0
        /// Whether there was no number to write to a short while ago, wherever the time was.
        var hasNoNumber = false
        /// The entries for which nothing could be sent a short while ago, for times at the same place.
        var unreached: Set<ID<WaitlistEntry>> = []
    }

    /// What patients have had: since the first moment, since midnight, and what waits for their answer about others than
    /// this opening.
    static func had(
        _ patients: [ID<Patient>], since first: Instant, midnight: Instant, of opening: OpeningRow, at now: Instant,
        in transaction: any Transaction
    ) throws -> [ID<Patient>: Had] {
        if patients.isEmpty { return [:] }
        var had: [ID<Patient>: Had] = [:]
        let rows = try transaction.rows(
            """
            SELECT f.patient, f.entry, f.opening, f.state, f.reason, f.offered_at, f.expires_at, o.location
            FROM waitlist_offer f JOIN waitlist_opening o ON o.tenant = f.tenant AND o.id = f.opening
            WHERE f.tenant = \(.tenant) AND f.patient IN \(list: patients) AND f.offered_at >= \(first)
                AND (f.state <> 'withheld' OR f.message IS NULL)
            """)
        for row in rows {
            let patient: ID<Patient> = try row["patient"]
            let offered: Instant = try row["offered_at"], until: Instant = try row["expires_at"]
            let state: String = try row["state"]
            let other: ID<WaitlistOpening> = try row["opening"]
            had[patient, default: Had()].recently += 1
            if state == "withheld" {
                guard now - offered < .hours(WaitlistRules.unreachedHours) else { continue }
                let reason: String? = try row["reason"]
                let location: String = try row["location"]
                if reason == MessageOutcome.noPhone {
                    had[patient, default: Had()].hasNoNumber = true
                } else if reason != MessageOutcome.noTemplate, location == opening.location {
                    // Consent may be for one place, and what several who share a number may read hangs on the visit.
                    had[patient, default: Had()].unreached.insert(try row["entry"])
                }
                continue
            }
            if offered >= midnight { had[patient, default: Had()].today += 1 }
            if state == "offered", until > now, other != opening.id { had[patient, default: Had()].waiting += 1 }
        }
        return had
    }

    static func offersByGroup(since first: Instant, in transaction: any Transaction) throws -> [String: Int] {
        try transaction.rows(
            """
            SELECT group_code, COUNT(*) AS offers FROM waitlist_offer
            WHERE tenant = \(.tenant) AND offered_at >= \(first) AND state <> 'withheld' GROUP BY group_code
            """
        ).reduce(into: [:]) { $0[try $1["group_code"]] = try $1["offers"] }
    }
}
