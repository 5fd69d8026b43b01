import Kernel
import SchedulingAPI
import Spine
import Store
import Vault
import Web

/// Somebody's way through the page as it stands in its row.
struct PublicBookingRow: Sendable {
    enum State: String, Sendable {
        case held, asked, booked, ended
    }

    let id: ID<PublicBooking>
    let hold: ID<SlotHold>
    let state: State
    /// A keyed hash of the number that a code went to.
    let phone: Int64?
    let code: [UInt8]?
    let codeAt: Instant?
    let codes: Int
    let tries: Int
    let appointment: ID<Appointment>?
}

/// Every SQL statement over public bookings.
enum PublicBookingStore {
    /// Numbers, addresses and browsers stand here as keyed hashes alone; they count what was tried.
    static let schema = Migration(
        "2026-11-27.scheduling.public-booking",
        [
            """
            CREATE TABLE public_booking (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, hold BIGINT NOT NULL, browser BIGINT NOT NULL,
                address BIGINT NOT NULL, state TEXT NOT NULL CHECK (state IN ('held', 'asked', 'booked', 'ended')),
                phone BIGINT, code BLOB, code_at BIGINT, codes BIGINT NOT NULL, tries BIGINT NOT NULL,
                patient BIGINT, appointment BIGINT, visit_at BIGINT, created_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, id), CHECK ((state = 'booked') = (appointment IS NOT NULL)))
            """,
            "CREATE INDEX public_booking_phone ON public_booking (tenant, phone) WHERE phone IS NOT NULL",
            "CREATE INDEX public_booking_address ON public_booking (tenant, address, created_at)",
            "CREATE INDEX public_booking_browser ON public_booking (tenant, browser) WHERE state IN ('held', 'asked')",
            "CREATE INDEX public_booking_patient ON public_booking (tenant, patient) WHERE patient IS NOT NULL",
            "CREATE INDEX public_booking_created ON public_booking (tenant, created_at)",
            """
            CREATE TABLE look_alike (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, other BIGINT NOT NULL, found_at BIGINT NOT NULL,
                settled_at BIGINT, PRIMARY KEY (tenant, patient, other), CHECK (patient <> other))
            """,
            "CREATE INDEX look_alike_open ON look_alike (tenant, found_at) WHERE settled_at IS NULL",
        ])

    static let tables = [
        TableRule(
            "public_booking", .patient(column: "patient"),
            export: .notExported(reason: "counts of tries by keyed hashes; the visit itself goes out"), merge: .follows),
        TableRule(
            "look_alike", .patient(column: "patient"),
            export: .notExported(reason: "that another record may be the same person's, which is about them too"),
            merge: .follows,
            disposal: .deleteWhere { target in
                ["patient IN \(list: target.patients)", "other IN \(list: target.patients)"]
            }),
    ]

