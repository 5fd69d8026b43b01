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
            let row = try transaction.row(
                """
                SELECT COUNT(*) AS count, MIN(recorded_at) AS oldest FROM audit_record
                WHERE tenant = \(.tenant) AND stream = \(stream) AND id > \(last)
                """)
            return try row.map { try Self.unlinked($0, stream) } ?? AuditPart()
        }
    }

    /// Records of streams that have no block yet.
    func strangers(to streams: [Int64]) async throws -> AuditPart {
        try await database.read(tenant) { transaction in
            var part = AuditPart()
            for row in try transaction.rows(
                """
                SELECT stream, COUNT(*) AS count, MIN(recorded_at) AS oldest FROM audit_record
                WHERE tenant = \(.tenant) AND stream NOT IN \(list: streams) GROUP BY stream
                """)
            {
                part.streams += 1
                part.add(try Self.unlinked(row, try row["stream"]))
            }
            return part
        }
    }

    private static func unlinked(_ row: Row, _ stream: Int64) throws -> AuditPart {
        let count: Int = try row["count"]
        let oldest: Instant? = try row["oldest"]
        return AuditPart(
            records: count, unlinked: count,
            left: oldest.map { [AuditLeft(stream: stream, count: count, oldest: $0)] } ?? [])
    }

    /// When these records were made.
    func times(of records: [Int64]) async throws -> [Int64: Instant] {
        if records.isEmpty { return [:] }
        return try await database.read(tenant) { transaction in
            try transaction.rows(
                "SELECT id, recorded_at FROM audit_record WHERE tenant = \(.tenant) AND id IN \(list: records)"
            ).reduce(into: [:]) { $0[try $1["id"]] = try $1["recorded_at"] }
        }
    }

    /// By whom a patient's looks in lists are found: the rows beside the records that are linked.
    func listed(_ ends: [Int64: Int64]) async throws -> ListedSubjects {
        try await database.read(tenant) { transaction in
            var listed = ListedSubjects()
            try transaction.forEachRaw("SELECT patient, audit FROM audit_subject WHERE tenant = \(.tenant)") { values in
                let (patient, record) = (values[0].integer, values[1].integer)
                // An id carries the number of its node, which is the stream.
                if record <= ends[record >> 12 & 0x3FF] ?? 0 { listed.add(patient, record) }
            }
            return listed
        }
    }
}

/// Cuts the records of a span into its blocks and compares each with its hash.
private struct AuditSpanCheck {
    /// Where `AuditChain.columns` has the subjects.
    private static let subjects = 10

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
        part.listed.add(subjects: values[Self.subjects], of: values[0].integer)
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
