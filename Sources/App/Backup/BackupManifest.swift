import JSON
import Kernel
import Vault

/// What a backup is, in plain and signed: it tells of sizes and hashes, of no row.
struct BackupManifest: Sendable, Equatable {
    struct Tenant: Sendable, Equatable {
        let id: String
        let key: String
    }

    struct Part: Sendable, Equatable {
        let part: StorePlace.Part
        let content: BackupPart
    }

    static let format: Int64 = 1

    let id: String
    let at: Instant
    /// The program's release.
    let program: String
    let engine: String
    let engineVersion: String
    let tenants: [Tenant]
    /// SHA-256 of the schema as the engine tells it.
    let schema: String
    /// `id fingerprint` of each migration that had run.
    let migrations: [String]
    /// Which backup key sealed it.
    let key: String
    /// The key folder that was used, for a verification that is given none.
    let keys: String
    let bases: [String]
    /// Which backup key sealed each of `bases`.
    let baseKeys: [String]
    let data: SealedFileWriter.Total
    let index: SealedFileWriter.Total
    let storedBytes: Int64
    let reusedBytes: Int64
    let parts: [Part]
    /// The heads of the audit trail's chains when it began.
    let anchors: [AuditAnchor]

    var bytes: Int64 { parts.reduce(0) { $0 + $1.content.bytes } }

    /// The name of the key that sealed this backup, or one of those it needs.
    func keyName(of id: String) -> String {
        zip(bases, baseKeys).first { $0.0 == id }?.1 ?? key
    }

    /// Throws `backup.wrong-key` when a key that it takes to read the backup is not in the key folder.
    func checkKeys(_ keys: KeyFolder) throws {
        for name in [key] + baseKeys { _ = try keys.backupKey(named: name) }
    }

    func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 16 << 10)
        writer.beginObject()
        writer.field("format", Self.format)
        writer.field("id", id)
        writer.field("at", at.iso8601)
        writer.field("microseconds", at.microseconds)
        writer.field("program", program)
        writer.field("engine", engine)
        writer.field("engineVersion", engineVersion)
        writer.list("tenants", tenants) { tenant, writer in
            writer.field("id", tenant.id)
            writer.field("key", tenant.key)
        }
        writer.field("schema", schema)
        writer.field("migrations", migrations)
        writer.field("key", key)
        writer.field("keys", keys)
        writer.field("bases", bases)
        writer.field("baseKeys", baseKeys)
        writer.list("files", [("data", data), ("index", index)]) { file, writer in
            writer.field("name", file.0)
            writer.field("bytes", file.1.bytes)
            writer.field("sha256", Hex.encode(file.1.hash))
        }
        writer.field("storedBytes", storedBytes)
        writer.field("reusedBytes", reusedBytes)
        writer.list("parts", parts) { part, writer in
            writer.field("name", part.part.name)
            writer.field("columns", part.part.columns)
            writer.field("bytes", part.content.bytes)
            writer.field("sha256", Hex.encode(part.content.hash))
        }
        writer.list("anchors", anchors) { anchor, writer in
            writer.field("tenant", anchor.tenant.text)
            writer.field("stream", anchor.stream)
            writer.field("sequence", anchor.sequence)
            writer.field("hash", Hex.encode(anchor.hash))
        }
        writer.endObject()
        return writer.bytes
    }
}

extension BackupManifest {
    /// Reads a manifest whose signature was found right.
    init(parsing bytes: [UInt8], place: String) throws {
        let reader = Reader(place: place)
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw reader.damaged("it is no JSON")
        }
        guard value["format"]?.int == Self.format else {
            throw Fault(
                .unsupported, "backup.format", "The backup has a format that this release does not know.",
                remedy: "Use the release that made it, or a newer one.", place: place)
        }
        id = try reader.text(value, "id")
        at = Instant(microseconds: try reader.number(value, "microseconds"))
        program = try reader.text(value, "program")
        engine = try reader.text(value, "engine")
        engineVersion = try reader.text(value, "engineVersion")
        tenants = try reader.list(value, "tenants").map {
            Tenant(id: try reader.text($0, "id"), key: try reader.text($0, "key"))
        }
        schema = try reader.text(value, "schema")
        migrations = try reader.texts(value, "migrations")
        key = try reader.text(value, "key")
        keys = try reader.text(value, "keys")
        let bases = try reader.texts(value, "bases")
        // One that names none needs none but its own: so it was before the key could be replaced.
        let own = key
        baseKeys = value["baseKeys"] == nil ? bases.map { _ in own } : try reader.texts(value, "baseKeys")
        guard baseKeys.count == bases.count else { throw reader.damaged("baseKeys") }
        self.bases = bases
        let files = try reader.list(value, "files").map {
            SealedFileWriter.Total(bytes: try reader.number($0, "bytes"), hash: try reader.hash($0, "sha256"))
        }
        guard files.count == 2 else { throw reader.damaged("files") }
        data = files[0]
        index = files[1]
        storedBytes = try reader.number(value, "storedBytes")
        reusedBytes = try reader.number(value, "reusedBytes")
        parts = try reader.list(value, "parts").map { part in
            let name = try reader.text(part, "name")
            return Part(
                part: StorePlace.Part(name: name, columns: try reader.texts(part, "columns")),
                content: BackupPart(
                    name: name, bytes: try reader.number(part, "bytes"), hash: try reader.hash(part, "sha256")))
        }
        let at = at
        anchors = try reader.list(value, "anchors").map { anchor in
            guard let tenant = ID<Kernel.Tenant>(try reader.text(anchor, "tenant")) else {
                throw reader.damaged("tenant")
            }
            return AuditAnchor(
                tenant: tenant, stream: try reader.number(anchor, "stream"),
                sequence: try reader.number(anchor, "sequence"), hash: try reader.hash(anchor, "hash"), at: at)
        }
    }

    private struct Reader {
        let place: String

        func damaged(_ what: String) -> Fault {
            Fault(
                .invalid, "backup.manifest", "The manifest of the backup cannot be read: \(what).",
                remedy: "Use another copy of the backup.", place: place)
        }

        func text(_ value: JSONValue, _ name: String) throws -> String {
            guard let text = value[name]?.string else { throw damaged(name) }
            return text
        }

        func number(_ value: JSONValue, _ name: String) throws -> Int64 {
            guard let number = value[name]?.int, number >= 0 else { throw damaged(name) }
            return number
        }

        func hash(_ value: JSONValue, _ name: String) throws -> [UInt8] {
            guard let bytes = Hex.decode(try text(value, name)), bytes.count == 32 else { throw damaged(name) }
            return bytes
        }

        func list(_ value: JSONValue, _ name: String) throws -> [JSONValue] {
            guard let list = value[name]?.array else { throw damaged(name) }
            return list
        }

        func texts(_ value: JSONValue, _ name: String) throws -> [String] {
            try list(value, name).map {
                guard let text = $0.string else { throw damaged(name) }
                return text
            }
        }
    }
}
