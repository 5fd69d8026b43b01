package import Kernel
package import Store
package import Vault

/// The parts of a person's record as they read it.
package enum RecordSection: String, Sendable, CaseIterable {
    case about, contact, coverage, visits, messages, needs, documents, consents, access, disclosures, history
}

/// One thing of a row as it goes out, under the name of its column or of the sealed field.
package struct ExportedField: Sendable {
    package enum Value: Sendable {
        case text(String)
        case texts([String])
        case number(Int64)
        case flag(Bool)
        case moment(Instant)
        /// An id of ours.
        case id(Int64)
        /// A JSON document as it came in.
        case json([UInt8])
        case file([UInt8], mediaType: String, name: String?)
    }

    package let name: String
    package let value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// Nil when there is nothing to say.
    package init?(_ name: String, _ text: String?) {
        guard let text, !text.isEmpty else { return nil }
        self.init(name, .text(text))
    }
}

/// What a row needs to be opened: the grant, whose data it is, and where further rows are read.
package struct ExportDoor {
    package let grant: Grant
    package let owner: DataSubject
    package let transaction: any Transaction

    package init(grant: Grant, owner: DataSubject, transaction: any Transaction) {
        self.grant = grant
        self.owner = owner
        self.transaction = transaction
    }
}

/// A sealed value that can be told to the person it is about.
package protocol ExportedContent: Sealable {
    var exported: [ExportedField] { get }
}

/// How the rows of a table come into the export of one person's record.
///
/// Which rows are theirs is what disposal says of the table: what would be done away with is what is given out. Plain
/// columns go out by themselves; `open` adds what is sealed.
package enum TableExport: Sendable {
    /// Nobody has said: a test fails.
    case unsaid
    case rows(RecordSection, open: (@Sendable (Row, ExportDoor) throws -> [ExportedField])?)
    /// It goes out in a way of its own, and how.
    case apart(RecordSection, how: String)
    /// It does not go out, and why.
    case notExported(reason: String)

    /// Rows without anything sealed.
    package static func plain(_ section: RecordSection) -> TableExport { .rows(section, open: nil) }

    /// Rows with a value in `sealed`, bound to the row's `id`, under its `key_subject`. A row may be without one.
    package static func rows<Content: ExportedContent>(
        _ section: RecordSection, opening _: Content.Type, id: StaticString = "id"
    ) -> TableExport {
        .rows(
            section,
            open: { row, door in
                let sealed: Sealed<Content>? = try row["sealed"]
                guard let sealed else { return [] }
                return try sealed.open(
                    door.grant, of: door.owner, id: try row[id], subject: try row["key_subject"]
                ).exported
            })
    }
}

/// What becomes of a table's rows when records of one person are linked, or unlinked again.
package enum TableMerge: Sendable {
    /// Nobody has said: a test fails.
    case unsaid
    /// Nothing: they are found by way of the patient set, whichever record they stand under.
    case follows
    /// They belong to one record alone or to nobody, and why.
    case apart(reason: String)
}
