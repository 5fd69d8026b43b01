import Kernel
import People
import Spine
import Store
import Vault
package import Web

/// The bases' tables and how they take part in disposal, merge, export and re-sealing.
extension Platform {
    package static let baseTables: [TableRule] = [
        TableRule("migration", .none(reason: "schema steps")),
        TableRule("tenant", .none(reason: "organisations")),
        TableRule("tenant_host", .none(reason: "addresses of organisations")),
        TableRule("lease", .none(reason: "coordination of nodes")),
        TableRule("system_run", .none(reason: "work of the system itself")),
        TableRule("reseal_progress", .none(reason: "places in tables")),
        TableRule("subscriber_cursor", .none(reason: "places in the log")),
        TableRule("timer", .none(reason: "due times of things that have rules of their own")),
        TableRule("outbox", .none(reason: "effects; what they carry stands with the message")),
        TableRule(
            "audit_record", .none(reason: "kept for six years whoever is disposed of; holds ids and network addresses"),
            export: .apart(.access, how: "who looked at the record, and why, as on the patient's own page"),
            merge: .follows),
        TableRule("audit_subject", .none(reason: "as audit_record")),
        TableRule("audit_block", .none(reason: "hashes of audit records")),
        TableRule("audit_search", .none(reason: "a place in the trail")),
        TableRule(
            "idempotency", .keySubject(column: "key_subject"),
            sealed: .column(.passing(reason: "an answer is kept for a day")),
            export: .notExported(reason: "answers given to programs, kept for a day; what they say stands elsewhere"),
            merge: .apart(reason: "belongs to the program that asked"),
            disposal: .kept(reason: "each answer has a key of its own, deleted with it within a day")),
        // Before the events it leads to: a disposal goes the other way and finds a stranger's events by it.
        TableRule(
            "event_subject", .none(reason: "ids only, leads to event"),
            disposal: .deleteWhere { target in
                [
                    "kind = 'patient' AND subject IN \(list: target.patients)",
                    "kind = \(target.subject.kind) AND subject = \(target.subject.raw)",
                ]
            }),
        // The log goes on without the person: positions, figures and rebuilding need its rows.
        TableRule(
            "event", .patient(column: "patient"), export: .plain(.history), merge: .follows,
            disposal: .scrub { try takeOutOfEvents($0, in: $1) }),
        TableRule("event_position", .none(reason: "order of events")),
        TableRule("event_pending", .none(reason: "queue of the sequencer")),
        TableRule(
            "revision", .keySubject(column: "key_subject"),
            sealed: .column(.revisions(["patient": PatientRecord.sealKind])),
            export: .rows(.history, opening: PatientRecord.self, id: "row_id"), merge: .follows,
            disposal: .deleteWhere { ["kind = 'patient' AND id IN \(list: $0.patients)"] }),
        TableRule(
            "blob_object", .keySubject(column: "key_subject"), sealed: .column(Blobs.sealedHeaders),
            export: .rows(
                .documents,
                open: { row, door in
                    let file = try Blobs.get(
                        try row["id"], owner: door.owner, grant: door.grant, in: door.transaction)
                    return [ExportedField("file", .file(file.bytes, mediaType: file.type.rawValue, name: file.name))]
                }), merge: .follows),
        TableRule(
            "blob_chunk", .none(reason: "sealed under the key in blob_object, gone with it"),
            sealed: .column(Blobs.sealedChunks),
            disposal: .deleteWhere { target in
                [
                    """
                    blob IN (SELECT o.id FROM blob_object o
                        WHERE o.tenant = \(.tenant) AND o.key_subject IN \(list: target.keys))
                    """
                ]
            }),
        TableRule("patient_scope", .patient(column: "patient"), export: .plain(.about), merge: .follows),
        TableRule(
            "term", .patient(column: "id"),
            export: .notExported(reason: "search terms made of the name and numbers, which go out themselves"),
            merge: .follows,
            disposal: .scrub { target, transaction in
                let count: Int? = try transaction.value(
                    "SELECT COUNT(*) FROM term WHERE tenant = \(.tenant) AND id IN \(list: target.patients)")
                for patient in target.patients { try TermIndex.remove(patient.raw, in: transaction) }
                return count ?? 0
            }),
    ]

    /// Takes a person out of their events, which stay. From then on they are about nobody, and open to those alone who
    /// may know of what was disposed of: also what a need told before it was known whose it was.
    private static func takeOutOfEvents(_ target: DisposalTarget, in transaction: any Transaction) throws -> Int {
        let disposed = Labels.disposed.rawValue
        var count = try transaction.execute(
            """
            UPDATE event SET labels = labels | \(disposed)
            WHERE tenant = \(.tenant) AND patient IS NULL AND (labels & \(disposed)) = 0 AND need IN (
                SELECT o.need FROM event o
                WHERE o.tenant = \(.tenant) AND o.patient IN \(list: target.patients) AND o.need IS NOT NULL)
            """)
        if !target.conversations.isEmpty {
            count += try transaction.execute(
                """
                UPDATE event SET labels = labels | \(disposed)
                WHERE tenant = \(.tenant) AND patient IS NULL AND (labels & \(disposed)) = 0 AND id IN (
                    SELECT s.event FROM event_subject s WHERE s.tenant = \(.tenant) AND s.kind = 'conversation'
                        AND s.subject IN \(list: target.conversations))
                """)
        }
        return try count
            + transaction.execute(
                """
                UPDATE event SET patient = NULL, labels = labels | \(disposed)
                WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)
                """)
    }

    /// Every table's rule, in the order in which rows may refer to one another.
    package var tables: [TableRule] { Self.baseTables + capabilities.flatMap(\.tables) }
}
