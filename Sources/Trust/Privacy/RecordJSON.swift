import JSON
import Kernel
import Web

/// The whole record as JSON of our own shape: every entry of every table, with the names of its columns. What FHIR has a
/// place for stands in `record.json` as well; here is also what it has none for.
enum RecordJSON {
    static func bytes(_ copy: RecordCopy, files: RecordFiles) -> [UInt8] {
        var writer = JSONWriter(reserving: 64 << 10)
        writer.beginObject()
        writer.field("format", "throughline-record")
        writer.field("version", 1)
        writer.field("madeAt", copy.madeAt.iso8601)
        writer.field("patients", copy.set.members.map(\.text))
        for section in RecordSection.allCases {
            writer.key(named: section.rawValue)
            writer.beginObject()
            let entries = copy.entries.filter { $0.section == section }
            for table in tables(entries) {
                writer.key(named: table)
                writer.beginArray()
                for entry in entries where entry.table == table { write(entry, files, into: &writer) }
                writer.endArray()
            }
            if section == .access { looks(copy, into: &writer) }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    /// In the order in which they first appear.
    private static func tables(_ entries: [ExportedEntry]) -> [String] {
        var seen: Set<String> = []
        return entries.map(\.table).filter { seen.insert($0).inserted }
    }

    private static func write(_ entry: ExportedEntry, _ files: RecordFiles, into writer: inout JSONWriter) {
        writer.beginObject()
        for field in entry.fields {
            writer.key(named: field.name)
            switch field.value {
            case .text(let text): writer.string(text)
            case .texts(let texts):
                writer.beginArray()
                for text in texts { writer.string(text) }
                writer.endArray()
            case .number(let number): writer.int(number)
            case .flag(let flag): writer.bool(flag)
            case .moment(let moment): writer.string(moment.iso8601)
            case .id(let id): writer.string(Crockford.encode(id))
            case .json(let bytes):
                do {
                    writer.value(try JSONValue(parsing: bytes))
                } catch {
                    // It came in as it is; whoever reads it sees what we have.
                    writer.string(String(decoding: bytes, as: UTF8.self))
                }
            case .file(_, let type, let name):
                writer.beginObject()
                writer.field("path", ifPresent: files.name(of: entry))
                writer.field("name", ifPresent: name)
                writer.field("mediaType", type)
                writer.endObject()
            }
        }
        writer.endObject()
    }

    private static func looks(_ copy: RecordCopy, into writer: inout JSONWriter) {
        writer.list("looks", copy.looks) { line, writer in
            writer.field("at", line.recordedAt.iso8601)
            writer.field("by", line.actor.kind)
            if case .user(let user) = line.actor, let member = copy.members[user] {
                writer.field("roles", member.roles)
            }
            writer.field("did", AccessLook.kind(of: line.action))
            writer.field("why", line.purpose)
        }
    }
}

/// The attachments of a record, each with a name of its own in the folder.
struct RecordFiles: Sendable {
    struct File: Sendable {
        let path: String
        let mediaType: String
        let bytes: [UInt8]
    }

    let files: [File]
    private let names: [Int64: String]

    init(_ copy: RecordCopy) {
        var files: [File] = []
        var names: [Int64: String] = [:]
        for entry in copy.entries {
            guard let id = entry.id("id"), case .file(let bytes, let type, _)? = entry["file"] else { continue }
            let path = "attachments/\(Crockford.encode(id)).\(Self.ending(type))"
            names[id] = path
            files.append(File(path: path, mediaType: type, bytes: bytes))
        }
        self.files = files
        self.names = names
    }

    /// Where the entry's file stands; also of a message's picture, which names its file.
    func name(of entry: ExportedEntry) -> String? {
        (entry.id("blob") ?? entry.id("id")).flatMap { names[$0] }
    }

    private static func ending(_ type: String) -> String {
        switch type {
        case "image/jpeg": "jpg"
        case "application/pdf": "pdf"
        default: type.split(separator: "/").last.map(String.init) ?? "bin"
        }
    }
}
