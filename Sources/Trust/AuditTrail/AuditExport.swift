import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import Synchronization
import TimeZones
import Vault
import Web

/// The trail as a file: CSV (RFC 4180) or NDJSON, newest first, the same lines and the same filter as the page.
///
/// It is made a piece at a time as the browser takes it, so the memory it needs does not grow with the trail. Codes stand
/// beside the plain words; ids are those of the pages.
enum AuditExport {
    enum Format: String, CaseIterable, Sendable {
        case csv, ndjson

        var type: String { self == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson" }
    }

    static let perPiece = 500

    static let columns = [
        "id", "at", "actor_kind", "actor", "actor_name", "action", "purpose", "outcome", "reason", "subject_kind",
        "subject", "subjects", "origin", "remote", "request", "said",
    ]

    static var header: [UInt8] { Array((columns.joined(separator: ",") + "\r\n").utf8) }

    /// The line's values, in the order of `columns`.
    static func values(_ line: AuditTrailStore.Line, _ audit: AuditWords) -> [String?] {
        [
            Crockford.encode(line.id), line.recordedAt.iso8601, line.actor.kind, Crockford.encode(line.actor.raw),
            audit.who(line.actor), line.action, line.purpose, line.outcome, line.reason, line.subjectKind,
            line.subject.map(Crockford.encode), line.subjects, line.origin, line.remote,
            Crockford.encode(line.correlation), audit.sentence(line),
        ]
    }

    static func csv(_ values: [String?]) -> String {
        values.map { field($0 ?? "") }.joined(separator: ",") + "\r\n"
    }

    /// Quoted where it must be; a text that a spreadsheet would run as a formula is made a text (OWASP, CSV injection).
    private static func field(_ text: String) -> String {
        var text = text
        if let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) { text = "'" + text }
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    static func ndjson(_ values: [String?], into writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in zip(columns, values) {
            writer.key(named: name)
            if let value { writer.string(value) } else { writer.null() }
        }
        writer.endObject()
    }

    static var ended: Fault {
        Fault(
            .forbidden, "audit.export-ended", "The session has ended, or the right to the trail was taken away.",
            remedy: "Sign in and begin again, or ask for the right audit.read.")
    }

    static func piece(_ lines: [AuditTrailStore.Line], _ audit: AuditWords, _ format: Format) -> [UInt8] {
        switch format {
        case .csv: return Array(lines.map { csv(values($0, audit)) }.joined().utf8)
        case .ndjson:
            var bytes: [UInt8] = []
            for line in lines {
                var writer = JSONWriter()
                ndjson(values(line, audit), into: &writer)
                bytes += writer.bytes
                bytes.append(UInt8(ascii: "\n"))
            }
            return bytes
        }
    }
}

extension Trust {
    /// Refuses before it begins when its own record cannot be written; ends at what was there when it began. Who may no
    /// longer have it gets no further piece, and a file that is broken off.
    func exportTrail(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        guard let format = request.query["format"].flatMap(AuditExport.Format.init(rawValue:)) else {
            throw Fault.invalid("format", "Choose csv or ndjson.")
        }
        let zone = try zone(request.tenant)
        let words = TrustWords(request: request, zone: zone)
        let filter = filter(of: request)
        let (from, end) = filter.range(in: zone)
        let directory = directory
        let (newest, patients) = try await request.spine.read(.auditRead, as: signedIn.caller) {
            transaction, access in
            access.noteCommand("audit.export", subject: filter.patient.map(DataSubject.patient))
            return (
                try AuditTrailStore.newest(in: transaction),
                try filter.patient.map { try directory.set(of: $0, in: transaction).members } ?? []
            )
        }
        var wanted = filter
        wanted.patients = patients
        let (settled, spine, tenant, gatekeeper) = (wanted, request.spine, request.tenant, gatekeeper)
        let place = ExportPlace(below: [newest + 1, end ?? .max].min() ?? 0, begins: format == .csv)
        let name = "audit-\(zone.civil(at: spine.clock.now().microseconds).date.iso).\(format.rawValue)"
        return .download(name, type: format.type) {
            if place.takeBeginning() { return AuditExport.header }
            guard let below = place.below else { return nil }
            guard try await gatekeeper.stillMay(.auditRead, signedIn) else { throw AuditExport.ended }
            let (lines, names, commands) = try await spine.database.read(tenant) { transaction in
                let lines = try AuditTrailStore.page(
                    settled, from: from, below: below, limit: AuditExport.perPiece, in: transaction)
                return (
                    lines, try Staff().names(of: lines.compactMap(\.user), in: transaction),
                    try AuditTrailStore.commands(of: lines, in: transaction)
                )
            }
            place.move(to: lines.count < AuditExport.perPiece ? nil : lines.last?.id)
            if lines.isEmpty { return nil }
            return AuditExport.piece(lines, AuditWords(words: words, names: names, commands: commands), format)
        }
    }
}

/// How far an export has come.
private final class ExportPlace: Sendable {
    private let state: Mutex<(below: Int64?, begins: Bool)>

    init(below: Int64, begins: Bool) { state = Mutex((below, begins)) }

    var below: Int64? { state.withLock { $0.below } }
    func move(to id: Int64?) { state.withLock { $0.below = id } }

    /// Whether the first line with the columns' names is still to come.
    func takeBeginning() -> Bool {
        state.withLock { state in
            defer { state.begins = false }
            return state.begins
        }
    }
}