    static func insert(
        _ id: ID<PublicBooking>, hold: ID<SlotHold>, browser: Int64, address: Int64, at now: Instant,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO public_booking (tenant, id, hold, browser, address, state, codes, tries, created_at)
            VALUES (\(.tenant), \(id), \(hold), \(browser), \(address), 'held', 0, 0, \(now))
            """)
    }

    static func find(
        _ id: ID<PublicBooking>, locking: Bool = false, in transaction: any Transaction
    ) throws -> PublicBookingRow? {
        try transaction.row(
            """
            SELECT id, hold, state, phone, code, code_at, codes, tries, appointment FROM public_booking
            WHERE tenant = \(.tenant) AND id = \(id)\(locking ? SQL.forUpdate : "")
            """
        ).map { row in
            let state: String = try row["state"]
            guard let state = PublicBookingRow.State(rawValue: state) else {
                throw Fault(.internalError, "public-booking.state", "A public booking has an unknown state.")
            }
            return PublicBookingRow(
                id: try row["id"], hold: try row["hold"], state: state, phone: try row["phone"], code: try row["code"],
                codeAt: try row["code_at"], codes: try row["codes"], tries: try row["tries"],
                appointment: try row["appointment"])
        }
    }

    /// What a browser holds still, the holds of its earlier ways.
    static func live(browser: Int64, in transaction: any Transaction) throws -> [(ID<PublicBooking>, ID<SlotHold>)] {
        try transaction.rows(
            """
            SELECT id, hold FROM public_booking
            WHERE tenant = \(.tenant) AND browser = \(browser) AND state IN ('held', 'asked')
            """
        ).map { (try $0["id"], try $0["hold"]) }
    }

    static func liveHolds(address: Int64, at now: Instant, in transaction: any Transaction) throws -> Int {
        try count(
            """
            SELECT COUNT(*) AS n FROM public_booking b JOIN slot_hold h ON h.tenant = b.tenant AND h.id = b.hold
            WHERE b.tenant = \(.tenant) AND b.address = \(address) AND b.created_at > \(now - .hours(1))
                AND b.state IN ('held', 'asked') AND h.state = 'held' AND h.expires_at > \(now)
            """, in: transaction)
    }

    static func codes(address: Int64, since: Instant, in transaction: any Transaction) throws -> Int {
        try count(
            """
            SELECT CAST(COALESCE(SUM(codes), 0) AS BIGINT) AS n FROM public_booking
            WHERE tenant = \(.tenant) AND address = \(address) AND created_at > \(since)
            """, in: transaction)
    }

    static func codes(phone: Int64, since: Instant, in transaction: any Transaction) throws -> Int {
        try count(
            """
            SELECT CAST(COALESCE(SUM(codes), 0) AS BIGINT) AS n FROM public_booking
            WHERE tenant = \(.tenant) AND phone = \(phone) AND created_at > \(since)
            """, in: transaction)
    }

    static func visits(phone: Int64, after now: Instant, in transaction: any Transaction) throws -> Int {
        try count(
            """
            SELECT COUNT(*) AS n FROM public_booking b
            JOIN appointment a ON a.tenant = b.tenant AND a.id = b.appointment
            WHERE b.tenant = \(.tenant) AND b.phone = \(phone) AND b.state = 'booked' AND b.visit_at > \(now)
                AND a.status IN ('pending', 'booked', 'arrived')
            """, in: transaction)
    }

    private static func count(_ sql: SQL, in transaction: any Transaction) throws -> Int {
        guard let row = try transaction.row(sql) else { return 0 }
        return try row["n"]
    }

    static func asked(
        _ id: ID<PublicBooking>, phone: Int64, code: [UInt8], at now: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE public_booking SET state = 'asked', phone = \(phone), code = \(code), code_at = \(now),
                codes = codes + 1, tries = 0 WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// The browser that a way is counted for.
    static func claim(_ id: ID<PublicBooking>, browser: Int64, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE public_booking SET browser = \(browser) WHERE tenant = \(.tenant) AND id = \(id) AND browser = 0")
    }

    static func tried(_ id: ID<PublicBooking>, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE public_booking SET tries = tries + 1 WHERE tenant = \(.tenant) AND id = \(id)")
    }

    static func end(_ id: ID<PublicBooking>, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE public_booking SET state = 'ended', code = NULL
            WHERE tenant = \(.tenant) AND id = \(id) AND state IN ('held', 'asked')
            """)
    }

    static func booked(
        _ id: ID<PublicBooking>, patient: ID<Patient>, appointment: ID<Appointment>, visitAt: Int64,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE public_booking SET state = 'booked', code = NULL, patient = \(patient), appointment = \(appointment),
                visit_at = \(visitAt) WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    /// Keeps a held time while a code is on its way.
    static func extend(_ hold: ID<SlotHold>, until: Instant, in transaction: any Transaction) throws {
        try transaction.send(
            """
            UPDATE slot_hold SET expires_at = \(until)
            WHERE tenant = \(.tenant) AND id = \(hold) AND state = 'held' AND expires_at < \(until)
            """)
        try transaction.send(
            """
            UPDATE booking_interval SET expires_at = \(until)
            WHERE tenant = \(.tenant) AND owner = \(hold.raw) AND expires_at < \(until)
            """)
    }

    /// Ways that are of no use for counting any more, since they led nowhere or their visit is over; how many, at most
    /// `limit`.
    static func sweep(before: Instant, limit: Int, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            """
            DELETE FROM public_booking WHERE tenant = \(.tenant) AND id IN (
                SELECT id FROM public_booking WHERE tenant = \(.tenant) AND created_at < \(before)
                    AND (state <> 'booked' OR visit_at < \(before)) ORDER BY created_at LIMIT \(limit))
            """)
    }
}
