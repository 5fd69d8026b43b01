package import Kernel

/// One SQL statement (or fragment) whose interpolated values are always bound parameters.
///
/// The literal parts are `StaticString`, so a run-time string cannot become SQL: injection does not compile.
/// `\(.tenant)` binds the tenant of the transaction that runs the statement; no caller can name another.
/// A list binds as one JSON value, so the set of statement texts stays finite and cacheable.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    enum Part: Sendable {
        case text(StaticString)
        case value(SQLValue)
        case tenant
        case integers([Int64])
        case strings([String])
        case pairs([(id: Int64, bytes: [UInt8])])
        case engine(sqlite: StaticString, postgres: StaticString)
    }

    var parts: [Part]

    package init(stringLiteral value: StaticString) {
        parts = [.text(value)]
    }

    package init(stringInterpolation: StringInterpolation) {
        parts = stringInterpolation.parts
    }

    init(parts: [Part]) {
        self.parts = parts
    }

    /// The tenant of the transaction that runs the statement.
    package enum TenantMark: Sendable { case tenant }

    package struct StringInterpolation: StringInterpolationProtocol {
        package typealias StringLiteralType = StaticString
        var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(interpolationCount * 2 + 1)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            if literal.utf8CodeUnitCount > 0 { parts.append(.text(literal)) }
        }

        package mutating func appendInterpolation(_: TenantMark) { parts.append(.tenant) }
        package mutating func appendInterpolation(_ value: some SQLBindable) { parts.append(.value(value.sqlValue)) }
        package mutating func appendInterpolation(_ value: (some SQLBindable)?) {
            parts.append(.value(value?.sqlValue ?? .null))
        }
        package mutating func appendInterpolation(_ fragment: SQL) { parts.append(contentsOf: fragment.parts) }

        /// A parenthesised sub-select of the ids in a column named `value`, for `IN` and `FROM`.
        package mutating func appendInterpolation<S>(list ids: [ID<S>]) { parts.append(.integers(ids.map { $0.raw })) }
        package mutating func appendInterpolation(list integers: [Int64]) { parts.append(.integers(integers)) }
        package mutating func appendInterpolation(list strings: [String]) { parts.append(.strings(strings)) }
        /// A parenthesised sub-select with the columns `id` and `bytes`, for an `UPDATE … FROM` of many rows at once.
        package mutating func appendInterpolation(pairs: [(id: Int64, bytes: [UInt8])]) { parts.append(.pairs(pairs)) }
    }
}

extension SQL {
    /// `FOR UPDATE SKIP LOCKED` where rows can be locked one by one; nothing where there is one writer.
    package static let skipLocked = SQL(parts: [.engine(sqlite: "", postgres: " FOR UPDATE SKIP LOCKED")])
    /// `FOR SHARE` where rows can be locked one by one: nobody changes the row until this transaction has ended.
    package static let forShare = SQL(parts: [.engine(sqlite: "", postgres: " FOR SHARE")])
    /// `FOR UPDATE` where rows can be locked one by one; nothing where there is one writer.
    package static let forUpdate = SQL(parts: [.engine(sqlite: "", postgres: " FOR UPDATE")])

    /// At the end of an `EXISTS (…)` in a list with a limit: PostgreSQL otherwise reads the whole inner table once, which for
    /// twenty-five rows is the dearer way.
    package static let rowByRow = SQL(parts: [.engine(sqlite: "", postgres: " OFFSET 0")])

    /// After `WHERE tenant = …` of a look for the newest id: SQLite keeps the rows of all tenants in one tree by id, whose
    /// end it finds at once; one tenant's it would have to look for.
    package static let orAnybodys = SQL(parts: [.engine(sqlite: " OR TRUE", postgres: "")])

    /// Text that differs by engine. For storage modules and migrations only; a test finds other uses.
    package static func engine(sqlite: StaticString, postgres: StaticString) -> SQL {
        SQL(parts: [.engine(sqlite: sqlite, postgres: postgres)])
    }

    package static func + (lhs: SQL, rhs: SQL) -> SQL { SQL(parts: lhs.parts + rhs.parts) }

    /// The statement's text and its values, in order, for an engine. On every hot path, so bytes are put together and
    /// made a text once.
    package func rendered(for engine: Engine, tenant: ID<Tenant>) -> (text: String, values: [SQLValue]) {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        var values: [SQLValue] = []
        values.reserveCapacity(parts.count)
        func append(_ literal: StaticString) {
            literal.withUTF8Buffer { text.append(contentsOf: $0) }
        }
        func bind(_ value: SQLValue) {
            values.append(value)
            text.append(engine == .sqlite ? UInt8(ascii: "?") : UInt8(ascii: "$"))
            let number = values.count
            if number >= 100 { text.append(UInt8(48 + number / 100 % 10)) }
            if number >= 10 { text.append(UInt8(48 + number / 10 % 10)) }
            text.append(UInt8(48 + number % 10))
        }
        precondition(parts.count < 1000, "a statement binds fewer than a thousand values; bind a list as one")
        for part in parts {
            switch part {
            case .text(let literal): append(literal)
            case .value(let value): bind(value)
            case .tenant: bind(.integer(tenant.raw))
            case .engine(let sqlite, let postgres): append(engine == .sqlite ? sqlite : postgres)
            case .integers(let integers):
                append(engine == .sqlite ? "(SELECT value FROM json_each(" : "(SELECT unnest(CAST(")
                bind(Self.list(integers, for: engine))
                append(engine == .sqlite ? "))" : " AS bigint[])) AS value)")
            case .strings(let strings):
                append(engine == .sqlite ? "(SELECT value FROM json_each(" : "(SELECT unnest(CAST(")
                bind(Self.list(strings, for: engine))
                append(engine == .sqlite ? "))" : " AS text[])) AS value)")
            case .pairs(let pairs):
                // SQLite cuts the bytes out of one value; PostgreSQL takes two arrays.
                let (first, second) = Self.pairs(pairs, for: engine)
                append(
                    engine == .sqlite
                        ? "(SELECT json_extract(value, '$[0]') AS id, substr(" : "(SELECT unnest(CAST(")
                bind(first)
                append(
                    engine == .sqlite
                        ? ", json_extract(value, '$[1]'), json_extract(value, '$[2]')) AS bytes FROM json_each("
                        : " AS bigint[])) AS id, unnest(CAST(")
                bind(second)
                append(engine == .sqlite ? "))" : " AS bytea[])) AS bytes)")
            }
        }
        return (String(decoding: text, as: UTF8.self), values)
    }

