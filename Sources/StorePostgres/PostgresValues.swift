import CPostgres
import Kernel
import Store

/// PostgreSQL's types of the portable subset, by object id. Source: `pg_type.dat` of PostgreSQL; these never change.
enum PostgresType {
    static let unspecified: Oid = 0
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let char: Oid = 18
    static let name: Oid = 19
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let oid: Oid = 26
    static let json: Oid = 114
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let unknown: Oid = 705
    static let bpchar: Oid = 1042
    static let varchar: Oid = 1043
    static let numeric: Oid = 1700
    static let void: Oid = 2278
    static let jsonb: Oid = 3802

    /// What a bound value is declared as. A null is left to the statement: where that says nothing about the type
    /// (`\(x) IS NULL` alone), write `CAST(\(x) AS BIGINT) IS NULL`, which both engines read.
    static func declared(_ value: SQLValue) -> Oid {
        switch value {
        case .null: unspecified
        case .integer: int8
        case .real: float8
        case .text: text
        case .blob: bytea
        case .boolean: bool
        }
    }
}

/// The values of one statement in binary form, side by side in one buffer.
struct PostgresParameters {
    /// A statement with its values. Its text is put together only when the server does not know it yet.
    struct Bound {
        let text: () -> String
        let values: [SQLValue]
        /// nil: run once and not kept.
        let fingerprint: SQL.Fingerprint?

        init(_ sql: SQL, tenant: ID<Tenant>, kept: Bool) {
            text = { sql.rendered(for: .postgres, tenant: tenant).text }
            values = sql.values(for: .postgres, tenant: tenant)
            fingerprint = kept ? sql.fingerprint : nil
        }

        init(text: String, values: [SQLValue] = []) {
            self.text = { text }
            self.values = values
            fingerprint = nil
        }
    }

    private var bytes: [UInt8] = []
    /// Where each value lies; nil for a null.
    private var ranges: [Range<Int>?] = []

    /// Throws a `Fault` when a text holds U+0000, which PostgreSQL cannot store.
    init(_ values: [SQLValue]) throws {
        ranges.reserveCapacity(values.count)
        for value in values {
            let start = bytes.count
            switch value {
            case .null:
                ranges.append(nil)
                continue
            case .integer(let integer): append(UInt64(bitPattern: integer))
            case .real(let real): append(real.bitPattern)
            case .boolean(let flag): bytes.append(flag ? 1 : 0)
            case .blob(let blob): bytes.append(contentsOf: blob)
            case .text(var text):
                let holdsNul = text.withUTF8 { utf8 in
                    bytes.append(contentsOf: utf8)
                    return utf8.contains(0)
                }
                if holdsNul { throw PostgresErrors.nulInText }
            }
            ranges.append(start..<bytes.count)
        }
    }

    private mutating func append(_ integer: UInt64) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var count: Int { ranges.count }

    /// The three parallel arrays that libpq wants: values, lengths, formats (1 is binary).
    func withPointers<Value>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) throws -> Value
    ) throws -> Value {
        let lengths = try ranges.map { range in
            guard let length = Int32(exactly: range?.count ?? 0) else {
                throw Fault(.tooLarge, "store.value-too-large", "A value is larger than a statement can carry.")
            }
            return length
        }
        let formats = [Int32](repeating: 1, count: ranges.count)
        // An empty array has no address, but an empty value needs one: the spare byte gives it.
        let spare: [CChar] = [0]
        return try spare.withUnsafeBufferPointer { spare in
            try bytes.withUnsafeBytes { buffer in
                let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
                let pointers: [UnsafePointer<CChar>?] = ranges.map { range in
                    guard let range else { return nil }
                    guard let base, !range.isEmpty else { return spare.baseAddress }
                    return base + range.lowerBound
                }
                return try body(pointers, lengths, formats)
            }
        }
    }
}

/// Reads the columns of a result, which are all binary.
enum PostgresColumn {
    static func value(_ result: OpaquePointer, row: Int32, column: Int32, type: Oid) throws -> SQLValue {
        if PQgetisnull(result, row, column) == 1 { return .null }
        let length = Int(PQgetlength(result, row, column))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length)
        switch type {
        case PostgresType.int8: return .integer(integer(bytes, as: Int64.self))
        case PostgresType.int4: return .integer(Int64(integer(bytes, as: Int32.self)))
        case PostgresType.int2: return .integer(Int64(integer(bytes, as: Int16.self)))
        case PostgresType.oid: return .integer(Int64(integer(bytes, as: UInt32.self)))
        case PostgresType.bool: return .boolean(bytes[0] != 0)
        case PostgresType.float8: return .real(Double(bitPattern: integer(bytes, as: UInt64.self)))
        case PostgresType.float4: return .real(Double(Float(bitPattern: integer(bytes, as: UInt32.self))))
        case PostgresType.bytea: return .blob([UInt8](bytes))
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name, PostgresType.json,
            PostgresType.unknown, PostgresType.char:
            return .text(String(decoding: bytes, as: UTF8.self))
        case PostgresType.jsonb:
            // One byte of version before the text.
            return .text(String(decoding: bytes.dropFirst(), as: UTF8.self))
        case PostgresType.numeric: return numeric(bytes)
        case PostgresType.void: return .null
        default:
            throw Fault(
                .internalError, "store.column-type",
                "Column \(column) has a PostgreSQL type (oid \(type)) outside the portable subset.",
                remedy: "Cast it to TEXT or BIGINT in the statement.")
        }
    }

    private static func integer<Integer: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, as _: Integer.Type
    ) -> Integer {
        Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }

    /// `SUM` of a BIGINT and `AVG` are numeric on PostgreSQL, integer and real on SQLite: without decimals a numeric
    /// reads as an integer, with decimals as a real. What fits neither stays text.
    ///
    /// Shape: count, weight, sign and scale as 16-bit integers, then digits in base 10,000. Source: `numeric_send`.
    static func numeric(_ bytes: UnsafeRawBufferPointer) -> SQLValue {
        func word(_ index: Int) -> Int {
            Int(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)))
        }
        let count = word(0)
        let weight = word(1)
        let sign = UInt16(truncatingIfNeeded: word(2))
        let scale = word(3)
        switch sign {
        case 0xC000: return .real(.nan)
        case 0xD000: return .real(.infinity)
        case 0xF000: return .real(-.infinity)
        default: break
        }
        func group(_ power: Int) -> String {
            let index = weight - power
            let digits = String(index >= 0 && index < count ? word(4 + index) : 0)
            return String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        var text = sign == 0x4000 ? "-" : ""
        text += weight < 0 ? "0" : (0...weight).reversed().map(group).joined()
        if scale > 0 {
            let groups = (scale + 3) / 4
            text += "." + (1...groups).map { group(-$0) }.joined().prefix(scale)
            return Double(text).map(SQLValue.real) ?? .text(text)
        }
        if let integer = Int64(text) { return .integer(integer) }
        // Too large for an integer, so the first group is not zero, but may start with zeros.
        let digits = text.drop { $0 == "-" || $0 == "0" }
        return .text((sign == 0x4000 ? "-" : "") + digits)
    }
}
