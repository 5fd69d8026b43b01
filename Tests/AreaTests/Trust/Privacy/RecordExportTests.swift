import App
import Interop
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import Synchronization
import TestKit
import Testing
import Trust
import TimeZones
import Vault
import Web

@Suite("A person's record, taken out")
struct RecordExportTests {
    private static func text(_ bytes: [UInt8]?) throws -> String {
        String(decoding: try #require(bytes), as: UTF8.self)
    }

    @Test(
        "every table with something of a person is in the export, every word of theirs and none of anybody else's",
        arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await RecordWorld.with(engine) { world in
            _ = try await world.platform.generate(patients: 12, seed: 5, tenant: world.pages.tenant)
            let ana = try await world.story("Ana", phone: "+13035550142", hour: 8)
            let ben = try await world.story("Ben", phone: "+13035550150", hour: 9)

            let copy = try await world.copy(ana.patient)
            #expect(copy.set.members == [ana.patient, ana.linked].sorted())
            var missing: Set<String> = []
            for rule in world.platform.tables {
                if case .rows = rule.export, copy.entries(of: rule.table).isEmpty { missing.insert(rule.table) }
            }
            #expect(missing.sorted() == [], "the story must leave a row in every table that goes out")

            // By the id of the linked record: the whole person goes out.
            let folder = try await world.folder(ana.linked)
            #expect(Set(folder.keys).isSuperset(of: ["record.html", "record.json", "everything.json"]))
            // The picture that was sent, and the referral's paper.
            #expect(folder.keys.filter { $0.hasPrefix("attachments/") }.count == 2)
            let everything = try Self.text(folder["everything.json"])
            let html = try Self.text(folder["record.html"])
            let fhir = try Self.text(folder["record.json"])
            for needle in ana.needles {
                #expect(everything.contains(needle), "everything.json is without \(needle)")
                #expect(html.contains(needle), "record.html is without \(needle)")
            }
            for needle in ben.needles {
                for (name, text) in [("everything", everything), ("html", html), ("fhir", fhir)] {
                    #expect(!text.contains(needle), "\(name) holds somebody else's \(needle)")
                }
            }
            for needle in ["Anagiven", "+13035550142", "MRN-Ana", "message words of Ana", "document words of Ana"] {
                #expect(fhir.contains(needle), "record.json is without \(needle)")
            }
        }
    }

    @Test("the readable page needs nothing else, has every part in both languages, and no key or code shows")
    func page() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let ana = try await world.story("Ana", phone: "+13035550142", hour: 8)
            let catalogue = world.platform.pages.catalogue
            for language in Language.allCases {
                let html = try Self.text(try await world.folder(ana.patient, language)["record.html"])
                #expect(html.contains("<html lang=\"\(language.rawValue)\">"))
                #expect(!html.contains("<script") && !html.contains("http-equiv") && !html.contains("src="))
                #expect(!html.contains("[privacy.") && !html.contains("[trust."))
                for section in RecordSection.allCases {
                    let heading = catalogue.text("privacy.section.\(section.rawValue)", language)
                    #expect(html.contains("<section id=\"\(section.rawValue)\"><h2>\(Pages.escape(heading))</h2>"))
                }
                #expect(!html.contains(catalogue.text("privacy.record.none", language)))
                #expect(html.contains(catalogue.text("trust.own.did.record", language)) || language == .spanish)
            }
            // Without a word about it, the patient's own language.
            let own = try Self.text(try await world.folder(ana.patient)["record.html"])
            #expect(own.contains("<html lang=\"es\">"))
        }
    }

    @Test("words of a record are text wherever they stand, never markup")
    func hostile() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let person = NewPatient.named("<script>alert(1)</script>", "\"><img src=x>")
            let patient = try await world.data.register(person)
            let html = try Self.text(try await world.folder(patient)["record.html"])
            #expect(!html.contains("<script") && !html.contains("<img"))
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        }
    }

    @Test("one export is one record on the trail, and the patient can read that it happened")
    func audited() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let patient = try await world.data.register(.maria)
            _ = try await world.folder(patient)
            let actions = try await world.platform.installation.database.read(world.pages.tenant) { transaction in
                try transaction.rows(
                    "SELECT action FROM audit_record WHERE tenant = \(.tenant) AND subject = \(patient) ORDER BY id"
                ).map { try $0["action"] as String }
            }
            #expect(actions.filter { $0 == "record.export" }.count == 1)
            #expect(actions.last == "record.export")
            let html = try Self.text(try await world.folder(patient, .english)["record.html"])
            #expect(html.contains("made a copy of your whole record"))
        }
    }

    @Test("a copy tells who looked, never from which address")
    func addresses() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let patient = try await world.data.register(.maria)
            let look = AuditEntry(
                actor: .user(ID(raw: 7)), action: "patient.read", purpose: .treatment, outcome: .permitted,
                subject: .patient(patient), correlation: 5, origin: "console", remote: "203.0.113.7")
            try await world.spine.audit.record([look], tenant: world.pages.tenant)
            let folder = try await world.folder(patient, .english)
            #expect(try Self.text(folder["record.html"]).contains("ooked at your record"))
            for (name, bytes) in folder {
                #expect(!String(decoding: bytes, as: UTF8.self).contains("203.0.113.7"), "\(name)")
            }
        }
    }

    @Test("nobody takes out a record without the right, nor one that is out of their reach")
    func refused() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let patient = try await world.data.register(.maria)
            let (spine, tenant) = (world.spine, world.pages.tenant)
            let bare = Caller(
                tenant: tenant, actor: .user(ID(raw: 7)), permissions: [.patientRead],
                correlation: spine.ids.nextRaw(), origin: "test")
            let right = await faultCode {
                _ = try await world.platform.recordExport.folder(
                    of: patient, language: nil, spine: spine, as: bare)
            }
            #expect(right == "permission.missing")
            let nobody = await faultCode { _ = try await world.folder(ID(raw: 4_711)) }
            #expect(nobody == "patient.not-found")
        }
    }

    @Test(
        "what was taken out is taken in by a fresh tenant: the same person, coverage and words",
        arguments: TestStores.engines)
    func importedAgain(_ engine: Engine) async throws {
        let taken = Taken()
        try await RecordWorld.with(engine) { world in
            let ana = try await world.story("Ana", phone: "+13035550142", hour: 8)
            let bytes = try #require(try await world.folder(ana.patient)["record.json"])
            let wanted: Set = ["patient", "contact_point", "patient_identifier", "coverage", "clinical_document"]
            let tables = world.platform.tables.filter { wanted.contains($0.table) }
            taken.set(bytes, tables)
        }
        let (bytes, tables) = (taken.bytes, taken.tables)
        let bundle = try JSONValue(parsing: bytes)
        var expected: [String: Int] = [:]
        for entry in bundle["entry"]?.array ?? [] {
            expected[entry["resource"]?["resourceType"]?.string ?? "", default: 0] += 1
        }
        #expect(expected["Patient"] == 2 && expected["Observation"] == 1 && expected["Coverage"] == 1, "\(expected)")
        #expect((expected["Appointment"] ?? 0) >= 2 && (expected["Communication"] ?? 0) >= 2, "\(expected)")
        #expect((expected["Consent"] ?? 0) >= 1, "\(expected)")
        let wanted = expected
        try await ImportWorld.with(engine) { world in
            let report = try await world.take(.bytes(bytes, name: "record.json"))
            #expect(report.failedCount == 0)
            #expect(try await world.patients == 2)
            for type in ["Appointment", "Communication", "Consent", "Observation", "Coverage"] {
                #expect(try await world.documents(type) == wanted[type] ?? 0, "\(type)")
            }
            let patients: [ID<Patient>] = try await world.world.stores.main.read(world.world.tenant) { transaction in
                try transaction.rows(
                    "SELECT patient FROM clinical_document WHERE tenant = \(.tenant) AND type = 'Observation'"
                ).map { try $0["patient"] }
            }
            let patient = try #require(patients.first)
            let caller = world.world.caller(
                [.recordExport, .patientRestricted], actor: .system(ID(raw: 1)))
            let copy = try await world.world.spine.ask(
                ReadRecordCopy(patient, tables: tables, now: world.world.clock.now(), directory: world.directory),
                as: caller)
            let entry = try #require(copy.entries(of: "patient").first)
            #expect(entry.fields.contains { $0.name == "language" })
            let words = "\(copy.entries.flatMap(\.fields).map(\.value))"
            for needle in [
                "Anagiven", "Anafamily", "Anapreferred", "MRN-Ana", "XK-Ana", "Harbor Mutual", "12 Ana Alder",
            ] {
                #expect(words.contains(needle), "\(needle) did not come back")
            }
            let documents = copy.entries(of: "clinical_document").flatMap(\.fields).map { field -> String in
                if case .json(let bytes) = field.value { return String(decoding: bytes, as: UTF8.self) }
                return ""
            }.joined()
            for needle in ["message words of Ana", "visit words of Ana", "document words of Ana", "7.40"] {
                #expect(documents.contains(needle), "\(needle) did not come back")
            }
            let card = try #require(try await world.cards().first { $0.mrn == "MRN-Ana" })
            #expect(card.name == "Anagiven Anafamily")
            #expect(card.preferredName == "Anapreferred")
            #expect(card.birthDate?.iso == "1970-02-03")
            #expect(card.gender == "female")
            #expect(card.language == "es")
            #expect(card.phones.map(\.number.e164) == ["+13035550142"])
            #expect(card.email == "ana@mail.example")
            #expect(card.coverage == "Harbor Mutual, PPO")
        }
    }

    @Test("a zip file says what it holds, byte for byte")
    func zip() {
        var zip = ZipFile()
        zip.add("a.txt", Array("123456789".utf8))
        let bytes = zip.bytes
        // The check value of CRC-32: cbf43926, lowest byte first.
        #expect(Array(bytes[14..<18]) == [0x26, 0x39, 0xF4, 0xCB])
        #expect(Array(bytes[0..<4]) == [0x50, 0x4B, 3, 4])
        #expect(Array(bytes[(30 + 5)..<(30 + 5 + 9)]) == Array("123456789".utf8))
        #expect(Array(bytes.suffix(22).prefix(4)) == [0x50, 0x4B, 5, 6])
    }
}

/// What one world hands on to the next.
private final class Taken: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var tables: [TableRule] = []
    }

    private let state = Mutex(State())

    func set(_ bytes: [UInt8], _ tables: [TableRule]) { state.withLock { $0 = State(bytes: bytes, tables: tables) } }
    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var tables: [TableRule] { state.withLock { $0.tables } }
}
