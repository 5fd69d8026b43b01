import JSON
package import Kernel
package import PeopleAPI
package import Spine
package import StudioAPI
import Synchronization
package import TimeZones
package import Vault
package import Web

/// A person's record as files: to be read, to be taken in again, and whole.
package struct RecordFolder: Sendable {
    package struct Member: Sendable {
        package let path: String
        package let bytes: [UInt8]
    }

    package let members: [Member]

    init(_ copy: RecordCopy, words: RecordWords) {
        let files = RecordFiles(copy)
        members =
            [
                Member(path: "record.html", bytes: RecordHTML(copy, files: files, words: words).bytes),
                Member(path: "record.json", bytes: RecordFHIR(copy, files: files, words: words).bundle.encode()),
                Member(path: "everything.json", bytes: RecordJSON.bytes(copy, files: files)),
            ] + files.files.map { Member(path: $0.path, bytes: $0.bytes) }
    }

    package var zip: [UInt8] {
        var zip = ZipFile()
        for member in members { zip.add(member.path, member.bytes) }
        return zip.bytes
    }
}

/// The rules of every table of the program, told once all areas are there.
package final class TableRules: Sendable {
    private let rules = Mutex<[TableRule]>([])

    package init(_ rules: [TableRule] = []) { self.rules.withLock { $0 = rules } }

    package func set(_ all: [TableRule]) { rules.withLock { $0 = all } }
    package var all: [TableRule] { rules.withLock { $0 } }
}

/// Takes a person's record out as a folder.
package struct RecordExport: Sendable {
    private let tables: TableRules
    private let directory: any PatientDirectory
    private let definitions: any DefinitionReading
    private let zones: TimeZoneDatabase
    private let catalogue: Catalogue

    package init(
        tables: TableRules, directory: any PatientDirectory, definitions: any DefinitionReading,
        zones: TimeZoneDatabase, catalogue: Catalogue
    ) {
        self.tables = tables
        self.directory = directory
        self.definitions = definitions
        self.zones = zones
        self.catalogue = catalogue
    }

    /// - Parameter language: of the readable page; nil: the patient's own, else English.
    package func folder(
        of patient: ID<Patient>, language: Language?, spine: Spine, as caller: Caller
    ) async throws -> RecordFolder {
        let query = ReadRecordCopy(patient, tables: tables.all, now: spine.clock.now(), directory: directory)
        let copy = try await spine.ask(query, as: caller)
        let configuration = try definitions.configuration(of: caller.tenant)
        let words = RecordWords(
            catalogue: catalogue, language: language ?? Language(tag: copy.language), configuration: configuration,
            zone: try zones.zone(configuration.organization?.value.zone ?? "Etc/UTC"))
        return RecordFolder(copy, words: words)
    }
}
