import App
import AsyncHTTPClient
import Conversations
import ConversationsAPI
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// The whole program with people of whom something stands in every table that keeps anything of a person.
struct RecordWorld {
    let pages: PageWorld

    var platform: Platform { pages.platform }
    var spine: Spine { pages.spine }
    var data: PageData { pages.people }
    var directory: PeopleDirectory { platform.directory }

    static func with(_ engine: Engine, _ body: @escaping (RecordWorld) async throws -> Void) async throws {
        try await PageWorld.with(engine) { try await body(RecordWorld(pages: $0)) }
    }

    /// Words that stand of one person alone, somewhere in their record.
    struct Story: Sendable {
        let patient: ID<Patient>
        let linked: ID<Patient>
        let needles: [String]
    }

    func story(_ name: String, phone: String, hour: Int) async throws -> Story {
        let patient = try await data.register(person(name, phone))
        var other = NewPatient()
        other.given = ["\(name)linked"]
        other.email = "\(name.lowercased())-linked@mail.example"
        other.locations = [LocationKeys.id("denver-northside")]
        let linked = try await data.register(other)
        _ = try await perform(LinkPatients(linked, to: patient, directory: directory))
        try await write(name, patient, phone)
        try await visit(name, patient, hour)
        try await shelve(name, patient)
        try await guarded(name, patient)
        let around = AroundVisits(spine: spine, desk: data.desk, directory: directory, caller: data.caller)
        try await around.leave(name, patient, hour: hour, other: linked)
        try await data.settle()
        let needles = [
            "\(name)given", "\(name)family", "\(name)preferred", "\(name)linked", "MRN-\(name)", "XK-\(name)", phone,
            "\(name.lowercased())@mail.example", "\(name.lowercased())-linked@mail.example", "\(name) Alder Street",
            "message words of \(name)", "fact words of \(name)", "closing words of \(name)", "visit words of \(name)",
            "document words of \(name)", "glass words of \(name)", "asked words of \(name)", "identity of \(name)",
            "brother of \(name)", "newspaper of \(name)", "purpose of \(name)", "refusal of \(name)",
            "disagreement of \(name)", "\(name)-card.jpg", "preference words of \(name)",
            "proxy of \(name)", "proxy words of \(name)", "referral words of \(name)", "attempt words of \(name)",
            "\(name)-referral.jpg", "check-in words of \(name)", "CK-\(name)",
        ]
        return Story(patient: patient, linked: linked, needles: needles)
    }

    func perform<C: Command>(_ command: C) async throws -> C.Result {
        try await spine.perform(command, as: data.caller)
    }

