package import Kernel
package import PeopleAPI
package import Spine
package import Store
package import Vault
import Web

// Clinical documents: what comes from clinical records and is not ours: conditions, results, medications, encounters.
//
// - A document is kept as it came in, sealed under the patient's key; type, code and date stand plain beside it.
// - It is known again by a keyed hash of its source, type and source id: the same document comes in any number of times
//   and stands once.

/// A document's sealed part: its code in words and the resource as it came in.
package struct DocumentContent: Sealable {
    package static let sealKind = SealKind(104)
    package let title: String?
    package let raw: [UInt8]

    package init(title: String?, raw: [UInt8]) {
        self.title = title
        self.raw = raw
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, title)
        packer.put(2, bytes: raw)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        title = fields.string(1)
        raw = fields.bytes(2) ?? []
    }
}

/// The shelf as the import fills it.
package struct DocumentShelf: ClinicalDocuments {
    package init() {}

    package func record(_ document: NewClinicalDocument, context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        let known = try DocumentsStore.known(document.sourceHash, in: transaction)
        if let known, known.contentHash == document.contentHash { return false }
        let id = known?.id ?? context.ids.nextRaw()
        let sealed = try context.vault.seal(
            DocumentContent(title: document.title, raw: document.raw), id: id, subject: document.keySubject)
        if known == nil {
            try DocumentsStore.insert(document, id: id, sealed: sealed, at: context.now, in: transaction)
        } else {
            try DocumentsStore.update(document, id: id, sealed: sealed, at: context.now, in: transaction)
        }
        return true
    }

    package func contentHash(of sourceHash: [UInt8], in transaction: any Transaction) throws -> [UInt8]? {
        try DocumentsStore.known(sourceHash, in: transaction)?.contentHash
    }

    package func refreshStatistics(in transaction: any Transaction) throws {
        try DocumentsStore.refreshStatistics(in: transaction)
    }
}

enum DocumentsSchema {
    /// What its source says of it: `meta.security` of a FHIR resource.
    static let labels = Migration(
        "2026-11-25.people.document-labels",
        ["ALTER TABLE clinical_document ADD COLUMN labels BIGINT NOT NULL DEFAULT 0"])

    static let migration = Migration(
        "2026-11-22.people.patients-documents",
        [
            """
            CREATE TABLE clinical_document (
                tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                type TEXT NOT NULL, code TEXT, code_system TEXT, primary_at BIGINT, source TEXT NOT NULL,
                source_hash BLOB NOT NULL, content_hash BLOB NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, patient, id),
                FOREIGN KEY (tenant, patient) REFERENCES patient (tenant, id))
            """,
            "CREATE UNIQUE INDEX clinical_document_source ON clinical_document (tenant, source_hash)",
            "CREATE INDEX clinical_document_type ON clinical_document (tenant, patient, type, primary_at)",
        ])

    static let tables = [
        TableRule(
            "clinical_document", .patient(column: "patient"), sealed: .patientRows(DocumentContent.sealKind),
            export: .rows(.documents, opening: DocumentContent.self), merge: .follows)
    ]
}