    /// Tells statements apart by the literals they are made of, without putting the text together: two statements
    /// with the same fingerprint have the same text on every engine.
    package struct Fingerprint: Hashable, Sendable {
        var high: UInt64 = 0x9E37_79B9_7F4A_7C15
        var low: UInt64 = 0xC2B2_AE3D_27D4_EB4F

        mutating func mix(_ word: UInt64) {
            high = (high ^ word) &* 0xFF51_AFD7_ED55_8CCD
            high ^= high >> 32
            low = (low &+ word) &* 0xC4CE_B9FE_1A85_EC53
            low ^= low >> 29
        }

        mutating func mix(_ literal: StaticString) {
            mix(
                literal.hasPointerRepresentation
                    ? UInt64(UInt(bitPattern: literal.utf8Start)) : UInt64(literal.unicodeScalar.value))
            mix(UInt64(literal.utf8CodeUnitCount))
        }

        package func hash(into hasher: inout Hasher) { hasher.combine(high) }
    }

    /// Literals are told apart by where they stand in the program, so a fingerprint holds for this process only.
    package var fingerprint: Fingerprint {
        var print = Fingerprint()
        for part in parts {
            switch part {
            case .text(let literal): print.mix(literal)
            case .value, .tenant: print.mix(1)
            case .integers: print.mix(2)
            case .strings: print.mix(3)
            case .pairs: print.mix(5)
            case .engine(let sqlite, let postgres):
                print.mix(4)
                print.mix(sqlite)
                print.mix(postgres)
            }
        }
        return print
    }

    /// The values alone, in the order of `rendered`.
    package func values(for engine: Engine, tenant: ID<Tenant>) -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(parts.count)
        for part in parts {
            switch part {
            case .text, .engine: break
            case .value(let value): values.append(value)
            case .tenant: values.append(.integer(tenant.raw))
            case .integers(let integers): values.append(Self.list(integers, for: engine))
            case .strings(let strings): values.append(Self.list(strings, for: engine))
            case .pairs(let pairs):
                let (first, second) = Self.pairs(pairs, for: engine)
                values.append(first)
                values.append(second)
            }
        }
        return values
    }

    /// JSON on SQLite; on PostgreSQL an array literal, whose length its planner guesses better.
    private static func list(_ integers: [Int64], for engine: Engine) -> SQLValue {
        let members = integers.map(String.init).joined(separator: ",")
        return .text(engine == .sqlite ? "[\(members)]" : "{\(members)}")
    }

    private static func list(_ strings: [String], for engine: Engine) -> SQLValue {
        .text(engine == .sqlite ? jsonArray(strings) : arrayLiteral(strings))
    }

    /// The two values that stand for pairs: one run of bytes and the places in it, or two arrays.
    private static func pairs(
        _ pairs: [(id: Int64, bytes: [UInt8])], for engine: Engine
    ) -> (SQLValue, SQLValue) {
        if engine == .postgres {
            return (list(pairs.map(\.id), for: engine), .text(byteArrays(pairs.map(\.bytes))))
        }
        var bytes: [UInt8] = []
        var places: [String] = []
        places.reserveCapacity(pairs.count)
        for pair in pairs {
            places.append("[\(pair.id),\(bytes.count + 1),\(pair.bytes.count)]")
            bytes.append(contentsOf: pair.bytes)
        }
        return (.blob(bytes), .text("[" + places.joined(separator: ",") + "]"))
    }

    /// `{"\\x01ff","\\x"}`: bytes in hexadecimal, the backslash doubled within an array.
    private static func byteArrays(_ members: [[UInt8]]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = [UInt8(ascii: "{")]
        text.reserveCapacity(members.reduce(2) { $0 + $1.count * 2 + 6 })
        for (index, member) in members.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: "\"\\\\x".utf8)
            for byte in member {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            text.append(UInt8(ascii: "\""))
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Source: PostgreSQL documentation, "Array Input and Output Syntax".
    private static func arrayLiteral(_ strings: [String]) -> String {
        let members = strings.map { string in
            "\"" + string.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func jsonArray(_ strings: [String]) -> String {
        var text = "["
        for (index, string) in strings.enumerated() {
            if index > 0 { text += "," }
            text += "\""
            for scalar in string.unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case "\u{0}"..."\u{1F}":
                    let hex = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                default: text.unicodeScalars.append(scalar)
                }
            }
            text += "\""
        }
        return text + "]"
    }
}

extension SQL: CustomStringConvertible {
    /// The text without any value.
    package var description: String { rendered(for: .sqlite, tenant: ID(raw: 0)).text }
}
