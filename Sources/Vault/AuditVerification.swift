package import Kernel
package import Store

/// Checks a tenant's whole audit trail: blocks, records outside blocks, anchors.
package struct AuditVerification: Sendable {
    package struct Report: Sendable {
        package var streams = 0
        package var blocks = 0
        package var records = 0
        /// Records newer than their stream's last block: not yet linked.
        package var unlinked = 0
        package var anchors = 0
        /// Each a plain sentence with the place. Empty: the trail is whole.
        package var findings: [String] = []
    }

    private let database: any Database
    private let anchors: AuditAnchors

    package init(database: any Database, anchors: AuditAnchors) {
        self.database = database
        self.anchors = anchors
    }

    package func run(tenant: ID<Tenant>) async throws -> Report {
        let (latest, anchorFindings) = try anchors.read()
        return try await database.read(tenant) { transaction in
            var report = Report()
            report.findings = anchorFindings
            let streams = try transaction.rows(
                """
                SELECT stream FROM audit_record WHERE tenant = \(.tenant)
                UNION SELECT stream FROM audit_block WHERE tenant = \(.tenant) ORDER BY stream
                """)
            var heads: [Int64: [Int64: [UInt8]]] = [:]
            let anchored = latest.filter { $0.tenant == transaction.tenant }
            for row in streams {
                let stream: Int64 = try row["stream"]
                let wanted = Set(anchored.filter { $0.stream == stream }.map(\.sequence))
                heads[stream] = try Self.verify(stream, anchored: wanted, &report, in: transaction)
            }
            for anchor in anchored {
                report.anchors += 1
                guard let hash = heads[anchor.stream]?[anchor.sequence] else {
                    report.findings.append(
                        "stream \(anchor.stream): block \(anchor.sequence), anchored at \(anchor.at.iso8601), is missing: "
                            + "the trail was cut or the database rolled back")
                    continue
                }
                if hash != anchor.hash {
                    report.findings.append(
                        "stream \(anchor.stream): block \(anchor.sequence) differs from what was anchored at \(anchor.at.iso8601)"
                    )
                }
            }
            return report
        }
    }

    /// Walks one stream's blocks and records side by side; the hashes of the anchored blocks.
    private static func verify(
        _ stream: Int64, anchored: Set<Int64>, _ report: inout Report, in transaction: any Transaction
    ) throws -> [Int64: [UInt8]] {
        report.streams += 1
        let blocks = try transaction.rows(
            """
            SELECT sequence, first_id, last_id, count, hash FROM audit_block
            WHERE tenant = \(.tenant) AND stream = \(stream) ORDER BY sequence
            """)
        var hashes: [Int64: [UInt8]] = [:]
        var previous: [UInt8] = []
        var previousLast: Int64 = 0
        for (index, block) in blocks.enumerated() {
            let sequence: Int64 = try block["sequence"]
            let first: Int64 = try block["first_id"]
            let last: Int64 = try block["last_id"]
            let count: Int64 = try block["count"]
            let hash: [UInt8] = try block["hash"]
            report.blocks += 1
            if sequence != Int64(index) + 1 {
                report.findings.append("stream \(stream): a block is missing before block \(sequence)")
                return hashes
            }
            var hasher = BlockHasher(previous: previous)
            try transaction.forEach(
                """
                SELECT \(AuditChain.columns) FROM audit_record
                WHERE tenant = \(.tenant) AND stream = \(stream) AND id > \(previousLast) AND id <= \(last) ORDER BY id
                """
            ) { try hasher.add($0) }
            report.records += hasher.count
            if Int64(hasher.count) != count || hasher.first != first || hasher.finish() != hash {
                let difference = Int64(hasher.count) - count
                let what =
                    difference < 0 ? "\(-difference) removed" : difference > 0 ? "\(difference) added" : "changed"
                report.findings.append(
                    "stream \(stream): block \(sequence) (records \(Crockford.encode(first))…\(Crockford.encode(last))): \(what)"
                )
            }
            if anchored.contains(sequence) { hashes[sequence] = hash }
            previous = hash
            previousLast = last
        }
        let unlinked: Int64? = try transaction.value(
            "SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND stream = \(stream) AND id > \(previousLast)"
        )
        report.unlinked += Int(unlinked ?? 0)
        report.records += Int(unlinked ?? 0)
        return hashes
    }
}
