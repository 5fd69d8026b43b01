import CPostgres
import Kernel
import Store

/// A statement or connection that failed, and what that means for the transaction.
struct PostgresFailure: Error {
    enum Consequence {
        /// The statement was refused; a savepoint can undo it.
        case refused
        /// Another transaction was in the way: run the closure again.
        case conflict
        /// A prepared statement no longer fits the schema: forget them all and run the closure again.
        case stale
        /// The connection is gone.
        case lost
    }

    let error: any Error
    let consequence: Consequence
}

/// PostgreSQL's error codes as store errors.
///
/// Only a server's primary message is kept, and only of classes whose messages hold names of the schema: the DETAIL
/// field and the messages of data errors (`invalid input syntax for type bigint: "…"`) repeat values of rows.
enum PostgresErrors {
    static let nulInText = Fault(
        .invalid, "store.text-nul", "A text holds the character U+0000, which cannot be stored.",
        remedy: "Remove the character.")

    static let lost = PostgresFailure(
        error: StoreError(.unavailable, message: "the connection to PostgreSQL broke"), consequence: .lost)

    static let uncertain = StoreError(
        .uncertain, message: "the connection to PostgreSQL broke while the commit was under way")

    static let closed = StoreError(.unavailable, message: "the database is closed")

    /// The failure a result tells of.
    static func failure(of result: OpaquePointer, broken: Bool) -> PostgresFailure {
        guard let state = field(result, sqlState) else { return lost }
        let error = error(
            state: state, message: field(result, primaryMessage) ?? "",
            constraint: field(result, constraintName), column: field(result, columnName))
        let stale = state == "26000" || (state == "0A000" && field(result, sourceFunction) == "RevalidateCachedQuery")
        let consequence: PostgresFailure.Consequence =
            broken || ["57P01", "57P02", "57P03", "57P05"].contains(state) || state.hasPrefix("08")
            ? .lost : state == "40001" || state == "40P01" ? .conflict : stale ? .stale : .refused
        return PostgresFailure(error: error, consequence: consequence)
    }

    static func error(state: String, message: String, constraint: String?, column: String?) -> any Error {
        if state == "22021" || state == "22P05" { return nulInText }
        var kind = kind(state)
        var constraint = constraint ?? (kind == .notNull ? column : nil)
        if state == "P0001" {
            // RAISE in a trigger of ours, spelled as on SQLite: `overlap: NAME` or `check: NAME`.
            if message.hasPrefix("overlap:") { kind = .overlap }
            constraint = message.firstIndex(of: ":").map {
                String(message[message.index(after: $0)...].drop { $0 == " " })
            }
        }
        let tellable = ["08", "0A", "23", "25", "26", "40", "42", "53", "55", "57", "58", "P0"]
        let isTellable = tellable.contains(String(state.prefix(2)))
        return StoreError(
            kind, constraint: constraint, message: isTellable ? "\(message) (\(state))" : "SQLSTATE \(state)")
    }

    /// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
    static func kind(_ state: String) -> StoreError.Kind {
        switch state {
        case "23505": .unique
        case "23503", "23001": .foreignKey
        case "23514", "P0001": .check
        case "23502": .notNull
        case "23P01": .overlap
        case "40001", "40P01", "55P03": .contention
        case "53100": .full
        case "53300", "57014", "57P01", "57P02", "57P03", "57P05": .unavailable
        case "XX001", "XX002": .io
        default:
            switch state.prefix(2) {
            case "08": .unavailable
            case "58": .io
            default: .other
            }
        }
    }

    private static func field(_ result: OpaquePointer, _ code: CInt) -> String? {
        PQresultErrorField(result, code).map { String(cString: $0) }
    }

    // PG_DIAG_… of postgres_ext.h: character constants, which Swift does not import.
    private static let sqlState = CInt(UInt8(ascii: "C"))
    private static let primaryMessage = CInt(UInt8(ascii: "M"))
    private static let columnName = CInt(UInt8(ascii: "c"))
    private static let constraintName = CInt(UInt8(ascii: "n"))
    private static let sourceFunction = CInt(UInt8(ascii: "R"))
}
