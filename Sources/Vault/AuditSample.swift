package import Kernel
package import Store

/// Made-up records for measuring: a trail as a busy practice leaves it, on a data folder with nobody in it.
package enum AuditSample {
    private static let batch: Int64 = 20_000

    /// Writes `count` records, one per millisecond up to a minute ago, and links them. Throws `audit.sample` where there
    /// are patients or linked records already: a trail of real acts is never mixed with made-up ones.
    package static func fill(
        _ count: Int, stream: Int64, tenant: ID<Tenant>, now: Instant, database: any Database, chain: AuditChain
    ) async throws {
        let isFree = try await database.read(tenant) { transaction in
            let patients = try transaction.row("SELECT patient FROM patient_scope WHERE tenant = \(.tenant) LIMIT 1")
            let blocks = try transaction.row("SELECT stream FROM audit_block WHERE tenant = \(.tenant) LIMIT 1")
            return patients == nil && blocks == nil
        }
        guard isFree else {
            throw Fault(
                .conflict, "audit.sample", "This installation is in use; made-up records are not for it.",
                remedy: "Make a new data directory with throughline init.")
        }
        let start = Instant(microseconds: now.microseconds - (Int64(count) + 60_000) * 1000)
        let base = ID<AuditRecord>.lowest(at: start).raw + stream << 12
        for from in stride(from: Int64(0), to: Int64(count), by: Int(batch)) {
            let end = min(from + batch, Int64(count))
            _ = try await database.write(tenant) { transaction in
                try transaction.execute(statement(from: from, to: end, base: base, stream: stream, start: start))
                try transaction.execute(listed(from: from, to: end, base: base))
            }
        }
        try await chain.advance(tenant: tenant)
        try await chain.anchor(tenant: tenant)
    }

    /// Who is found in the lists of these records.
    private static func listed(from: Int64, to: Int64, base: Int64) -> SQL {
        let patients = subjects.compactMap { Crockford.decode($0) }
        return """
            INSERT INTO audit_subject (tenant, patient, audit)
            WITH RECURSIVE n(i) AS (
                SELECT CAST(\(from) AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(to))
            SELECT \(.tenant), patient.value, \(base) + i * 4194304 FROM n, \(list: patients) AS patient
            WHERE i % 7 = 3
            """
    }

    private static let subjects = ["04D5Q6ZK3W9XG", "04D5Q6ZK3W9XH", "04D5Q6ZK3W9XJ"]

    private static func statement(from: Int64, to: Int64, base: Int64, stream: Int64, start: Instant) -> SQL {
        """
        INSERT INTO audit_record (tenant, id, stream, recorded_at, actor_kind, actor, action, purpose, outcome, reason,
            subject_kind, subject, subjects, correlation, origin, remote)
        WITH RECURSIVE n(i) AS (
            SELECT CAST(\(from) AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(to))
        SELECT \(.tenant), \(base) + i * 4194304, \(stream), \(start.microseconds) + i * 1000, 'user',
            1000000007 * (1 + i % 300),
            CASE i % 7 WHEN 0 THEN 'message.read' WHEN 1 THEN 'appointment.read' WHEN 2 THEN 'SendReply'
                WHEN 3 THEN 'patient.search' ELSE 'patient.read' END,
            'HOPERAT', CASE WHEN i % 97 = 0 THEN 'denied' ELSE 'permitted' END,
            CASE WHEN i % 97 = 0 THEN 'other-location' END,
            CASE WHEN i % 7 <> 3 THEN 'patient' END, CASE WHEN i % 7 <> 3 THEN 4000000007 * (1 + i % 99991) END,
            CASE WHEN i % 7 = 3 THEN \(subjects.map { "patient:" + $0 }.joined(separator: ",")) END,
            \(base) + i * 4194304, 'console',
            CASE WHEN i % 13 > 0 THEN '10.1.' || (i % 250) || '.' || (1 + i % 200) END
        FROM n
        """
    }
}