    private func person(_ name: String, _ phone: String) throws -> NewPatient {
        var person = NewPatient()
        person.given = ["\(name)given"]
        person.family = "\(name)family"
        person.preferredName = "\(name)preferred"
        person.birthDate = CivilDate(iso: "1970-02-03")
        person.gender = "female"
        person.language = "es"
        person.zone = "America/Denver"
        person.phones = [(try #require(PhoneNumber(phone)), "mobile")]
        person.email = "\(name.lowercased())@mail.example"
        person.mrn = "MRN-\(name)"
        person.addressLines = ["12 \(name) Alder Street"]
        person.city = "Denver"
        person.state = "CO"
        person.postalCode = "80212"
        person.coveragePayer = "Harbor Mutual"
        person.coveragePlan = "PPO"
        person.memberID = "XK-\(name)"
        person.locations = [LocationKeys.id("denver-northside")]
        return person
    }

    /// A text with a picture, a need with a fact and a closing note, a consent, a preference.
    private func write(_ name: String, _ patient: ID<Patient>, _ phone: String) async throws {
        let area = Conversations(
            spine: spine, messaging: data.messaging, book: StoredAppointmentBook(plans: data.plans), settings: nil,
            http: OutboundClient(rules: OutboundRules()), tenantKey: { _ in "clinic" }, shell: { _, _, _, _ in View() })
        _ = try await area.receive(
            InboundText(
                providerID: "SM\(spine.ids.nextRaw())", from: try #require(PhoneNumber(phone)),
                text: "I need to move my visit, message words of \(name)",
                media: [MediaSource(url: "https://api.example/media/\(name)", declaredType: "image/jpeg")]),
            tenant: pages.tenant, spine: spine)
        try await data.settle()
        let (directory, vault) = (directory, try await spine.vault(pages.tenant))
        _ = try await perform(
            Work { context in
                let plain = try directory.plain(of: [patient], in: context.transaction)[patient]
                guard let plain else { throw Fault.notFound("patient") }
                let blob: ID<Blob> = context.newID()
                try Blobs.put(
                    [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 300), name: "\(name)-card.jpg",
                    subject: plain.keySubject, id: blob, vault: vault, at: context.now, in: context.transaction)
                return try context.transaction.execute(
                    """
                    UPDATE message_media SET state = 'stored', blob = \(blob), media_type = 'image/jpeg', size = 304
                    WHERE tenant = \(.tenant) AND key_subject = \(plain.keySubject)
                    """)
            })
        let needs: [ID<Need>] = try await data.ids(
            "SELECT id FROM need WHERE tenant = \(.tenant) AND patient = \(patient) AND stage <> 'closed'")
        let need = try #require(needs.first)
        let messaging = data.messaging
        _ = try await perform(TakeNeed(need: need, owner: try await pages.user("clinician"), messaging: messaging))
        _ = try await perform(
            RecordFact(need: need, code: .ride, value: "fact words of \(name)", messaging: messaging))
        _ = try await perform(
            CloseNeed(need: need, outcome: .completed, note: "closing words of \(name)", messaging: messaging))
        _ = try await perform(
            Work { context in
                try messaging.record(
                    ConsentSummary(channel: "sms", purpose: "*", given: true, source: "form", recordedAt: context.now),
                    of: patient, context: context)
                return true
            })
        _ = try await perform(
            RecordPreference(
                patient, expected: nil, kind: "hours", code: "morning", note: "preference words of \(name)",
                source: "console", directory: directory))
    }

    /// A booked visit with a note, a time held, and a question we sent.
    private func visit(_ name: String, _ patient: ID<Patient>, _ hour: Int) async throws {
        let desk = data.desk
        let booked = try BookingWorld.question("0\(hour):00", day: "2026-03-12")
        _ = try await perform(
            BookAppointment(.slot(booked, patient: patient), note: "visit words of \(name)", desk: desk))
        _ = try await perform(
            HoldSlot(try BookingWorld.question("0\(hour):00", day: "2026-03-05"), patient: patient, desk: desk))
        try await data.settle()
        let (book, messaging) = (StoredAppointmentBook(plans: data.plans), data.messaging)
        _ = try await perform(
            Work { context in
                let visit = try book.record(
                    RecordedVisit(
                        patient: patient, visitType: "annual-physical", practitioner: "nobody-in-particular",
                        location: "denver-northside", localStart: "2026-03-04T0\(hour):00", minutes: 20,
                        status: "booked", leadDays: 7, source: "test"), context: context)
                _ = try messaging.send(
                    MessageRequest(
                        patient: patient, purpose: "appointment-reminder", template: "reminder",
                        values: ConversationsWorld.visitWords, appointment: visit, expectsReply: true,
                        locationZone: "America/Denver"), context: context)
                return visit.raw
            })
    }

    private func shelve(_ name: String, _ patient: ID<Patient>) async throws {
        let (directory, vault) = (directory, try await spine.vault(pages.tenant))
        let raw = """
            {"resourceType":"Observation","id":"obs-\(name)","status":"final","code":{"text":"document words of \(name)"},\
            "subject":{"reference":"urn:uuid:elsewhere-\(name)"},"effectiveDateTime":"2021-03-04T10:00:00+01:00",\
            "valueQuantity":{"value":7.40,"unit":"%"}}
            """
        _ = try await perform(
            Work { context in
                let plain = try directory.plain(of: [patient], in: context.transaction)[patient]
                guard let plain else { throw Fault.notFound("patient") }
                return try DocumentShelf().record(
                    NewClinicalDocument(
                        patient: patient, keySubject: plain.keySubject, type: "Observation",
                        title: "document words of \(name)",
                        sourceHash: vault.keyedHash(Array(name.utf8), label: "test-source"),
                        contentHash: vault.keyedHash(Array(name.utf8), label: "test-content"), raw: Array(raw.utf8),
                        source: "import"), context: context)
            })
    }

    /// Opened in an emergency, a link given out, a request, what was agreed and what was disclosed.
    private func guarded(_ name: String, _ patient: ID<Patient>) async throws {
        let elsewhere = Caller(
            tenant: pages.tenant, actor: .user(ID(raw: 8)), permissions: [.patientRead, .patientBreakGlass],
            locations: .only([LocationKeys.id("lakewood")]), correlation: spine.ids.nextRaw(), origin: "console")
        _ = try await spine.perform(
            BreakTheGlass(patient, reason: "glass words of \(name)", hours: 4, directory: directory), as: elsewhere)
        _ = try await perform(
            ShareAccessReport(
                patient, days: 30, directory: directory,
                proxies: StoredProxies(definitions: pages.platform.definitions, zones: pages.platform.zones)))
        let today = try #require(CivilDate(iso: "2026-03-02"))
        var proxy = NewProxy(name: "proxy of \(name)", terms: ProxyTerms(basis: .chosen, ceiling: .full, from: today))
        proxy.note = "proxy words of \(name)"
        _ = try await perform(
            AddProxy(
                patient, proxy, directory: directory, definitions: platform.definitions, zones: platform.zones))
        let asked = try await perform(
            RecordPrivacyRequest(
                patient,
                NewPrivacyRequest(
                    kind: .correction, law: .hipaa, channel: .letter, asker: .patient, receivedOn: today,
                    details: RequestDetails(
                        text: "asked words of \(name)", representative: nil, identity: "identity of \(name)")),
                today: today, directory: directory))
        let request: ID<PrivacyRequest> = ID(raw: asked)
        _ = try await perform(
            StepPrivacyRequest(request, .refuse(reason: "refusal of \(name)"), directory: directory))
        _ = try await perform(
            StepPrivacyRequest(request, .disagree(statement: "disagreement of \(name)"), directory: directory))
        _ = try await perform(
            AgreeRestriction(
                patient, .person, RestrictionDetails(whom: "brother of \(name)", note: nil), directory: directory))
        _ = try await perform(
            RecordDisclosure(
                patient,
                NewDisclosure(
                    door: .byHand, basis: .mistake, on: today,
                    details: DisclosureDetails(
                        recipient: "newspaper of \(name)", address: nil, what: "a letter", why: "purpose of \(name)",
                        law: nil)), today: today, directory: directory))
    }

    // MARK: The export

    func folder(_ patient: ID<Patient>, _ language: Language? = nil) async throws -> [String: [UInt8]] {
        let folder = try await platform.recordExport.folder(
            of: patient, language: language, spine: spine, as: data.caller)
        return Dictionary(folder.members.map { ($0.path, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    }

    func copy(_ patient: ID<Patient>) async throws -> RecordCopy {
        try await spine.ask(
            ReadRecordCopy(patient, tables: platform.tables, now: spine.clock.now(), directory: directory),
            as: data.caller)
    }
}
