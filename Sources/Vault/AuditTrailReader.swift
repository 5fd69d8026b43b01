import Kernel
import Store

/// Reads the trail for its verification, each part in a snapshot of its own: what is linked never changes.
struct AuditTrailReader: Sendable {
    let database: any Database
    let tenant: ID<Tenant>
    /// A backup that is older than the records' address is verified as it is, before the schema is brought up to date.
    private let hasAddresses: Bool

    init(_ database: any Database, tenant: ID<Tenant>) async throws {
        self.database = database
        self.tenant = tenant
        hasAddresses = try await database.read(tenant) { transaction in
            try transaction.row("SELECT 1 FROM migration WHERE id = \(AuditStore.addresses.id)") != nil
        }
    }

    func blocks(of stream: Int64, after sequence: Int64, limit: Int) async throws -> [AuditBlock] {
        try await database.read(tenant) { transaction in
            try transaction.rows(
                """
                SELECT sequence, first_id, last_id, count, hash, chained_at FROM audit_block
                WHERE tenant = \(.tenant) AND stream = \(stream) AND sequence > \(sequence)
                ORDER BY sequence LIMIT \(limit)
                """
            ).map { row in
                AuditBlock(
                    sequence: try row["sequence"], first: try row["first_id"], last: try row["last_id"],
                    count: try row["count"], hash: try row["hash"], chainedAt: try row["chained_at"])
            }
        }
    }

    /// Hashes the records from the end of the block before to the end of the last one, block by block.
    func verify(_ span: AuditSpan) async throws -> AuditPart {
        try await database.read(tenant) { transaction in
            guard let end = span.blocks.last?.last else { return AuditPart() }
            var checked = AuditSpanCheck(span)
            try transaction.forEachRaw(
                """
                SELECT \(hasAddresses ? AuditChain.columns : AuditChain.columnsOfOld) FROM audit_record
                WHERE tenant = \(.tenant) AND stream = \(span.stream) AND id > \(span.previousLast) AND id <= \(end)
                ORDER BY id
                """
            ) { checked.add($0) }
            return checked.finish()
        }
    }

    /// Records of a stream behind its last block.
    func unlinked(_ stream: Int64, after last: Int64) async throws -> AuditPart {
        try await database.read(tenant) { transaction in
            let count: Int64? = try transaction.value(
                """
                SELECT COUNT(*) FROM audit_record
                WHERE tenant = \(.tenant) AND stream = \(stream) AND id > \(last)
                """)
            return AuditPart(records: Int(count ?? 0), unlinked: Int(count ?? 0))
        }
    }

    /// Records of streams that have no block yet.
    func strangers(to streams: [Int64]) async throws -> AuditPart {
        try await database.read(tenant) { transaction in
            let count: Int64? = try transaction.value(
                """
                SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant) AND stream NOT IN \(list: streams)
                """)
            guard let count, count > 0 else { return AuditPart() }
            let others = try transaction.rows(
                """
                SELECT DISTINCT stream FROM audit_record
                WHERE tenant = \(.tenant) AND stream NOT IN \(list: streams)
                """)
            return AuditPart(streams: others.count, records: Int(count), unlinked: Int(count))
        }
    }
}

/// Cuts the records of a span into its blocks and compares each with its hash.
private struct AuditSpanCheck {
    private let span: AuditSpan
    private let hasher: BlockHasher
    private var place = 0
    private var part = AuditPart()

    init(_ span: AuditSpan) {
        self.span = span
        hasher = BlockHasher(previous: span.previousHash)
    }

    mutating func add(_ values: UnsafeBufferPointer<RawValue>) {
        while values[0].integer > span.blocks[place].last { endBlock() }
        hasher.add(values)
    }

    mutating func finish() -> AuditPart {
        while place < span.blocks.count { endBlock() }
        return part
    }

    private mutating func endBlock() {
        let block = span.blocks[place]
        part.blocks += 1
        part.records += hasher.count
        let difference = Int64(hasher.count) - block.count
        let isWhole = difference == 0 && hasher.first == block.first && hasher.last == block.last
        if !isWhole || hasher.finish() != block.hash {
            let what = difference < 0 ? "\(-difference) removed" : difference > 0 ? "\(difference) added" : "changed"
            let ids = "\(Crockford.encode(block.first))…\(Crockford.encode(block.last))"
            part.findings.append(
                AuditFinding(
                    place: AuditPlace(stream: span.stream, sequence: block.sequence),
                    sentence: "stream \(span.stream): block \(block.sequence) (records \(ids)): \(what)"))
        }
        place += 1
        hasher.begin(previous: block.hash)
    }
}
