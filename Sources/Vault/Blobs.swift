import Crypto
package import Kernel
package import Store

/// Attachments: type-checked, size-capped, cut into chunks, each sealed under the blob's own key; that key stands sealed
/// under its subject in the blob's row, so disposing of the subject disposes of the blob.
package struct Blobs: Sendable {
    package static let migration = Migration(
        "2026-11-22.vault.blobs",
        [
            """
            CREATE TABLE blob_object (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL, size BIGINT NOT NULL,
                chunks BIGINT NOT NULL, media_type TEXT NOT NULL, created_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id), CHECK (size > 0), CHECK (chunks > 0))
            """,
            """
            CREATE TABLE blob_chunk (
                tenant BIGINT NOT NULL, blob BIGINT NOT NULL, number BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, blob, number))
            """,
        ])

    /// For disposal: the blobs of a subject.
    package static let subjects = Migration(
        "2026-11-22.vault.blobs-subjects",
        ["CREATE INDEX blob_object_subject ON blob_object (tenant, key_subject)"])

    /// Of each chunk.
    static let chunkKind = SealKind(11)
    /// Bytes a chunk holds.
    static let chunkSize = 256 << 10
    /// The largest attachment taken, in bytes. Source: Twilio's limit for media is 5 MB; documents may be larger.
    package static let largest = 16 << 20

    /// What the blob's own row keeps sealed.
    struct Header: Sealable {
        static let sealKind = SealKind(10)
        let key: [UInt8]
        let name: String?

        init(key: [UInt8], name: String?) {
            self.key = key
            self.name = name
        }

        func pack(into packer: inout Packer) {
            packer.put(1, bytes: key)
            packer.put(2, name)
        }

        init(unpacking fields: Unpacker) throws(Fault) {
            key = fields.bytes(1) ?? []
            name = fields.string(2)
        }
    }

    /// Stores an attachment. Throws `blob.type` when the content is of no accepted kind and `blob.size` over the limit.
    package static func put(
        _ bytes: [UInt8], name: String?, subject: ID<KeySubject>, id: ID<Blob>, vault: TenantVault, at now: Instant,
        in transaction: any Transaction
    ) throws {
        guard !bytes.isEmpty, bytes.count <= largest else {
            throw Fault(.tooLarge, "blob.size", "An attachment must have 1 byte to \(largest >> 20) MiB.")
        }
        guard let type = MediaType(sniffing: bytes) else {
            throw Fault(
                .unsupported, "blob.type", "This kind of file is not accepted.",
                remedy: "Send a JPEG, PNG, GIF, WebP or PDF.")
        }
        let key = SymmetricKey(size: .bits256)
        let header = Header(key: key.withUnsafeBytes { Array($0) }, name: name)
        let chunks = stride(from: 0, to: bytes.count, by: chunkSize).map {
            bytes[$0..<min($0 + chunkSize, bytes.count)]
        }
        try transaction.send(
            """
            INSERT INTO blob_object (tenant, id, key_subject, size, chunks, media_type, created_at, sealed)
            VALUES (\(.tenant), \(id), \(subject), \(bytes.count), \(chunks.count), \(type.rawValue), \(now),
                \(try vault.seal(header, id: id.raw, subject: subject)))
            """)
        for (number, chunk) in chunks.enumerated() {
            let sealed = try vault.seal(Array(chunk), kind: chunkKind, id: id.raw &+ Int64(number), key: key)
            try transaction.send(
                "INSERT INTO blob_chunk (tenant, blob, number, sealed) VALUES (\(.tenant), \(id), \(number), \(sealed))"
            )
        }
    }

    /// The whole attachment, opened under a grant that covers its owner.
    package static func get(
        _ id: ID<Blob>, owner: DataSubject, grant: Grant, in transaction: any Transaction
    ) throws -> (bytes: [UInt8], type: MediaType, name: String?) {
        guard
            let row = try transaction.row(
                "SELECT key_subject, chunks, media_type, sealed FROM blob_object WHERE tenant = \(.tenant) AND id = \(id)"
            )
        else { throw Fault.notFound("attachment") }
        let sealed: Sealed<Header> = try row["sealed"]
        let header = try sealed.open(grant, of: owner, id: id.raw, subject: try row["key_subject"])
        let key = SymmetricKey(data: header.key)
        var bytes: [UInt8] = []
        var number: Int64 = 0
        try transaction.forEach(
            "SELECT number, sealed FROM blob_chunk WHERE tenant = \(.tenant) AND blob = \(id) ORDER BY number"
        ) { chunk in
            guard try chunk["number"] == number else {
                throw Fault(.internalError, "blob.damaged", "A part of an attachment is missing.")
            }
            let sealed: [UInt8] = try chunk["sealed"]
            bytes += try grant.vault.open(sealed, kind: chunkKind, id: id.raw &+ number, key: key)
            number += 1
        }
        let type: String = try row["media_type"]
        guard try row["chunks"] == number, let type = MediaType(rawValue: type) else {
            throw Fault(.internalError, "blob.damaged", "A part of an attachment is missing.")
        }
        return (bytes, type, header.name)
    }
}

/// The kinds of attachment we take, known by content, never by name.
package enum MediaType: String, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case gif = "image/gif"
    case webp = "image/webp"
    case pdf = "application/pdf"

    package init?(sniffing bytes: [UInt8]) {
        func starts(_ text: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + text.count && bytes[offset..<offset + text.count].elementsEqual(text)
        }
        if starts([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) {
            self = .gif
        } else if starts(Array("RIFF".utf8)), starts(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if starts(Array("%PDF-".utf8)) {
            self = .pdf
        } else {
            return nil
        }
    }
}
