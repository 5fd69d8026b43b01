import Kernel
import SchedulingAPI
import Store
import StudioAPI
import Vault
import Web

// Check-in from the phone.
//
// - It is open from the visit type's lead until the start of a visit that is booked.
// - What is given is kept as the patient states it, sealed under their key. Nothing of it changes the record by itself: new
//   contact details and coverage are for staff to look at and take over.
// - What is asked is on the visit type. A document that is agreed to goes into the consent ledger with its version, at once.
// - "I am here" is a step of its own, on the day: it is the same arrival that the front desk records.

package enum CheckInRules {
    /// Whether there is something to check in for now.
    static func isOpen(_ row: AppointmentRow, _ type: VisitTypeDefinition?, at now: Instant) -> Bool {
        let start = Instant(microseconds: row.place.span.start)
        guard row.status == .booked, let type, type.modality == .inPerson else { return false }
        let lead = type.rules.checkIn?.leadMinutes ?? CheckInRule().leadMinutes
        return now >= start - .minutes(lead) && now <= start + LatenessRules.after
    }

    static let longestAnswer = 500
    /// The longest of a phone number, an address, a payer's name or a member's number.
    static let longestLine = 200
}

/// What a patient gave before a visit, as they state it.
struct CheckInContent: ExportedContent, Equatable {
    static let sealKind = SealKind(310)

    struct Answer: Sendable, Equatable {
        /// As it was asked, in the language it was asked in.
        let question: String
        let answer: String
    }

    /// Contact details that are other than we have; empty: they are right.
    var phone: String?
    var email: String?
    var address: String?
    var payer: String?
    var member: String?
    var paysLater = false
    var answers: [Answer] = []
    /// Documents they agreed to, with their versions.
    var documents: [String] = []

    init() {}

    func pack(into packer: inout Packer) {
        packer.put(1, phone)
        packer.put(2, email)
        packer.put(3, address)
        packer.put(4, payer)
        packer.put(5, member)
        packer.put(6, paysLater)
        packer.put(7, answers.map(\.question))
        packer.put(8, answers.map(\.answer))
        packer.put(9, documents)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        phone = fields.string(1)
        email = fields.string(2)
        address = fields.string(3)
        payer = fields.string(4)
        member = fields.string(5)
        paysLater = fields.bool(6)
        answers = zip(fields.strings(7), fields.strings(8)).map { Answer(question: $0, answer: $1) }
        documents = fields.strings(9)
    }

    var exported: [ExportedField] {
        [
            ExportedField("phone", phone), ExportedField("email", email), ExportedField("address", address),
            ExportedField("payer", payer), ExportedField("memberId", member),
            paysLater ? ExportedField("paysLater", .flag(true)) : nil,
            answers.isEmpty ? nil : ExportedField("answers", .texts(answers.map { "\($0.question): \($0.answer)" })),
            documents.isEmpty ? nil : ExportedField("documents", .texts(documents)),
        ].compactMap { $0 }
    }
}

struct CheckInRow: Sendable {
    let id: ID<Appointment>
    let patient: ID<Patient>
    /// The time of the visit that it was given for.
    let placement: Int
    let givenAt: Instant
    let keySubject: ID<KeySubject>
    let sealed: Sealed<CheckInContent>
}

/// Every SQL statement over check-ins.
enum CheckInStore {
    static let schema = Migration(
        "2026-11-27.scheduling.check-in",
        [
            """
            CREATE TABLE visit_check_in (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, placement BIGINT NOT NULL,
                given_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX visit_check_in_patient ON visit_check_in (tenant, patient)",
        ])

    static let tables = [
        TableRule(
            "visit_check_in", .patient(column: "patient"), sealed: .rows(CheckInContent.sealKind),
            export: .rows(.visits, opening: CheckInContent.self), merge: .follows)
    ]

    static func find(_ visit: ID<Appointment>, in transaction: any Transaction) throws -> CheckInRow? {
        try transaction.row(
            """
            SELECT id, patient, placement, given_at, key_subject, sealed FROM visit_check_in
            WHERE tenant = \(.tenant) AND id = \(visit)
            """
        ).map { row in
            CheckInRow(
                id: try row["id"], patient: try row["patient"], placement: try row["placement"],
                givenAt: try row["given_at"], keySubject: try row["key_subject"], sealed: try row["sealed"])
        }
    }

    /// In the place of what was given before.
    static func put(_ row: CheckInRow, in transaction: any Transaction) throws {
        try transaction.send("DELETE FROM visit_check_in WHERE tenant = \(.tenant) AND id = \(row.id)")
        try transaction.send(
            """
            INSERT INTO visit_check_in (tenant, id, patient, placement, given_at, key_subject, sealed)
            VALUES (\(.tenant), \(row.id), \(row.patient), \(row.placement), \(row.givenAt), \(row.keySubject),
                \(row.sealed))
            """)
    }
}
